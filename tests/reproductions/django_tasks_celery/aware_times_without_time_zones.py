# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-tasks-celery[celery]>=0.1.1", "celery[redis]>=5.4", "packaging"]
# ///
"""django-tasks-celery's enqueued_at is aware even if USE_TZ is False.

Targets: django-tasks-celery@redis, django-tasks-celery@rabbitmq+redis
Requirements: ENQ-05
Documentation: https://docs.djangoproject.com/en/6.1/ref/settings/#use-tz
Sentence: A boolean that specifies if datetimes will be timezone-aware by default or not.
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
        USE_TZ=False,
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


def reproduce():
    """Return the time zone that enqueued_at should have, and the one that it has."""
    store = redis.Redis.from_url(REDIS)
    if store.dbsize():
        raise RuntimeError(f"{REDIS} is not empty")
    try:
        return None, nothing.enqueue().enqueued_at.tzinfo
    finally:
        with app.connection_for_write() as connection:
            connection.default_channel.queue_delete(NAME)
        store.flushdb()


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
