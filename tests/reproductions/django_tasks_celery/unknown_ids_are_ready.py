# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-tasks-celery[celery]>=0.1.1", "celery[redis]>=5.4", "packaging"]
# ///
"""django-tasks-celery gives a READY result for an id that no task has.

Targets: django-tasks-celery@redis, django-tasks-celery@rabbitmq+redis
Requirements: RES-03, RES-04, RES-10
Documentation: https://docs.djangoproject.com/en/6.1/ref/tasks/#django.tasks.backends.base.BaseTaskBackend.get_result
Sentence: If the result does not exist, TaskResultDoesNotExist is raised.
"""

import importlib
import os
import sys
import traceback
from pathlib import Path

import django
from celery import Celery
from django.conf import settings
from django.tasks import default_task_backend

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


def answer(result_id):
    """Return the status that get_result() gives, or the name of the exception."""
    try:
        return default_task_backend.get_result(result_id).status.value
    except Exception as error:
        return type(error).__name__


def reproduce():
    """Return the exceptions that the documentation asks for, and the answers."""
    ids = ["00000000-0000-0000-0000-000000000000", "x"]
    return ["TaskResultDoesNotExist"] * len(ids), [answer(result_id) for result_id in ids]


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
