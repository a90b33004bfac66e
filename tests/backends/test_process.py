"""What can happen to the workers of reference-process."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import backend_test_tasks as tasks
import psutil
import pytest
from conftest import configured
from django import VERSION
from django.tasks import task_backends

from taskgauge.backends.reference import pools
from taskgauge.backends.reference.errors import WorkerDidNotStart, WorkerDied

pytestmark = pytest.mark.skipif(VERSION < (6, 1), reason="Django 6.0 cannot pickle a Task")

Until = Callable[[Callable[[], Any]], None]


@pytest.fixture
def backend() -> Iterator[Any]:
    """A backend with one worker, for each test anew."""
    with configured("process"):
        backend = task_backends["default"]
        assert backend.start(30)
        yield backend
        pids = backend._pool.pids()
        pools.stop_all(10)
        assert not any(psutil.pid_exists(pid) for pid in pids)


def test_runs_elsewhere(backend: Any) -> None:
    """Tasks run in another process."""
    result = tasks.pid.enqueue()
    assert backend.join(30)

    assert backend.get_result(result.id).return_value in backend._pool.pids()
    assert backend.get_result(result.id).return_value != os.getpid()


def test_killed_worker(backend: Any, tmp_path: Path, until: Until) -> None:
    """SIGKILL fails the task that ran, hands the others to a new worker, and runs none twice."""
    running = tasks.wait_for.enqueue(str(tmp_path / "never"))
    others = [tasks.pid.enqueue() for _ in range(100)]
    until((tmp_path / "never.running").exists)
    (worker,) = backend._pool.pids()
    os.kill(worker, signal.SIGKILL)
    assert backend.join(30)

    done = backend.get_result(running.id)
    assert (done.status, done.errors[0].exception_class, done.attempts) == ("FAILED", WorkerDied, 1)
    assert f"worker process {worker} ended with exit code -9" in done.errors[0].traceback
    results = [backend.get_result(other.id) for other in others]
    assert {(result.status, result.attempts) for result in results} == {("SUCCESSFUL", 1)}
    assert worker not in {result.return_value for result in results}


def test_task_that_kills(backend: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A task that kills its own worker fails, is reported, and does no harm to the next."""
    bad, good = tasks.die.enqueue(signal.SIGKILL), tasks.echo.enqueue(1)
    assert backend.join(30)

    assert backend.get_result(bad.id).status == "FAILED"
    assert backend.get_result(good.id).status == "SUCCESSFUL"
    assert any("died with exit code -9" in record.message for record in caplog.records)


def test_sigterm(backend: Any, tmp_path: Path, until: Until) -> None:
    """A worker that gets SIGTERM finishes its task and hands the others back."""
    gate = tmp_path / "gate"
    running = tasks.wait_for.enqueue(str(gate), "done")
    others = [tasks.pid.enqueue() for _ in range(5)]
    until((tmp_path / "gate.running").exists)
    (worker,) = backend._pool.pids()
    os.kill(worker, signal.SIGTERM)
    gate.touch()
    assert backend.join(30)

    assert backend.get_result(running.id).return_value == "done"
    assert worker not in {backend.get_result(other.id).return_value for other in others}


def test_sigterm_when_idle(backend: Any, until: Until) -> None:
    """An idle worker leaves on SIGTERM, and another takes its place."""
    (worker,) = backend._pool.pids()
    os.kill(worker, signal.SIGTERM)
    until(lambda: backend._pool.pids() not in ([worker], []))
    result = tasks.echo.enqueue()

    assert backend.join(30)
    assert backend.get_result(result.id).status == "SUCCESSFUL"


def test_stop_keeps_the_backlog(backend: Any, tmp_path: Path, until: Until) -> None:
    """stop() lets the running task finish, leaves what waits READY, and start() goes on with it."""
    gate = tmp_path / "gate"
    running = tasks.wait_for.enqueue(str(gate))
    waiting = [tasks.echo.enqueue(number) for number in range(100)]
    until((tmp_path / "gate.running").exists)
    gate.touch()
    backend.stop(10)

    assert backend.get_result(running.id).status == "SUCCESSFUL"
    assert {backend.get_result(each.id).status for each in waiting} <= {"SUCCESSFUL", "READY"}
    assert backend.get_result(waiting[-1].id).status == "READY"
    backend.start()
    assert backend.join(30)
    assert {backend.get_result(each.id).status for each in waiting} == {"SUCCESSFUL"}


def test_stop_kills(backend: Any, tmp_path: Path, until: Until) -> None:
    """A task that does not end in time is killed with its worker, and FAILED."""
    running = tasks.wait_for.enqueue(str(tmp_path / "never"))
    until((tmp_path / "never.running").exists)
    backend.stop(0.1)

    assert backend.get_result(running.id).errors[0].exception_class is WorkerDied


def test_a_worker_that_leaves_is_not_killed(backend: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever hears first that it has ended, it is not said to be killed."""
    for _ in range(5):
        backend.stop()
        assert backend.start(30)

    assert [] == caplog.messages


def test_worker_that_cannot_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that dies before it is ready is not started again for ever; the owner is told."""
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "no.such.settings")
    with configured("process"):
        backend = task_backends["default"]
        result = tasks.echo.enqueue()
        with pytest.raises(WorkerDidNotStart, match="exit code 1"):
            backend.join(30)
        with pytest.raises(WorkerDidNotStart):
            tasks.echo.enqueue()
        assert backend.get_result(result.id).status == "READY"
        pools.stop_all(5)


@pytest.mark.parametrize("end", ["os.kill(os.getpid(), signal.SIGKILL)", "sys.exit()"])
def test_no_orphan(tmp_path: Path, until: Until, end: str) -> None:
    """Workers are gone when their owner is, even in the middle of a task."""
    script = tmp_path / "owner.py"
    script.write_text(
        textwrap.dedent(f"""
            import os, signal, sys, time
            from pathlib import Path

            def main():
                import django
                from django.conf import settings
                settings.configure(TASKS={{"default": {{
                    "BACKEND": "taskgauge.backends.reference.ReferenceProcessBackend", "QUEUES": []}}}})
                django.setup()
                from django.tasks import task_backends
                from taskgauge.backends.reference import pools
                import backend_test_tasks as tasks
                pools.GRACE = 0.1
                backend = task_backends["default"]
                backend.start()
                print(*backend._pool.pids(), flush=True)
                tasks.wait_for.enqueue({str(tmp_path / "never")!r})
                while not Path({str(tmp_path / "never.running")!r}).exists():
                    time.sleep(0.01)
                {end}

            if __name__ == "__main__":
                main()
        """)
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    done = subprocess.run(
        [sys.executable, script], env=environment, capture_output=True, text=True, timeout=60, check=False
    )

    (worker,) = map(int, done.stdout.split())
    until(lambda: not psutil.pid_exists(worker))
