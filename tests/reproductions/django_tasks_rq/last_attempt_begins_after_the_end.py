# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-tasks-rq>=0.12"]
# ///
"""django-tasks-rq's last_attempted_at of a finished task is the time at which RQ stored its result.

Targets: django-tasks-rq@redis
Requirements: RES-16
Documentation: https://docs.djangoproject.com/en/6.1/ref/tasks/#django.tasks.TaskResult.last_attempted_at
Sentence: The time when the most recent Task run began execution.
"""

import importlib
import os
import subprocess
import sys
import time
import traceback
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
def sleep():
    """Take a second."""
    time.sleep(1)


def reproduce():
    """Return the order of a task's times that the documentation asks for, and the order that a result has."""
    store = redis.Redis.from_url(REDIS)
    if store.dbsize():
        raise RuntimeError(f"{REDIS} is not empty")
    try:
        result = sleep.enqueue()
        command = [sys.executable, "-c", WORKER + "job_class='django_tasks_rq.Job', burst=True)"]
        subprocess.run(command, cwd=Path(__file__).parent, stdout=2, check=True, timeout=120)
        result.refresh()
    finally:
        store.flushdb()
    expected = ["enqueued_at", "started_at", "last_attempted_at", "finished_at"]
    return expected, sorted(expected, key=lambda name: getattr(result, name))


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
