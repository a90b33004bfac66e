# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-tasks-local>=2.0"]
# ///
"""django-tasks-local's pool of processes raises ValueError for an argument that cannot be pickled.

Targets: django-tasks-local-processes
Requirements: ARG-03
Documentation: https://docs.djangoproject.com/en/6.1/topics/tasks/#enqueueing-tasks
Sentence: TypeError: Object of type datetime is not JSON serializable
"""

import importlib
import os
import sys
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


@task
def nothing(value):
    """Do nothing."""


def reproduce():
    """Return the exception that the documentation asks for, and the one that is raised."""
    try:
        nothing.enqueue(lambda: None)
    except Exception as error:
        return "TypeError", type(error).__name__
    return "TypeError", "no exception"


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
