# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-tasks-celery[celery]>=0.1.1", "celery[redis]>=5.4", "packaging"]
# ///
"""django-tasks-celery records how Celery could store an exception, and not the exception that was raised.

Targets: django-tasks-celery@redis, django-tasks-celery@rabbitmq+redis
Requirements: ERR-02, ERR-06, ERR-09, ERR-11
Documentation: https://docs.djangoproject.com/en/6.1/ref/tasks/#django.tasks.TaskError.exception_class
Sentence: The exception class raised when executing the Task.
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


class TwoParts(Exception):
    """An exception that cannot be made again from its args."""

    def __init__(self, first, second):
        super().__init__(f"{first} {second}")


class NoText(Exception):
    """An exception without a text."""

    def __str__(self):
        """Raise an error, as a fault in a project's exception does."""
        raise ValueError


@task
def fail(name):
    """Raise an exception."""
    if name == "TwoParts":
        raise TwoParts("a", "b")
    if name == "NoText":
        raise NoText
    if name == "ExceptionGroup":
        raise ExceptionGroup("several", [ValueError()])
    if name == "LocalError":

        class LocalError(Exception):
            """A class of this function."""

        raise LocalError
    raise ValueError(lambda: None)


def reproduce():
    """Return the names of the exceptions that were raised, and those that the results have."""
    names = ["ValueError", "LocalError", "TwoParts", "ExceptionGroup", "NoText"]
    store = redis.Redis.from_url(REDIS)
    if store.dbsize():
        raise RuntimeError(f"{REDIS} is not empty")
    worker = subprocess.Popen([sys.executable, "-m", *WORKER], cwd=Path(__file__).parent, stdout=2)
    try:
        results = {name: fail.enqueue(name) for name in names}
        deadline = time.monotonic() + 60
        while not all(result.is_finished for result in results.values()) and time.monotonic() < deadline:
            time.sleep(0.2)
            for result in results.values():
                result.refresh()
        seen = {
            name: [result.status.value, *(error.exception_class_path.rpartition(".")[2] for error in result.errors)]
            for name, result in results.items()
        }
    finally:
        worker.terminate()
        worker.wait(30)
        with app.connection_for_write() as connection:
            connection.default_channel.queue_delete(NAME)
        store.flushdb()
    return {name: ["FAILED", name] for name in names}, seen


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
