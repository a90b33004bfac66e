# /// script
# requires-python = ">=3.14"
# dependencies = ["django>=6.0", "threadmill[redis]>=0.8"]
# ///
"""threadmill stores a result when the task has finished: get_result() and refresh() know no READY and no RUNNING task.

Targets: threadmill@redis
Requirements: RES-02, RES-06, RES-09, RES-15
Documentation: https://docs.djangoproject.com/en/6.1/topics/tasks/#updating-results
Sentence: A TaskResult contains the status of a Task's execution at the point it was retrieved.
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
from django.core.management import call_command
from django.tasks import task
from django.tasks.exceptions import TaskResultDoesNotExist

REDIS = os.environ.get("TASKGAUGE_REDIS_URL", "redis://127.0.0.1:6379/15")

if not settings.configured:
    backend = {"BACKEND": "threadmill.backends.redis.RedisTaskBackend", "REDIS_URL": REDIS}
    settings.configure(INSTALLED_APPS=["threadmill"], TASKS={"default": backend})
    django.setup()


def until(holds, seconds=60):
    """Wait until a condition holds, or for that many seconds."""
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.1)


@task
def wait():
    """Say that this task runs, and wait until it has been looked up."""
    store = redis.Redis.from_url(REDIS)
    store.set("running", "yes")
    until(lambda: store.exists("seen"))


def status_of(result_id):
    """Return the status that another request would see, or the name of the exception."""
    try:
        return wait.get_result(result_id).status.value
    except TaskResultDoesNotExist as error:
        return type(error).__name__


def worker():
    """Run threadmill's worker."""
    call_command("threadmill", "worker", "--workers", "1", "--threads", "1")


def reproduce():
    """Return the states that a task has, and what get_result() says of each."""
    store = redis.Redis.from_url(REDIS)
    if store.dbsize():
        raise RuntimeError(f"{REDIS} is not empty")
    seen = [status_of((result := wait.enqueue()).id)]
    process = subprocess.Popen([sys.executable, __file__, "worker"], stdout=2)
    try:
        until(lambda: store.exists("running"))
        seen.append(status_of(result.id))
        store.set("seen", "yes")
        until(lambda: status_of(result.id) == "SUCCESSFUL")
        seen.append(status_of(result.id))
    finally:
        process.terminate()
        process.wait(30)
        store.flushdb()
    return ["READY", "RUNNING", "SUCCESSFUL"], seen


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
