# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-tasks-local>=2.0"]
# ///
"""django-tasks-local passes arguments and return values as they are, and not after a JSON round-trip.

Targets: django-tasks-local-threads, django-tasks-local-processes
Requirements: ARG-02, ARG-05, RET-01, RET-04
Documentation: https://docs.djangoproject.com/en/6.1/topics/tasks/#enqueueing-tasks
Sentence: Because both Task arguments and return values are serialized to JSON, they must be JSON-serializable
"""

import importlib
import os
import sys
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path

import django
from django.conf import settings
from django.tasks import task

TARGET = os.environ.setdefault("REPRODUCTION_TARGET", (sys.argv[1:] or ["django-tasks-local-threads"])[0])
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
def echo(value):
    """Return an argument and the name of its type."""
    return [value, type(value).__name__]


@task
def now():
    """Return a value that is not JSON-serializable."""
    return datetime(2026, 1, 1, tzinfo=UTC)


def reproduce():
    """Return what the functions should receive and return, and what they do."""
    return [[[1, 2], "list"], "FAILED"], [end_of(echo.enqueue((1, 2))).return_value, end_of(now.enqueue()).status.value]


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
