# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-tasks-local>=2.0"]
# ///
"""django-tasks-local sends none of the signals of django.tasks.

Targets: django-tasks-local-threads, django-tasks-local-processes
Requirements: SIG-01, SIG-02, SIG-03, SIG-04, SIG-06
Documentation: https://docs.djangoproject.com/en/6.1/ref/signals/#django.tasks.signals.task_enqueued
Sentence: Sent once a Task has been enqueued.
"""

import importlib
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path

import django
from django.conf import settings
from django.dispatch import receiver
from django.tasks import task
from django.tasks.signals import task_enqueued, task_finished, task_started

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


NOTES = Path(os.environ.setdefault("REPRODUCTION_NOTES", f"{tempfile.gettempdir()}/reproduction_{os.getpid()}"))


@receiver([task_enqueued, task_started, task_finished])
def note(**_):
    """Note that a signal was received, in whichever process."""
    with NOTES.open("a") as file:
        file.write("x")


@task
def nothing():
    """Do nothing."""


def reproduce():
    """Return how many signals a task should send, and how many it sends."""
    NOTES.touch()
    end_of(nothing.enqueue())
    seen = len(NOTES.read_text())
    NOTES.unlink()
    return 3, seen


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
