# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-tasks-celery[celery]>=0.1.1", "celery[redis]>=5.4", "packaging"]
# ///
"""django-tasks-celery gives Redis priorities from 0 to 255, of which Redis tells only those from 0 to 9 apart.

Targets: django-tasks-celery@redis
Requirements: PRI-01, PRI-02
Documentation: https://docs.djangoproject.com/en/6.1/ref/tasks/#django.tasks.Task.priority
Sentence: Priorities must be between -100 and 100, where larger numbers are higher priority, and will be run sooner.
"""

import importlib
import os
import subprocess
import sys
import time
import traceback
from pathlib import Path

import django
import redis
from celery import Celery
from django.conf import settings
from django.tasks import task

TARGET = os.environ.setdefault("REPRODUCTION_TARGET", (sys.argv[1:] or ["django-tasks-celery@redis"])[0])
REDIS = os.environ.get("TASKGAUGE_REDIS_URL", "redis://127.0.0.1:6379/15")
RABBITMQ = os.environ.get("TASKGAUGE_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672//")
NAME = os.environ.setdefault("REPRODUCTION_NAME", f"reproduction_{os.getpid()}")
WORKER = ["celery", "--app", Path(__file__).stem, "worker", "--concurrency", "1", "--queues", NAME]

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
def run(priority):
    """Note that this task ran."""
    redis.Redis.from_url(REDIS).rpush("order", priority)


def reproduce():
    """Return the order of priorities that the documentation asks for, and the order in which the tasks ran."""
    priorities = [-99, -100, 100, 50, 0, 99, -50]
    store = redis.Redis.from_url(REDIS)
    if store.dbsize():
        raise RuntimeError(f"{REDIS} is not empty")
    try:
        for priority in priorities:
            run.using(priority=priority).enqueue(priority)
        worker = subprocess.Popen([sys.executable, "-m", *WORKER], cwd=Path(__file__).parent, stdout=2)
        deadline = time.monotonic() + 90
        while store.llen("order") < len(priorities) and time.monotonic() < deadline:
            time.sleep(0.2)
        order = [int(priority) for priority in store.lrange("order", 0, -1)]
        worker.terminate()
        worker.wait(30)
    finally:
        store.flushdb()
    return sorted(priorities, reverse=True), order


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
