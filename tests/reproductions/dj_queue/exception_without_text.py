# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "dj-queue>=0.14", "psycopg[binary]>=3.3.3"]
# ///
"""dj-queue records what an exception's __str__ raises, and not the exception that the task raised.

Targets: dj-queue@sqlite, dj-queue@postgresql
Requirements: ERR-11
Documentation: https://docs.djangoproject.com/en/6.1/topics/tasks/#errors
Sentence: the exception and traceback are saved to the django.tasks.TaskResult.errors list
"""

import atexit
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path
from urllib.parse import urlsplit

import django
import psycopg
from django.conf import settings
from django.core.management import call_command
from django.tasks import task

TARGET = os.environ.setdefault("REPRODUCTION_TARGET", (sys.argv[1:] or ["dj-queue@sqlite"])[0])
SERVER = os.environ.get("TASKGAUGE_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
NAME = os.environ.setdefault("REPRODUCTION_NAME", f"reproduction_{os.getpid()}")
FOLDER = Path(tempfile.gettempdir(), NAME)
WORKER = f"import {__name__}; from django.core.management import call_command; call_command('dj_queue')"

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


def work_until_finished(*results, seconds=60):
    """Run a worker until all results are finished."""
    with subprocess.Popen([sys.executable, "-c", WORKER], cwd=Path(__file__).parent, stdout=2) as worker:
        deadline = time.monotonic() + seconds
        while not all(result.is_finished for result in results) and time.monotonic() < deadline:
            time.sleep(0.2)
            for result in results:
                result.refresh()
        worker.terminate()


class NoTextError(Exception):
    """An exception that cannot be printed."""

    def __str__(self):
        raise RuntimeError("no text")


@task
def fail():
    """Raise it."""
    raise NoTextError


def reproduce():
    """Return the class that the error should have, and the one that it has."""
    prepare()
    result = fail.enqueue()
    work_until_finished(result)
    classes = [error.exception_class_path for error in result.errors]
    return ["FAILED", f"{__name__}.NoTextError"], [result.status.value, *classes]


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
