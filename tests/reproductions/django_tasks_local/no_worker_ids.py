# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-tasks-local>=2.0"]
# ///
"""django-tasks-local's results name no worker, so they count no attempt.

Targets: django-tasks-local-threads, django-tasks-local-processes
Requirements: RES-18
Documentation: https://docs.djangoproject.com/en/6.1/ref/tasks/#django.tasks.TaskResult.worker_ids
Sentence: The ids of the workers which have executed the Task.
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
def nothing():
    """Do nothing."""


def reproduce():
    """Return the number of workers and attempts that a finished result should have, and those that it has."""
    result = end_of(nothing.enqueue())
    return [1, 1], [len(result.worker_ids), result.attempts]


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
