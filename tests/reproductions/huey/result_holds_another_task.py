# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "huey>=3.5", "psycopg[binary]>=3.2", "redis>=5"]
# ///
"""huey's results hold a Task of a private class, which does not equal the Task that was enqueued.

Targets: huey@redis, huey@sqlite, huey@postgresql
Requirements: ENQ-06, RES-06
Documentation: https://docs.djangoproject.com/en/6.1/ref/tasks/#django.tasks.TaskResult.task
Sentence: The Task the result was enqueued for.
"""

import atexit
import importlib
import os
import sys
import tempfile
import traceback
from pathlib import Path

import django
import psycopg
from django.conf import settings
from django.tasks import task

STORE = (sys.argv[1:] or ["huey@redis"])[0].partition("@")[2]
REDIS = os.environ.get("TASKGAUGE_REDIS_URL", "redis://127.0.0.1:6379/15")
SERVER = os.environ.get("TASKGAUGE_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
NAME = f"reproduction_{os.getpid()}"

if not settings.configured:
    folder = tempfile.TemporaryDirectory()
    stores = {
        "redis": {"huey_class": "huey.PriorityRedisHuey", "connection": {"url": REDIS}},
        "sqlite": {"huey_class": "huey.SqliteHuey", "connection": {"filename": f"{folder.name}/huey"}},
        "postgresql": {"huey_class": "huey.PostgresHuey", "connection": {"dsn": f"{SERVER.rpartition('/')[0]}/{NAME}"}},
    }
    if STORE == "postgresql":
        server = psycopg.connect(SERVER, autocommit=True)
        server.execute(f"CREATE DATABASE {NAME}")
        atexit.register(server.execute, f"DROP DATABASE {NAME} WITH (FORCE)")
    backend = {"BACKEND": "huey.contrib.djhuey.tasks_backend.HueyBackend"}
    huey = {"name": NAME, **stores[STORE]}
    settings.configure(INSTALLED_APPS=["huey.contrib.djhuey"], HUEY=huey, TASKS={"default": backend})
    django.setup()


@task
def nothing():
    """Do nothing."""


def reproduce():
    """Return if the Task that was enqueued should equal that of two results, and if it does."""
    from huey.contrib.djhuey import HUEY  # noqa: PLC0415 -- it needs the settings

    try:
        enqueued = nothing.enqueue()
        looked_up = nothing.get_result(enqueued.id)
    finally:
        HUEY.flush()
    return ["equal", "equal"], ["equal" if nothing == result.task else "unequal" for result in (enqueued, looked_up)]


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
