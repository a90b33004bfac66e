# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-tasks-rq>=0.12"]
# ///
"""django-tasks-rq's backend belongs to the package django_tasks, and is no backend of django.tasks.

Targets: django-tasks-rq@redis
Requirements: BCK-01
Documentation: https://docs.djangoproject.com/en/6.1/topics/tasks/#third-party-backends
Sentence: A Task backend is a class that inherits BaseTaskBackend.
"""

import importlib
import os
import sys
import traceback
from pathlib import Path

import django
from django.conf import settings
from django.tasks.backends.base import BaseTaskBackend

REDIS = os.environ.get("TASKGAUGE_REDIS_URL", "redis://127.0.0.1:6379/15")

if not settings.configured:
    settings.configure(
        USE_TZ=True,
        INSTALLED_APPS=["django_tasks", "django_tasks_rq", "django_rq"],
        RQ_QUEUES={"default": {"URL": REDIS}},
        TASKS={"default": {"BACKEND": "django_tasks_rq.RQBackend"}},
    )
    django.setup()


def reproduce():
    """Return if the backend should be a subclass of Django's class, and if it is."""
    from django_tasks_rq import RQBackend  # noqa: PLC0415 -- it needs the settings

    return "subclass", "subclass" if issubclass(RQBackend, BaseTaskBackend) else f"subclass of {RQBackend.__mro__[1]}"


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
