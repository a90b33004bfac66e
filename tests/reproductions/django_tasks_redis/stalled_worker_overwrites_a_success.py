# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-tasks-redis>=0.4"]
# ///
"""A worker of django-tasks-redis that was stopped beyond the claim timeout overwrites the success of another worker.

Targets: django-tasks-redis@redis
Requirements: RES-14
Documentation: https://docs.djangoproject.com/en/6.1/ref/tasks/#django.tasks.TaskResultStatus.SUCCESSFUL
Sentence: The Task has finished executing successfully.
"""

import importlib
import os
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path

import django
import redis
from django.conf import settings
from django.tasks import task

REDIS = os.environ.get("TASKGAUGE_REDIS_URL", "redis://127.0.0.1:6379/15")
COMMAND = "import {}; from django.core.management import call_command as call; call('run_redis_tasks', '--continuous', "
WORKER = COMMAND.format(__name__) + "'--claim-interval', '1')"

if not settings.configured:
    options = {"REDIS_URL": REDIS, "REDIS_CLAIM_TIMEOUT": 3, "REDIS_BLOCK_TIMEOUT": 1000}
    backend = {"BACKEND": "django_tasks_redis.RedisTaskBackend", "OPTIONS": options}
    settings.configure(INSTALLED_APPS=["django_tasks_redis"], TASKS={"default": backend})
    django.setup()


@task
def stall_once():
    """Stop the first worker, as a suspended machine does, and return which run this is."""
    run = redis.Redis.from_url(REDIS).incr("runs")
    if run == 1:
        os.kill(os.getpid(), signal.SIGSTOP)
    return run


def reproduce():
    """Return the result of the second run before and after the first worker goes on."""
    store = redis.Redis.from_url(REDIS)
    if store.dbsize():
        raise RuntimeError(f"{REDIS} is not empty")
    workers = []
    try:
        result = stall_once.enqueue()
        for runs in (1, 2):
            command = [sys.executable, "-c", WORKER]
            workers.append(subprocess.Popen(command, cwd=Path(__file__).parent, stdout=2))
            deadline = time.monotonic() + 60
            while int(store.get("runs") or 0) < runs and time.monotonic() < deadline:
                time.sleep(0.1)
        while not result.is_finished and time.monotonic() < deadline:
            time.sleep(0.1)
            result.refresh()
        workers[0].send_signal(signal.SIGCONT)
        time.sleep(3)
        later = stall_once.get_result(result.id)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
        store.flushdb()
    return (result.return_value, str(result.finished_at)), (later.return_value, str(later.finished_at))


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
