# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "huey>=3.5", "psycopg[binary]>=3.2"]
# ///
"""huey on PostgreSQL raises an error of the database for a result id with a NUL character.

Targets: huey@postgresql
Requirements: RES-04
Documentation: https://docs.djangoproject.com/en/6.1/ref/tasks/#django.tasks.backends.base.BaseTaskBackend.get_result
Sentence: If the result does not exist, TaskResultDoesNotExist is raised.
"""

import atexit
import importlib
import os
import sys
import traceback
from pathlib import Path

import django
import psycopg
from django.conf import settings
from django.tasks import default_task_backend

SERVER = os.environ.get("TASKGAUGE_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
NAME = f"reproduction_{os.getpid()}"

if not settings.configured:
    server = psycopg.connect(SERVER, autocommit=True)
    server.execute(f"CREATE DATABASE {NAME}")
    atexit.register(server.execute, f"DROP DATABASE {NAME} WITH (FORCE)")
    backend = {"BACKEND": "huey.contrib.djhuey.tasks_backend.HueyBackend"}
    huey = {"huey_class": "huey.PostgresHuey", "connection": {"dsn": f"{SERVER.rpartition('/')[0]}/{NAME}"}}
    settings.configure(INSTALLED_APPS=["huey.contrib.djhuey"], HUEY=huey, TASKS={"default": backend})
    django.setup()


def raised_for(result_id):
    """Return the name of the exception for an id."""
    try:
        default_task_backend.get_result(result_id)
    except Exception as error:
        return type(error).__name__
    return "no exception"


def reproduce():
    """Return the exceptions that the documentation asks for, and those that were raised."""
    return ["TaskResultDoesNotExist"] * 2, [raised_for("unknown"), raised_for("with\0NUL")]


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
