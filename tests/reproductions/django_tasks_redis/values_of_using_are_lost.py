# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-tasks-redis>=0.4"]
# ///
"""django-tasks-redis stores what using() changed, but a worker and get_result() see the values of the decorator.

Targets: django-tasks-redis@redis
Requirements: PRI-03, QUE-01, RES-06, CTX-03
Documentation: https://docs.djangoproject.com/en/6.1/ref/tasks/#django.tasks.TaskResult.task
Sentence: The Task the result was enqueued for.
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
    options = {"BACKEND": "django_tasks_redis.RedisTaskBackend", "QUEUES": ["default", "second"]}
    settings.configure(
        INSTALLED_APPS=["django_tasks_redis"], TASKS={"default": {**options, "OPTIONS": {"REDIS_URL": REDIS}}}
    )
    django.setup()


@task(takes_context=True)
def values(context):
    """Return the values of the Task that the context names."""
    return [context.task_result.task.priority, context.task_result.task.queue_name]


def reproduce():
    """Return the values of the enqueued Task, and those that get_result() and the context name."""
    store = redis.Redis.from_url(REDIS)
    if store.dbsize():
        raise RuntimeError(f"{REDIS} is not empty")
    try:
        result = values.using(priority=7, queue_name="second").enqueue()
        before = values.get_result(result.id).task
        subprocess.run([sys.executable, "-c", WORKER], cwd=Path(__file__).parent, stdout=2, check=True, timeout=60)
        after = values.get_result(result.id)
    finally:
        store.flushdb()
    looked_up = [[seen.priority, seen.queue_name] for seen in (before, after.task)]
    return [[7, "second"]] * 3, [*looked_up, after.return_value]


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
