# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-absurd>=1.0", "psycopg[binary]>=3.2"]
# ///
"""django-absurd's worker ends when a task raises an exception whose __str__ raises.

Targets: django-absurd@postgresql
Requirements: ERR-11
Documentation: https://docs.djangoproject.com/en/6.1/topics/tasks/#errors
Sentence: the exception and traceback are saved to the django.tasks.TaskResult.errors list
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

SERVER = os.environ.get("TASKGAUGE_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
NAME = os.environ.setdefault("REPRODUCTION_NAME", f"reproduction_{os.getpid()}")
WORKER = f"import {__name__}; from django.core.management import call_command; call_command('absurd_worker', "

if not settings.configured:
    url = urlsplit(SERVER)
    access = {"HOST": url.hostname, "PORT": url.port, "USER": url.username, "PASSWORD": url.password, "NAME": NAME}
    backend = {"BACKEND": "django_absurd.backends.AbsurdBackend", "OPTIONS": {"DEFAULT_MAX_ATTEMPTS": 1}}
    settings.configure(
        USE_TZ=True,
        INSTALLED_APPS=["django_absurd"],
        TASKS={"default": {**backend, "QUEUES": ["default"]}},
        DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", **access}},
    )
    django.setup()


def prepare():
    """Make a database, and remove it at the end."""
    server = psycopg.connect(SERVER, autocommit=True)
    server.execute(f"CREATE DATABASE {NAME}")
    atexit.register(server.execute, f"DROP DATABASE {NAME} WITH (FORCE)")
    call_command("migrate", verbosity=0)


def work_until_finished(*results, seconds=60):
    """Run a worker until all results are finished, or it ends itself; return if it still runs."""
    command = [sys.executable, "-c", WORKER + "'--poll-interval', '0.25', '--claim-timeout', '5')"]
    with subprocess.Popen(command, cwd=Path(__file__).parent, stdout=2) as worker:
        deadline = time.monotonic() + seconds
        while not all(result.is_finished for result in results) and time.monotonic() < deadline:
            time.sleep(0.2)
            for result in results:
                result.refresh()
            if worker.poll() is not None:
                break
        runs = worker.poll() is None
        worker.terminate()
    return runs


class NoText(Exception):
    """An exception without a text."""

    def __str__(self):
        """Raise an error, as a fault in a project's exception does."""
        raise ValueError


@task
def fail():
    """Raise an exception."""
    raise NoText


def reproduce():
    """Return the status of the task and if the worker should run on, and what is seen."""
    prepare()
    result = fail.enqueue()
    runs = work_until_finished(result)
    return ["FAILED", "running"], [result.status.value, "running" if runs else "ended"]


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
