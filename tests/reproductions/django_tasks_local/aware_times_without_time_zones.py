# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-tasks-local>=2.0"]
# ///
"""django-tasks-local's times are aware even if USE_TZ is False.

Targets: django-tasks-local-threads, django-tasks-local-processes
Requirements: ENQ-05
Documentation: https://docs.djangoproject.com/en/6.1/ref/settings/#use-tz
Sentence: A boolean that specifies if datetimes will be timezone-aware by default or not.
"""

import importlib
import os
import sys
import traceback
from pathlib import Path

import django
from django.conf import settings
from django.tasks import task

TARGET = os.environ.setdefault("REPRODUCTION_TARGET", (sys.argv[1:] or ["django-tasks-local-threads"])[0])
POOL = {"django-tasks-local-threads": "ThreadPoolBackend", "django-tasks-local-processes": "ProcessPoolBackend"}[TARGET]

if not settings.configured:
    settings.configure(USE_TZ=False, TASKS={"default": {"BACKEND": f"django_tasks_local.{POOL}"}})
    django.setup()


@task
def nothing():
    """Do nothing."""


def reproduce():
    """Return the time zone that enqueued_at should have, and the one that it has."""
    return None, nothing.enqueue().enqueued_at.tzinfo


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
