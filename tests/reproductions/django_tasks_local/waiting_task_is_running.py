# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-tasks-local>=2.0"]
# ///
"""django-tasks-local's pool of processes says RUNNING of the next waiting task.

Targets: django-tasks-local-processes
Requirements: RES-02, RES-06
Documentation: https://docs.djangoproject.com/en/6.1/ref/tasks/#django.tasks.TaskResultStatus.RUNNING
Sentence: The Task is currently being executed.
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


@task
def sleep(seconds):
    """Take some seconds."""
    time.sleep(seconds)


def reproduce():
    """Return how many of twelve tasks a pool of ten processes can run at a time, and how many are RUNNING."""
    results = [sleep.enqueue(3) for _ in range(12)]
    time.sleep(1)
    seen = [sleep.get_result(result.id).status.value for result in results]
    return 10, seen.count("RUNNING")


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
