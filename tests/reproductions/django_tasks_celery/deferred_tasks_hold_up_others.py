# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-tasks-celery[celery]>=0.1.1", "celery[redis]>=5.4", "packaging"]
# ///
"""django-tasks-celery on RabbitMQ starts a task only after its worker has fetched all deferred tasks before it.

Targets: django-tasks-celery@rabbitmq+redis
Requirements: DEF-03
Documentation: https://docs.djangoproject.com/en/6.1/ref/tasks/#django.tasks.Task.run_after
Sentence: The earliest time the Task will be executed.
"""

import importlib
import os
import subprocess
import sys
import time
import traceback
from datetime import timedelta
from pathlib import Path

import django
import redis
from celery import Celery
from django.conf import settings
from django.tasks import task
from django.utils import timezone

TARGET = os.environ.setdefault("REPRODUCTION_TARGET", (sys.argv[1:] or ["django-tasks-celery@rabbitmq+redis"])[0])
REDIS = os.environ.get("TASKGAUGE_REDIS_URL", "redis://127.0.0.1:6379/15")
RABBITMQ = os.environ.get("TASKGAUGE_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672//")
NAME = os.environ.setdefault("REPRODUCTION_NAME", f"reproduction_{os.getpid()}")
WORKER = ["celery", "--app", Path(__file__).stem, "worker", "--concurrency", "1", "--queues", NAME]
DEFERRED = 1_000
ALLOWED = 10  # seconds; an idle worker starts the same task within one

if not settings.configured:
    backend = {"BACKEND": "django_tasks_celery.CeleryBackend", "OPTIONS": {"CELERY_APP": f"{__name__}.app"}}
    settings.configure(
        USE_TZ=True,
        TASKS={"default": {**backend, "QUEUES": []}},
        CELERY_BROKER_URL=RABBITMQ if TARGET.endswith("@rabbitmq+redis") else REDIS,
        CELERY_RESULT_BACKEND=REDIS,
        CELERY_RESULT_EXTENDED=True,
        CELERY_TASK_TRACK_STARTED=True,
        CELERY_TASK_DEFAULT_QUEUE=NAME,
        CELERY_TASK_QUEUE_MAX_PRIORITY=255,
        CELERY_TASK_DEFAULT_PRIORITY=128,
    )
    django.setup()

app = Celery("reproduction")
app.config_from_object("django.conf:settings", namespace="CELERY")


@task
def nothing():
    """Do nothing."""


def seconds_to_finish(result):
    """Return the seconds until a task has finished, at most 300."""
    begin = time.monotonic()
    while not result.is_finished and time.monotonic() < begin + 300:
        time.sleep(0.1)
        result.refresh()
    return time.monotonic() - begin


def reproduce():
    """Return how soon a task should start behind no deferred task and behind many, and how soon it does."""
    store = redis.Redis.from_url(REDIS)
    if store.dbsize():
        raise RuntimeError(f"{REDIS} is not empty")
    worker = subprocess.Popen([sys.executable, "-m", *WORKER], cwd=Path(__file__).parent, stdout=2)
    try:
        seconds_to_finish(nothing.enqueue())  # the worker is up
        alone = seconds_to_finish(nothing.enqueue())
        later = nothing.using(run_after=timezone.now() + timedelta(hours=1))
        for _ in range(DEFERRED):
            later.enqueue()
        behind = seconds_to_finish(nothing.enqueue())
    finally:
        worker.terminate()
        worker.wait(30)
        with app.connection_for_write() as connection:
            connection.default_channel.queue_delete(NAME)
        store.flushdb()
    print(f"alone: {alone:.1f} s, behind {DEFERRED:,} deferred tasks: {behind:.1f} s", file=sys.stderr)
    return ["soon", "soon"], ["soon" if seconds < ALLOWED else "late" for seconds in (alone, behind)]


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
