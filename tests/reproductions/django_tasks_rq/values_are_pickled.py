# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-tasks-rq>=0.12"]
# ///
"""django-tasks-rq pickles arguments and return values: a tuple stays a tuple, and a returned datetime is no error.

Targets: django-tasks-rq@redis
Requirements: ARG-02, ARG-05, RET-01, RET-04
Documentation: https://docs.djangoproject.com/en/6.1/topics/tasks/#enqueueing-tasks
Sentence: Because both Task arguments and return values are serialized to JSON, they must be JSON-serializable
"""

import importlib
import os
import subprocess
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

import django
import redis
from django.conf import settings
from django_tasks import task

REDIS = os.environ.get("TASKGAUGE_REDIS_URL", "redis://127.0.0.1:6379/15")
WORKER = f"import {__name__}; from django.core.management import call_command as call; call('rqworker', 'default', "

if not settings.configured:
    settings.configure(
        USE_TZ=True,
        INSTALLED_APPS=["django_tasks", "django_tasks_rq", "django_rq"],
        RQ_QUEUES={"default": {"URL": REDIS}},
        TASKS={"default": {"BACKEND": "django_tasks_rq.RQBackend"}},
    )
    django.setup()


@task
def echo(value):
    """Return an argument and the name of its type."""
    return [value, type(value).__name__]


@task
def now():
    """Return a value that is not JSON-serializable."""
    return datetime(2026, 1, 1, tzinfo=UTC)


def reproduce():
    """Return what the functions should receive and return, and what they do."""
    store = redis.Redis.from_url(REDIS)
    if store.dbsize():
        raise RuntimeError(f"{REDIS} is not empty")
    try:
        results = [echo.enqueue((1, 2)), now.enqueue()]
        command = [sys.executable, "-c", WORKER + "job_class='django_tasks_rq.Job', burst=True)"]
        subprocess.run(command, cwd=Path(__file__).parent, stdout=2, check=True, timeout=120)
        for result in results:
            result.refresh()
    finally:
        store.flushdb()
    return [[[1, 2], "list"], "FAILED"], [results[0].return_value, results[1].status.value]


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
