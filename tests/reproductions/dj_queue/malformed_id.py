# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "dj-queue>=0.14", "psycopg[binary]>=3.3.3"]
# ///
"""dj-queue raises ValidationError for a result id that is no UUID.

Targets: dj-queue@sqlite, dj-queue@postgresql
Requirements: RES-04
Documentation: https://docs.djangoproject.com/en/6.1/ref/tasks/#django.tasks.backends.base.BaseTaskBackend.get_result
Sentence: If the result does not exist, TaskResultDoesNotExist is raised.
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
from django.tasks import default_task_backend

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


def raised_for(result_id):
    """Return the name of the exception for an id."""
    try:
        default_task_backend.get_result(result_id)
    except Exception as error:
        return type(error).__name__
    return "no exception"


def reproduce():
    """Return the exceptions that the documentation asks for, and those that were raised."""
    prepare()
    ids = ["00000000-0000-0000-0000-000000000000", "x", ""]
    return ["TaskResultDoesNotExist"] * len(ids), [raised_for(result_id) for result_id in ids]


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
