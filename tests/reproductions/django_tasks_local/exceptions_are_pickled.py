# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-tasks-local>=2.0"]
# ///
"""django-tasks-local's pool of processes records the failure to pickle an exception, and not the exception.

Targets: django-tasks-local-processes
Requirements: ERR-06, ERR-09
Documentation: https://docs.djangoproject.com/en/6.1/ref/tasks/#django.tasks.TaskError.exception_class
Sentence: The exception class raised when executing the Task.
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


@task
def fail():
    """Raise an exception that holds what cannot be pickled."""
    raise ValueError(lambda: None)


@task
def fail_with_a_local_class():
    """Raise an exception whose class cannot be imported."""

    class LocalError(Exception):
        """A class of this function."""

    raise LocalError


def reproduce():
    """Return the names of the exceptions that were raised, and those that the results have."""
    results = [end_of(task.enqueue()) for task in (fail, fail_with_a_local_class)]
    names = [result.errors[0].exception_class_path.rpartition(".")[2] for result in results]
    return ["ValueError", "LocalError"], names


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
