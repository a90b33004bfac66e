# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-tasks-celery[celery]>=0.1.1", "celery[redis]>=5.4", "packaging"]
# ///
"""django-tasks-celery lets kombu serialize: a returned datetime is no error, and a set raises kombu's own exception.

Targets: django-tasks-celery@redis, django-tasks-celery@rabbitmq+redis
Requirements: ARG-03, RET-04
Documentation: https://docs.djangoproject.com/en/6.1/topics/tasks/#enqueueing-tasks
Sentence: TypeError: Object of type datetime is not JSON serializable
"""

import importlib
import os
import subprocess
import sys
import time
import traceback
from datetime import UTC, datetime
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
def echo(value):
    """Return an argument."""
    return value


@task
def now():
    """Return a value that is not JSON-serializable."""
    return datetime(2026, 1, 1, tzinfo=UTC)


def reproduce():
    """Return what enqueue() should raise for a set and how a task with a datetime should end, and what is seen."""
    store = redis.Redis.from_url(REDIS)
    if store.dbsize():
        raise RuntimeError(f"{REDIS} is not empty")
    worker = subprocess.Popen([sys.executable, "-m", *WORKER], cwd=Path(__file__).parent, stdout=2)
    try:
        result = now.enqueue()
        try:
            echo.enqueue({1, 2})
            raised = "no exception"
        except Exception as error:
            raised = type(error).__name__
        deadline = time.monotonic() + 90
        while not result.is_finished and time.monotonic() < deadline:
            time.sleep(0.2)
            result.refresh()
    finally:
        worker.terminate()
        worker.wait(30)
        with app.connection_for_write() as connection:
            connection.default_channel.queue_delete(NAME)
        store.flushdb()
    return ["TypeError", "FAILED"], [raised, result.status.value]


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
