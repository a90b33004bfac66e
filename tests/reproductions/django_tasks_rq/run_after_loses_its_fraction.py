# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-tasks-rq>=0.12"]
# ///
"""django-tasks-rq stores run_after in whole seconds, so a deferred task starts up to a second too early.

Targets: django-tasks-rq@redis
Requirements: DEF-01, RES-06
Documentation: https://docs.djangoproject.com/en/6.1/ref/tasks/#django.tasks.Task.run_after
Sentence: The earliest time the Task will be executed.
"""

import importlib
import os
import subprocess
import sys
import time
import traceback
from datetime import timedelta
from pathlib import Path

import django
import redis
from django.conf import settings
from django.utils import timezone
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
def start(run_after):
    """Note by how many seconds this start is late."""
    redis.Redis.from_url(REDIS).rpush("late", time.time() - run_after)


def reproduce():
    """Return how many of three tasks started early, and the fraction of a second in the result's run_after."""
    store = redis.Redis.from_url(REDIS)
    if store.dbsize():
        raise RuntimeError(f"{REDIS} is not empty")
    command = [sys.executable, "-c", WORKER + "job_class='django_tasks_rq.Job', with_scheduler=True)"]
    worker = subprocess.Popen(command, cwd=Path(__file__).parent, stdout=2)
    try:
        for seconds in (20, 22, 24):
            run_after = timezone.now().replace(microsecond=990_000) + timedelta(seconds=seconds)
            result = start.using(run_after=run_after).enqueue(run_after.timestamp())
        fraction = start.get_result(result.id).task.run_after.microsecond
        deadline = time.monotonic() + 90
        while store.llen("late") < 3 and time.monotonic() < deadline:
            time.sleep(0.2)
        early = [float(late) for late in store.lrange("late", 0, -1) if float(late) < 0]
    finally:
        worker.terminate()
        worker.wait(30)
        store.flushdb()
    return {"early": 0, "microseconds": 990_000}, {"early": len(early), "microseconds": fraction}


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
