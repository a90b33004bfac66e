# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "dj-queue>=0.14", "psycopg[binary]>=3.3.3"]
# ///
"""dj-queue raises an exception of its own, and not InvalidTask, for a queue or a priority that it refuses.

Targets: dj-queue@sqlite, dj-queue@postgresql
Requirements: VAL-02, VAL-03, VAL-08, VAL-11, SET-06, PKL-06
Documentation: https://docs.djangoproject.com/en/6.1/ref/tasks/#django.tasks.backends.base.BaseTaskBackend.validate_task
Sentence: If the Task is not valid, InvalidTask is raised.
"""

import atexit
import importlib
import os
import shutil
import sys
import tempfile
import traceback
from pathlib import Path
from urllib.parse import urlsplit

import django
import psycopg
from django.conf import settings
from django.core.management import call_command
from django.tasks import task
from django.tasks.exceptions import InvalidTask

TARGET = os.environ.setdefault("REPRODUCTION_TARGET", (sys.argv[1:] or ["dj-queue@sqlite"])[0])
SERVER = os.environ.get("TASKGAUGE_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
NAME = os.environ.setdefault("REPRODUCTION_NAME", f"reproduction_{os.getpid()}")
FOLDER = Path(tempfile.gettempdir(), NAME)

if not settings.configured:
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "store"}
    if TARGET == "dj-queue@postgresql":
        url = urlsplit(SERVER)
        access = {"HOST": url.hostname, "PORT": url.port, "USER": url.username, "PASSWORD": url.password}
        database = {"ENGINE": "django.db.backends.postgresql", "NAME": NAME, **access}
    settings.configure(
        USE_TZ=True,
        INSTALLED_APPS=["dj_queue"],
        TASKS={"default": {"BACKEND": "dj_queue.backend.DjQueueBackend", "QUEUES": ["default", "second"]}},
        DATABASES={"default": database},
    )
    django.setup()


def prepare():
    """Make the store, and remove it at the end."""
    FOLDER.mkdir()
    atexit.register(shutil.rmtree, FOLDER)
    if TARGET == "dj-queue@postgresql":
        server = psycopg.connect(SERVER, autocommit=True)
        server.execute(f"CREATE DATABASE {NAME}")
        atexit.register(server.execute, f"DROP DATABASE {NAME} WITH (FORCE)")
    call_command("migrate", verbosity=0)


@task
def nothing():
    """Do nothing."""


def raised_by(**values):
    """Return the name of the exception for a Task with these values."""
    try:
        nothing.using(**values)
    except Exception as error:
        return "InvalidTask" if isinstance(error, InvalidTask) else type(error).__name__
    return "no exception"


def reproduce():
    """Return the exceptions that the documentation asks for, and those that are raised."""
    return ["InvalidTask"] * 2, [raised_by(queue_name="unheard-of"), raised_by(priority=101)]


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
