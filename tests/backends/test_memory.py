"""What is special about reference-memory: it lives in one process."""

import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any

import backend_test_tasks as tasks
import pytest
from conftest import configured
from django.tasks import task_backends
from django.tasks.exceptions import TaskResultDoesNotExist
from django.test import override_settings

from taskgauge.backends.reference import pools


def test_idle_workers_sleep() -> None:
    """Workers that wait cost no processor time."""
    with configured("memory", workers=4):
        backend = task_backends["default"]
        backend.start()
        before = os.times()
        threading.Event().wait(0.5)
        after = os.times()
        pools.stop_all()
    assert (after.user + after.system) - (before.user + before.system) < 0.1


def test_stop_ends_the_threads() -> None:
    """After stop() no worker thread is left, and the backlog is."""
    with configured("memory", workers=3):
        backend = task_backends["default"]
        backend.start()
        backend.stop()
        result = tasks.echo.enqueue()
        assert not [thread for thread in threading.enumerate() if "worker" in thread.name]
        assert not backend.join(0.01)
        assert backend.get_result(result.id).status == "READY"
        pools.stop_all()


def test_two_aliases_are_apart() -> None:
    """Each alias has a store of its own, and instances of one alias share theirs."""
    one = {"BACKEND": "taskgauge.backends.reference.ReferenceMemoryBackend"}
    with override_settings(TASKS={"default": one, "other": one}):
        result = tasks.echo.using(backend="other").enqueue(1)
        assert result.backend == "other"
        assert task_backends["other"].join(30)
        assert task_backends["other"].get_result(result.id).return_value == [[1], {}]
        with pytest.raises(TaskResultDoesNotExist):
            task_backends["default"].get_result(result.id)
        pools.stop_all()


def test_interpreter_end_and_fork() -> None:
    """A forked child gets workers of its own, and neither process waits for ever at its end."""
    script = textwrap.dedent("""
        import os, warnings
        from django.conf import settings
        settings.configure(TASKS={"default": {
            "BACKEND": "taskgauge.backends.reference.ReferenceMemoryBackend", "QUEUES": []}})
        import django; django.setup()
        from django.tasks import task_backends
        import backend_test_tasks as tasks
        backend = task_backends["default"]
        first = tasks.echo.enqueue(); assert backend.join(10)
        warnings.simplefilter("ignore")
        child = os.fork()
        mine = tasks.pid.enqueue(); assert backend.join(10)
        assert backend.get_result(mine.id).return_value == os.getpid()
        if child:
            assert os.waitpid(child, 0)[1] == 0
            print("both ended")
    """)
    environment: dict[str, Any] = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("both ended\n", "")
