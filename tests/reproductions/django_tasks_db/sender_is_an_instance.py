# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-tasks-db>=0.13", "psycopg[binary]>=3.2"]
# ///
"""django-tasks-db's worker sends task_started, and task_finished of a success, with an instance as the sender.

Targets: django-tasks-db@sqlite, django-tasks-db@postgresql
Requirements: SIG-05
Documentation: https://docs.djangoproject.com/en/6.1/ref/signals/#django.tasks.signals.task_started
Sentence: The backend class which the Task was enqueued on to.
"""

import atexit
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
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

TARGET = os.environ.setdefault("REPRODUCTION_TARGET", (sys.argv[1:] or ["django-tasks-db@sqlite"])[0])
SERVER = os.environ.get("TASKGAUGE_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
FOLDER = Path(os.environ.get("REPRODUCTION_FOLDER") or tempfile.mkdtemp(prefix="reproduction_"))
SIGNALS = {"enqueued": task_enqueued, "started": task_started, "finished": task_finished}
WORKER = f"import {__name__}; from django.core.management import call_command; call_command('db_worker', '--batch')"

if not settings.configured:
    os.environ["REPRODUCTION_FOLDER"] = str(FOLDER)
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "store"}
    if TARGET == "django-tasks-db@postgresql":
        url = urlsplit(SERVER)
        access = {"HOST": url.hostname, "PORT": url.port, "USER": url.username, "PASSWORD": url.password}
        database = {"ENGINE": "django.db.backends.postgresql", "NAME": FOLDER.name, **access}
    backend = {"BACKEND": "django_tasks_db.DatabaseBackend"}
    settings.configure(INSTALLED_APPS=["django_tasks_db"], TASKS={"default": backend}, DATABASES={"default": database})
    django.setup()


@receiver(list(SIGNALS.values()))
def note(signal, sender, **_):
    """Note if the sender of a signal is a class."""
    [name] = [name for name, known in SIGNALS.items() if known is signal]
    (FOLDER / f"{name}.sender").write_text("class" if isinstance(sender, type) else "instance")


@task
def nothing():
    """Do nothing."""


def reproduce():
    """Return what the sender of each signal should be, and what it is."""
    atexit.register(shutil.rmtree, FOLDER)
    if TARGET == "django-tasks-db@postgresql":
        server = psycopg.connect(SERVER, autocommit=True)
        server.execute(f'CREATE DATABASE "{FOLDER.name}"')
        atexit.register(server.execute, f'DROP DATABASE "{FOLDER.name}" WITH (FORCE)')
    call_command("migrate", verbosity=0)
    nothing.enqueue()
    subprocess.run([sys.executable, "-c", WORKER], cwd=Path(__file__).parent, stdout=2, check=True, timeout=120)
    seen = {name: (FOLDER / f"{name}.sender").read_text() for name in SIGNALS}
    return dict.fromkeys(SIGNALS, "class"), seen


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
