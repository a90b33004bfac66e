# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-tasks-rq>=0.12"]
# ///
"""django-tasks-rq raises ValueError of RQ for a result id that RQ would not give.

Targets: django-tasks-rq@redis
Requirements: RES-04
Documentation: https://docs.djangoproject.com/en/6.1/ref/tasks/#django.tasks.backends.base.BaseTaskBackend.get_result
Sentence: If the result does not exist, TaskResultDoesNotExist is raised.
"""

import importlib
import os
import sys
import traceback
from pathlib import Path

import django
from django.conf import settings
from django_tasks import default_task_backend

REDIS = os.environ.get("TASKGAUGE_REDIS_URL", "redis://127.0.0.1:6379/15")

if not settings.configured:
    settings.configure(
        USE_TZ=True,
        INSTALLED_APPS=["django_tasks", "django_tasks_rq", "django_rq"],
        RQ_QUEUES={"default": {"URL": REDIS}},
        TASKS={"default": {"BACKEND": "django_tasks_rq.RQBackend"}},
    )
    django.setup()


def raised_for(result_id):
    """Return the name of the exception for an id."""
    try:
        default_task_backend.get_result(result_id)
    except Exception as error:
        return type(error).__name__
    return "no exception"


def reproduce():
    """Return the exceptions that the documentation asks for, and those that were raised."""
    ids = ["unknown", "with a space", "with\0NUL", "ü"]
    return dict.fromkeys(ids, "TaskResultDoesNotExist"), {result_id: raised_for(result_id) for result_id in ids}


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
