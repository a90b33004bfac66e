# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "dj-queue>=0.14", "psycopg[binary]>=3.3.3"]
# ///
"""dj-queue sends none of the signals of django.tasks.

Targets: dj-queue@sqlite, dj-queue@postgresql
Requirements: SIG-01, SIG-02, SIG-03, SIG-04, SIG-06
Documentation: https://docs.djangoproject.com/en/6.1/ref/signals/#django.tasks.signals.task_enqueued
Sentence: Sent once a Task has been enqueued.
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
from django.dispatch import receiver
from django.tasks import task
from django.tasks.signals import task_enqueued, task_finished, task_started

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


@receiver([task_enqueued, task_started, task_finished])
def note(**_):
    """Note that a signal was received."""
    with (FOLDER / "signals").open("a") as file:
        file.write("x")


@task
def nothing():
    """Do nothing."""


def reproduce():
    """Return how many signals a task should send, and how many it sends."""
    prepare()
    (FOLDER / "signals").touch()
    result = nothing.enqueue()
    work_until_finished(result)
    return [3, "SUCCESSFUL"], [len((FOLDER / "signals").read_text()), result.status.value]


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
