# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-tasks-rq>=0.12"]
# ///
"""django-tasks-rq sends task_finished before RQ has stored the return value or the error.

Targets: django-tasks-rq@redis
Requirements: SIG-04
Documentation: https://docs.djangoproject.com/en/6.1/ref/signals/#django.tasks.signals.task_finished
Sentence: The finished TaskResult.
"""

import importlib
import os
import subprocess
import sys
import traceback
from pathlib import Path

import django
import redis
from django.conf import settings
from django.dispatch import receiver
from django_tasks import task
from django_tasks.signals import task_finished

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


@receiver(task_finished)
def note(task_result, **_):
    """Note the return value or the number of errors."""
    succeeded = task_result.status == "SUCCESSFUL"
    redis.Redis.from_url(REDIS).rpush("ends", repr(task_result.return_value if succeeded else len(task_result.errors)))


@task
def succeed():
    """Return a number."""
    return 42


@task
def fail():
    """Raise an error."""
    raise ValueError


def reproduce():
    """Return the value and the number of errors that two signals should carry, and those that they carry."""
    store = redis.Redis.from_url(REDIS, decode_responses=True)
    if store.dbsize():
        raise RuntimeError(f"{REDIS} is not empty")
    try:
        succeed.enqueue()
        fail.enqueue()
        command = [sys.executable, "-c", WORKER + "job_class='django_tasks_rq.Job', burst=True)"]
        subprocess.run(command, cwd=Path(__file__).parent, stdout=2, check=True, timeout=120)
        ends = store.lrange("ends", 0, -1)
    finally:
        store.flushdb()
    return ["42", "1"], ends


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
