# /// script
# requires-python = ">=3.14"
# dependencies = ["django>=6.0", "threadmill[redis]>=0.8"]
# ///
"""threadmill forgets started_at when it retries a task, so the result has the time of the last attempt.

Targets: threadmill@redis
Requirements: RES-17
Documentation: https://docs.djangoproject.com/en/6.1/ref/tasks/#django.tasks.TaskResult.started_at
Sentence: The time when the Task began execution, on its first attempt.
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
from django.core.management import call_command
from django.tasks import task
from django.tasks.exceptions import TaskResultDoesNotExist

REDIS = os.environ.get("TASKGAUGE_REDIS_URL", "redis://127.0.0.1:6379/15")

if not settings.configured:
    backend = {"BACKEND": "threadmill.backends.redis.RedisTaskBackend", "REDIS_URL": REDIS}
    settings.configure(USE_TZ=True, INSTALLED_APPS=["threadmill"], TASKS={"default": backend})
    django.setup()


def once(context):
    """Ask for a second attempt after a second."""
    return timedelta(seconds=1) if context.attempt == 1 else None


@task(retry=once)
def fail():
    """Note the time of this attempt, and fail."""
    redis.Redis.from_url(REDIS).rpush("attempts", time.time())
    raise ValueError


def worker():
    """Run threadmill's worker."""
    call_command("threadmill", "worker", "--workers", "1", "--threads", "1")


def reproduce():
    """Return which attempt started_at should name, and which it names."""
    store = redis.Redis.from_url(REDIS)
    if store.dbsize():
        raise RuntimeError(f"{REDIS} is not empty")
    process = subprocess.Popen([sys.executable, __file__, "worker"], stdout=2)
    try:
        result_id = fail.enqueue().id
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            time.sleep(0.2)
            try:
                result = fail.get_result(result_id)
                break
            except TaskResultDoesNotExist:
                continue
        first = float(store.lindex("attempts", 0))
    finally:
        process.terminate()
        process.wait(30)
        store.flushdb()
    return (
        "before the first attempt",
        f"before the {'first' if result.started_at.timestamp() <= first else 'second'} attempt",
    )


if __name__ == "__main__":
    if sys.argv[1:] == ["worker"]:
        sys.exit(worker())
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
