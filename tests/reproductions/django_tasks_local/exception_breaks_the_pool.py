# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-tasks-local>=2.0"]
# ///
"""django-tasks-local's pool of processes breaks by an exception that pickles and does not unpickle.

Targets: django-tasks-local-processes
Requirements: ERR-11
Documentation: https://docs.djangoproject.com/en/6.1/topics/tasks/#errors
Sentence: the exception and traceback are saved to the django.tasks.TaskResult.errors list
"""

import importlib
import os
import sys
import time
import traceback
from pathlib import Path

import django
from django.conf import settings
from django.tasks import task

TARGET = os.environ.setdefault("REPRODUCTION_TARGET", (sys.argv[1:] or ["django-tasks-local-processes"])[0])
POOL = {"django-tasks-local-threads": "ThreadPoolBackend", "django-tasks-local-processes": "ProcessPoolBackend"}[TARGET]

if not settings.configured:
    settings.configure(USE_TZ=True, TASKS={"default": {"BACKEND": f"django_tasks_local.{POOL}"}})
    django.setup()


def end_of(result, seconds=20):
    """Wait for the end of a task, and return its result."""
    deadline = time.monotonic() + seconds
    while not result.is_finished and time.monotonic() < deadline:
        time.sleep(0.05)
        result.refresh()
    return result


class TwoParts(Exception):
    """An exception that pickles, but cannot be made again from its args."""

    def __init__(self, first, second):
        super().__init__(f"{first} {second}")


@task
def fail():
    """Raise that exception."""
    raise TwoParts("a", "b")


@task
def nothing():
    """Do nothing."""


def reproduce():
    """Return the end of a task that raised the exception, and of a later task."""
    result = end_of(fail.enqueue())
    raised = [error.exception_class_path.rpartition(".")[2] for error in result.errors]
    try:
        later = end_of(nothing.enqueue()).status.value
    except Exception as error:
        later = type(error).__name__
    return ["FAILED", ["TwoParts"], "SUCCESSFUL"], [result.status.value, raised, later]


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
