# /// script
# requires-python = ">=3.12"
# dependencies = [
#   "django>=6.0", "django-absurd>=1.0", "django-ox>=1.9", "django-tasks-db>=0.13", "dj-queue>=0.14",
#   "psycopg[binary]>=3.3.3",
# ]
# ///
"""A column of type jsonb gives back the float 1e16 as an integer, so a task's argument arrives with another type.

Targets: django-absurd@postgresql, django-ox@postgresql, django-tasks-db@postgresql, dj-queue@postgresql
Requirements: ARG-01
Documentation: https://docs.djangoproject.com/en/6.1/ref/tasks/#django.tasks.Task.enqueue
Sentence: Hence, all arguments must be JSON-serializable and preserve their type after the round-trip.
"""

import atexit
import importlib
import os
import subprocess
import sys
import time
import traceback
from pathlib import Path
from urllib.parse import urlsplit

import django
import psycopg
from django.conf import settings
from django.core.management import call_command
from django.tasks import task

TARGET = os.environ.setdefault("REPRODUCTION_TARGET", (sys.argv[1:] or ["django-tasks-db@postgresql"])[0])
SERVER = os.environ.get("TASKGAUGE_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
NAME = os.environ.setdefault("REPRODUCTION_NAME", f"reproduction_{os.getpid()}")
APP, BACKEND, COMMAND = {
    "django-absurd": ("django_absurd", "backends.AbsurdBackend", "absurd_worker"),
    "django-ox": ("django_ox", "backend.OxBackend", "ox_worker"),
    "django-tasks-db": ("django_tasks_db", "DatabaseBackend", "db_worker"),
    "dj-queue": ("dj_queue", "backend.DjQueueBackend", "dj_queue"),
}[TARGET.partition("@")[0]]
WORKER = f"import {__name__}; from django.core.management import call_command; call_command('{COMMAND}')"

if not settings.configured:
    url = urlsplit(SERVER)
    access = {"HOST": url.hostname, "PORT": url.port, "USER": url.username, "PASSWORD": url.password, "NAME": NAME}
    settings.configure(
        USE_TZ=True,
        INSTALLED_APPS=[APP],
        TASKS={"default": {"BACKEND": f"{APP}.{BACKEND}", "QUEUES": ["default"]}},
        DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", **access}},
    )
    django.setup()


@task
def type_of(number):
    """Return the type of an argument."""
    return type(number).__name__


def reproduce():
    """Return the type of the argument that is enqueued, and the type that the function receives."""
    server = psycopg.connect(SERVER, autocommit=True)
    server.execute(f"CREATE DATABASE {NAME}")
    atexit.register(server.execute, f"DROP DATABASE {NAME} WITH (FORCE)")
    call_command("migrate", verbosity=0)
    result = type_of.enqueue(1e16)
    with subprocess.Popen([sys.executable, "-c", WORKER], cwd=Path(__file__).parent, stdout=2) as worker:
        deadline = time.monotonic() + 60
        while not result.is_finished and time.monotonic() < deadline:
            time.sleep(0.2)
            result.refresh()
        worker.terminate()
    return "float", result.return_value


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
