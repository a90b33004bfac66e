# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-tasks-local>=2.0"]
# ///
"""django-tasks-local takes the arguments when the task starts: what the caller changes until then reaches the task.

Targets: django-tasks-local-threads, django-tasks-local-processes
Requirements: ARG-04
Documentation: https://docs.djangoproject.com/en/6.1/ref/tasks/#django.tasks.Task.enqueue
Sentence: Arguments are passed to the Task's function after a round-trip through a json.dumps()/json.loads() cycle.
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
def echo(value, seconds=0):
    """Return an argument after some seconds."""
    time.sleep(seconds)
    return value


def reproduce():
    """Return the argument as it was at the enqueueing, and as the function has it."""
    for _ in range(15):
        echo.enqueue([], 1)  # the pool is busy
    argument = [1]
    result = echo.enqueue(argument)
    argument.append(2)
    return [1], end_of(result).return_value


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
