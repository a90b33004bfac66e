# /// script
# requires-python = ">=3.14"
# dependencies = ["django>=6.0", "threadmill[redis]>=0.8"]
# ///
"""threadmill's started_at is the time at which a worker asked Redis for tasks, which can be before the enqueueing.

Targets: threadmill@redis
Requirements: RES-16
Documentation: https://docs.djangoproject.com/en/6.1/ref/tasks/#django.tasks.TaskResult.started_at
Sentence: The time when the Task began execution, on its first attempt.
"""

import asyncio
import importlib
import os
import subprocess
import sys
import threading
import time
import traceback
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import django
import redis
from django.conf import settings
from django.core.management import call_command
from django.tasks import task
from django.tasks.exceptions import TaskResultDoesNotExist

REDIS = os.environ.get("TASKGAUGE_REDIS_URL", "redis://127.0.0.1:6379/15")

if not settings.configured:
    used = os.environ.get("REPRODUCTION_PROXY", REDIS)
    backend = {"BACKEND": "threadmill.backends.redis.RedisTaskBackend", "REDIS_URL": used}
    options = {"poll_max_interval": timedelta(seconds=0.01)}
    settings.configure(INSTALLED_APPS=["threadmill"], TASKS={"default": {**backend, "OPTIONS": options}})
    django.setup()


@task
def nothing():
    """Do nothing."""


def worker():
    """Run threadmill's worker."""
    call_command("threadmill", "worker", "--workers", "1", "--threads", "1", "--poll-max-interval", "0.01")


async def forward(reader, writer, delay):
    """Copy bytes from one connection to another, each after a delay in seconds."""
    while data := await reader.read(65536):
        await asyncio.sleep(delay)
        writer.write(data)


async def connect(reader, writer):
    """Connect a client to Redis over a network that takes 200 ms on the way there."""
    there, back = await asyncio.open_connection(urlsplit(REDIS).hostname, urlsplit(REDIS).port)
    await asyncio.gather(forward(reader, back, 0.2), forward(there, writer, 0))


def reproduce():
    """Return how many of ten tasks started before their enqueueing."""
    store = redis.Redis.from_url(REDIS)
    if store.dbsize():
        raise RuntimeError(f"{REDIS} is not empty")
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(connect, "127.0.0.1"))
    threading.Thread(target=loop.run_forever, daemon=True).start()
    proxy = urlsplit(REDIS)._replace(netloc=f"127.0.0.1:{server.sockets[0].getsockname()[1]}").geturl()
    process = subprocess.Popen(
        [sys.executable, __file__, "worker"], stdout=2, env={**os.environ, "REPRODUCTION_PROXY": proxy}
    )
    results, deadline = [], time.monotonic() + 60
    try:
        while len(results) < 10 and time.monotonic() < deadline:
            enqueued = nothing.enqueue()
            while time.monotonic() < deadline:
                time.sleep(0.07)
                try:
                    results.append(nothing.get_result(enqueued.id))
                    break
                except TaskResultDoesNotExist:
                    continue
    finally:
        process.terminate()
        process.wait(30)
        store.flushdb()
    return (
        f"0 of {len(results)}",
        f"{sum(result.started_at < result.enqueued_at for result in results)} of {len(results)}",
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
