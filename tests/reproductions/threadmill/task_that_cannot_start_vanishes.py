# /// script
# requires-python = ">=3.14"
# dependencies = ["django>=6.0", "threadmill[redis]>=0.8"]
# ///
"""threadmill drops a task whose function is gone when its lease ends: it never has a FAILED result.

Targets: threadmill@redis
Requirements: ERR-08
Documentation: https://docs.djangoproject.com/en/6.1/ref/tasks/#django.tasks.TaskResultStatus.FAILED
Sentence: The Task raised an exception during execution, or was unable to start.
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
from django.tasks import default_task_backend, task
from django.tasks.exceptions import TaskResultDoesNotExist

REDIS = os.environ.get("TASKGAUGE_REDIS_URL", "redis://127.0.0.1:6379/15")

if not settings.configured:
    backend = {"BACKEND": "threadmill.backends.redis.RedisTaskBackend", "REDIS_URL": REDIS}
    options = {"lease_ttl": timedelta(seconds=2)}
    settings.configure(INSTALLED_APPS=["threadmill"], TASKS={"default": {**backend, "OPTIONS": options}})
    django.setup()

if "worker" not in sys.argv:

    @task
    def removed():
        """Do nothing. The worker's release has no such function."""


def until(holds, seconds=60):
    """Wait until a condition holds, or for that many seconds."""
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.1)


def worker():
    """Run threadmill's worker."""
    call_command("threadmill", "worker", "--workers", "1", "--threads", "1")


def status_of(result_id):
    """Return the status of a result, or the name of the exception."""
    try:
        return default_task_backend.get_result(result_id).status.value
    except TaskResultDoesNotExist as error:
        return type(error).__name__


def reproduce():
    """Return the status that the documentation asks for, and what is seen long after the lease of two seconds."""
    store = redis.Redis.from_url(REDIS)
    if store.dbsize():
        raise RuntimeError(f"{REDIS} is not empty")
    process = subprocess.Popen([sys.executable, __file__, "worker"], stdout=2)
    try:
        result = removed.enqueue()
        until(lambda: store.exists("threadmill:{default}:default:running"))
        until(lambda: status_of(result.id) == "FAILED", seconds=15)
        status = status_of(result.id)
    finally:
        process.terminate()
        process.wait(30)
        store.flushdb()
    return "FAILED", status


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
