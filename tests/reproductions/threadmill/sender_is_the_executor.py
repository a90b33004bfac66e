# /// script
# requires-python = ">=3.14"
# dependencies = ["django>=6.0", "threadmill[redis]>=0.8"]
# ///
"""threadmill's worker sends task_started and task_finished with its executor as the sender.

Targets: threadmill@redis
Requirements: SIG-05
Documentation: https://docs.djangoproject.com/en/6.1/ref/signals/#django.tasks.signals.task_started
Sentence: The backend class which the Task was enqueued on to.
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
from django.core.management import call_command
from django.dispatch import receiver
from django.tasks import task
from django.tasks.signals import task_enqueued, task_finished, task_started

REDIS = os.environ.get("TASKGAUGE_REDIS_URL", "redis://127.0.0.1:6379/15")
SIGNALS = {"enqueued": task_enqueued, "started": task_started, "finished": task_finished}

if not settings.configured:
    backend = {"BACKEND": "threadmill.backends.redis.RedisTaskBackend", "REDIS_URL": REDIS}
    settings.configure(INSTALLED_APPS=["threadmill"], TASKS={"default": backend})
    django.setup()


@receiver(list(SIGNALS.values()))
def note(signal, sender, **_):
    """Note the sender of a signal."""
    [name] = [name for name, known in SIGNALS.items() if known is signal]
    redis.Redis.from_url(REDIS).hset("senders", name, f"{sender.__module__}.{sender.__qualname__}")


@task
def nothing():
    """Do nothing."""


def worker():
    """Run threadmill's worker until no task is left."""
    call_command("threadmill", "worker", "--workers", "1", "--threads", "1", "--exit-empty")


def reproduce():
    """Return the sender that the documentation asks for, and the sender of each signal."""
    store = redis.Redis.from_url(REDIS, decode_responses=True)
    if store.dbsize():
        raise RuntimeError(f"{REDIS} is not empty")
    try:
        nothing.enqueue()
        subprocess.run([sys.executable, __file__, "worker"], stdout=2, check=True, timeout=60)
        senders = store.hgetall("senders")
    finally:
        store.flushdb()
    return dict.fromkeys(sorted(SIGNALS), settings.TASKS["default"]["BACKEND"]), dict(sorted(senders.items()))


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
