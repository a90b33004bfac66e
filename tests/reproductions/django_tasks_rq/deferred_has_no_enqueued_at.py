# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-tasks-rq>=0.12"]
# ///
"""django-tasks-rq leaves enqueued_at None until a deferred task is due.

Targets: django-tasks-rq@redis
Requirements: ENQ-05
Documentation: https://docs.djangoproject.com/en/6.1/ref/tasks/#django.tasks.TaskResult.enqueued_at
Sentence: The time when the Task was enqueued.
"""

import importlib
import os
import sys
import traceback
from datetime import timedelta
from pathlib import Path

import django
import redis
from django.conf import settings
from django.utils import timezone
from django_tasks import task

REDIS = os.environ.get("TASKGAUGE_REDIS_URL", "redis://127.0.0.1:6379/15")

if not settings.configured:
    settings.configure(
        USE_TZ=True,
        INSTALLED_APPS=["django_tasks", "django_tasks_rq", "django_rq"],
        RQ_QUEUES={"default": {"URL": REDIS}},
        TASKS={"default": {"BACKEND": "django_tasks_rq.RQBackend"}},
    )
    django.setup()


@task
def nothing():
    """Do nothing."""


def reproduce():
    """Return the type that enqueued_at should have, and the types it has for a result and after a look-up."""
    store = redis.Redis.from_url(REDIS)
    if store.dbsize():
        raise RuntimeError(f"{REDIS} is not empty")
    try:
        enqueued = nothing.using(run_after=timezone.now() + timedelta(hours=1)).enqueue()
        times = [enqueued.enqueued_at, nothing.get_result(enqueued.id).enqueued_at]
    finally:
        store.flushdb()
    return ["datetime"] * 2, [type(moment).__name__ for moment in times]


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
