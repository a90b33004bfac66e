# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-tasks-redis>=0.4"]
# ///
"""django-tasks-redis puts priorities into three streams, and a worker takes a stream in the order of enqueueing.

Targets: django-tasks-redis@redis
Requirements: PRI-01
Documentation: https://docs.djangoproject.com/en/6.1/ref/tasks/#django.tasks.Task.priority
Sentence: Priorities must be between -100 and 100, where larger numbers are higher priority, and will be run sooner.
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
from django.tasks import task

REDIS = os.environ.get("TASKGAUGE_REDIS_URL", "redis://127.0.0.1:6379/15")
WORKER = f"import {__name__}; from django.core.management import call_command; call_command('run_redis_tasks')"

if not settings.configured:
    settings.configure(
        INSTALLED_APPS=["django_tasks_redis"],
        TASKS={"default": {"BACKEND": "django_tasks_redis.RedisTaskBackend", "OPTIONS": {"REDIS_URL": REDIS}}},
    )
    django.setup()


@task
def run(priority):
    """Note that this task ran."""
    redis.Redis.from_url(REDIS, decode_responses=True).rpush("order", priority)


def reproduce():
    """Return the order of priorities that the documentation asks for, and the order in which the tasks ran."""
    priorities = [0, -50, -100, 50, 100, 99, -99]
    store = redis.Redis.from_url(REDIS, decode_responses=True)
    if store.dbsize():
        raise RuntimeError(f"{REDIS} is not empty")
    try:
        for priority in priorities:
            run.using(priority=priority).enqueue(priority)
        subprocess.run([sys.executable, "-c", WORKER], cwd=Path(__file__).parent, stdout=2, check=True, timeout=60)
        order = [int(priority) for priority in store.lrange("order", 0, -1)]
    finally:
        store.flushdb()
    return sorted(priorities, reverse=True), order


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
