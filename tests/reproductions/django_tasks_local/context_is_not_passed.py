# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-tasks-local>=2.0"]
# ///
"""django-tasks-local calls a task with takes_context=True without its context.

Targets: django-tasks-local-threads, django-tasks-local-processes
Requirements: CTX-01
Documentation: https://docs.djangoproject.com/en/6.1/topics/tasks/#task-context
Sentence: To receive the Task context as an argument to your Task function, pass takes_context when defining it
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


@task(takes_context=True)
def type_of(context, value=None):
    """Return the type of the first argument."""
    return type(context).__name__


def reproduce():
    """Return the type of the first argument that a task with a context should get, and the type that it gets."""
    return "TaskContext", end_of(type_of.enqueue("the caller's argument")).return_value


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
