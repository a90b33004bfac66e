# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-tasks-local>=2.0"]
# ///
"""django-tasks-local gives a READY result between the end of the function and the storing of its outcome.

Targets: django-tasks-local-threads, django-tasks-local-processes
Requirements: RES-14
Documentation: https://docs.djangoproject.com/en/6.1/ref/tasks/#django.tasks.TaskResultStatus.READY
Sentence: The Task has just been enqueued, or is ready to be executed again.
"""

import importlib
import logging
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


class Slow(logging.Handler):
    """A handler that sends each record over a slow network."""

    def emit(self, record):
        """Wait for the network."""
        time.sleep(1)


@task
def fail():
    """Run for half a second, and raise an error, which the backend logs."""
    time.sleep(0.5)
    raise ValueError


def reproduce():
    """Return the states that a task with one attempt should go through, and those that a look-up gives."""
    logging.getLogger("django_tasks_local").addHandler(Slow())
    result_id = fail.enqueue().id
    seen = []
    while "FAILED" not in seen:
        status = fail.get_result(result_id).status.value
        seen += [status] if [status] != seen[-1:] else []
        time.sleep(0.05)
    return ["RUNNING", "FAILED"], seen[seen.index("RUNNING") :]


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
