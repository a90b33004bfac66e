# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "dj-queue>=0.14", "psycopg[binary]>=3.3.3"]
# ///
"""dj-queue takes any queue if QUEUES is not set.

Targets: dj-queue@sqlite, dj-queue@postgresql
Requirements: SET-04
Documentation: https://docs.djangoproject.com/en/6.1/ref/settings/#std-setting-TASKS-QUEUES
Sentence: Default: ["default"]
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
from django.tasks import task_backends

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


def reproduce():
    """Return the queues of a backend without the setting QUEUES, by the documentation and by the backend."""
    backend = type(task_backends["default"])("default", {"BACKEND": settings.TASKS["default"]["BACKEND"]})
    return ["default"], sorted(backend.queues)


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
