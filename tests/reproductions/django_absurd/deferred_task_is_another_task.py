# /// script
# requires-python = ">=3.12"
# dependencies = ["django>=6.0", "django-absurd>=1.0", "psycopg[binary]>=3.2"]
# ///
"""django-absurd runs a deferred task as another task, with a second id and a second task_enqueued.

Targets: django-absurd@postgresql
Requirements: RES-01, RES-06, CTX-03, SIG-01, SIG-03, SIG-04
Documentation: https://docs.djangoproject.com/en/6.1/ref/tasks/#django.tasks.TaskContext.task_result
Sentence: The TaskResult currently being run.
"""

import atexit
import importlib
import os
import subprocess
import sys
import tempfile
import time
import traceback
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import django
import psycopg
from django.conf import settings
from django.core.management import call_command
from django.dispatch import receiver
from django.tasks import task
from django.tasks.signals import task_enqueued, task_finished, task_started
from django.utils import timezone

SERVER = os.environ.get("TASKGAUGE_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
NAME = os.environ.setdefault("REPRODUCTION_NAME", f"reproduction_{os.getpid()}")
NOTES = Path(tempfile.gettempdir(), NAME)
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


@receiver([task_enqueued, task_started, task_finished])
def note(task_result, **_):
    """Note the id that a signal carries."""
    with NOTES.open("a") as file:
        file.write(f"{task_result.id}\n")


@task(takes_context=True)
def result_id(context):
    """Return the id of the result that is run."""
    return context.task_result.id


def reproduce():
    """Return if what is seen of a deferred task should name the Task and the id of enqueue(), and if it does."""
    prepare()
    atexit.register(NOTES.unlink)
    deferred = result_id.using(run_after=timezone.now() + timedelta(seconds=2))
    enqueued = deferred.enqueue()
    waiting = result_id.get_result(enqueued.id)
    result = result_id.get_result(enqueued.id)
    work_until_finished(result)
    looked_up = result_id.get_result(enqueued.id)
    seen = {
        "run_after": waiting.task.run_after == deferred.run_after,
        "id of the result": looked_up.id == enqueued.id,
        "id of the context": looked_up.return_value == enqueued.id,
        "ids of three signals": NOTES.read_text().split() == [enqueued.id] * 3,
    }
    return dict.fromkeys(seen, True), seen


if __name__ == "__main__":
    try:
        expected, seen = importlib.import_module(Path(__file__).stem).reproduce()
    except Exception:
        traceback.print_exc()
        sys.exit(2)
    print(f"expected: {expected}\nseen:     {seen}")
    sys.exit(expected != seen)
