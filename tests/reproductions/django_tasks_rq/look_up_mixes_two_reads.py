# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-tasks-rq>=0.12"]
# ///
"""django-tasks-rq reads a job first and its status later: a result can be SUCCESSFUL with times from before its end.

Targets: django-tasks-rq@redis
Requirements: RES-14, RES-16
Documentation: https://docs.djangoproject.com/en/6.1/ref/tasks/#django.tasks.TaskResult.finished_at
Sentence: The time when the Task finished execution, whether it failed or succeeded.
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
    """Take three seconds."""
    time.sleep(3)


def reproduce():
    """Return what a SUCCESSFUL result should say of its end, and what it says over a slow network."""
    from django_tasks_rq import Job  # noqa: PLC0415 -- it needs the settings

    store = redis.Redis.from_url(REDIS)
    if store.dbsize():
        raise RuntimeError(f"{REDIS} is not empty")
    read_status = Job.get_status
    command = [sys.executable, "-c", WORKER + "job_class='django_tasks_rq.Job', burst=True)"]
    result_id = sleep.enqueue().id
    worker = subprocess.Popen(command, cwd=Path(__file__).parent, stdout=2)
    try:
        deadline = time.monotonic() + 60
        while sleep.get_result(result_id).status != "RUNNING" and time.monotonic() < deadline:
            time.sleep(0.1)
        # The second read of a look-up waits for the network.
        Job.get_status = lambda job, *args, **kwargs: [time.sleep(6), read_status(job, *args, **kwargs)][1]
        early = sleep.get_result(result_id)
        later = sleep.get_result(result_id)
    finally:
        Job.get_status = read_status
        worker.terminate()
        worker.wait(30)
        store.flushdb()
    return [("SUCCESSFUL", True)] * 2, [
        (result.status.value, result.finished_at is not None) for result in (early, later)
    ]


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
