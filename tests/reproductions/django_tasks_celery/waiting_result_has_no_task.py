# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-tasks-celery[celery]>=0.1.1", "celery[redis]>=5.4", "packaging"]
# ///
"""django-tasks-celery's get_result() knows no task, no arguments and no enqueued_at of a task that waits.

Targets: django-tasks-celery@redis, django-tasks-celery@rabbitmq+redis
Requirements: RES-02, RES-05, RES-06, RES-09
Documentation: https://docs.djangoproject.com/en/6.1/ref/tasks/#django.tasks.TaskResult.task
Sentence: The Task the result was enqueued for.
"""

import importlib
import os
import sys
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


def reproduce():
    """Return what the enqueued result says of itself, and what it says after a look-up."""
    store = redis.Redis.from_url(REDIS)
    if store.dbsize():
        raise RuntimeError(f"{REDIS} is not empty")
    try:
        result = echo.enqueue(1)
        looked_up = result.task.get_backend().get_result(result.id)
    finally:
        app.control.purge()
        with app.connection_for_write() as connection:
            connection.default_channel.queue_delete(NAME)
        store.flushdb()
    return ["echo", [1], str(result.enqueued_at)], [
        looked_up.task and looked_up.task.name,
        looked_up.args,
        str(looked_up.enqueued_at),
    ]


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
