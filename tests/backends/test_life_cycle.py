"""What reference-memory and reference-process have in common: Django's documented life cycle."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import backend_test_tasks as tasks
import pytest
from asgiref.sync import async_to_sync
from django.dispatch import Signal
from django.tasks import TaskResultStatus, task_backends
from django.tasks.exceptions import TaskResultDoesNotExist, TaskResultMismatch
from django.tasks.signals import task_enqueued, task_finished, task_started


@contextmanager
def received(signal: Signal, receiver: Callable[..., None]) -> Iterator[None]:
    """Connect a receiver for a while."""
    signal.connect(receiver, weak=False)
    try:
        yield
    finally:
        signal.disconnect(receiver)


def test_success(backend: Any) -> None:
    """A result is READY when it is enqueued, does not change by itself, and is SUCCESSFUL in the end."""
    before = datetime.now(UTC)
    result = tasks.echo.enqueue(1, (2, 3), key={"a": [None]})
    assert result.status is TaskResultStatus.READY
    assert (result.attempts, result.errors, result.worker_ids) == (0, [], [])
    assert (result.args, result.kwargs, result.backend) == ([1, [2, 3]], {"key": {"a": [None]}}, "default")
    assert (result.started_at, result.last_attempted_at, result.finished_at) == (None, None, None)
    assert backend.join(30)

    done = backend.get_result(result.id)

    assert result.status is TaskResultStatus.READY
    assert (done.status, done.id, done.task, done.attempts) == (TaskResultStatus.SUCCESSFUL, result.id, tasks.echo, 1)
    assert done.return_value == [[1, [2, 3]], {"key": {"a": [None]}}]
    assert before <= done.enqueued_at <= done.started_at <= done.last_attempted_at <= done.finished_at
    assert done.errors == []
    result.refresh()
    assert result == done


def test_keywords(backend: Any) -> None:
    """Keywords with the names of the framework's own parameters reach the function."""
    names = {"task": 1, "args": 2, "kwargs": 3, "priority": 4, "queue_name": 5, "result_id": 6}

    result = tasks.echo.enqueue(**names)

    assert backend.join(30)
    assert backend.get_result(result.id).return_value == [[], names]


def test_failure(backend: Any) -> None:
    """An exception ends in FAILED, with its class and its traceback."""
    result = tasks.raises.enqueue("ValueError")
    assert backend.join(30)

    done = backend.get_result(result.id)

    assert (done.status, done.is_finished, done.attempts) == (TaskResultStatus.FAILED, True, 1)
    (error,) = done.errors
    assert error.exception_class is ValueError
    assert error.traceback.endswith("ValueError: on purpose\n")
    assert "backend_test_tasks.py" in error.traceback
    with pytest.raises(ValueError, match="Task failed"):
        _ = done.return_value


@pytest.mark.parametrize("name", ["SystemExit", "KeyboardInterrupt", "GeneratorExit"])
def test_base_exception(backend: Any, name: str) -> None:
    """What is no Exception fails the task and leaves the worker alive."""
    bad, good = tasks.raises.enqueue(name), tasks.echo.enqueue()
    assert backend.join(30)

    assert backend.get_result(bad.id).errors[0].exception_class.__name__ == name
    assert backend.get_result(good.id).status is TaskResultStatus.SUCCESSFUL


def test_unpicklable_exception(backend: Any) -> None:
    """An exception that no pickle takes is recorded like any other."""
    result = tasks.raises_unpicklable.enqueue()
    assert backend.join(30)

    assert backend.get_result(result.id).errors[0].exception_class is tasks.CannotBePickled


def test_unserialisable_return_value(backend: Any) -> None:
    """A return value that JSON has no form for fails the task with the TypeError that says so."""
    result = tasks.returns_unserialisable.enqueue()
    assert backend.join(30)

    done = backend.get_result(result.id)
    assert (done.status, done.errors[0].exception_class) == (TaskResultStatus.FAILED, TypeError)


def test_unserialisable_argument(backend: Any) -> None:
    """An argument that JSON has no form for is refused, and nothing runs."""
    started: list[Any] = []
    with (
        received(task_enqueued, lambda **kwargs: started.append(kwargs)),
        pytest.raises(TypeError, match="Unsupported type"),
    ):
        tasks.echo.enqueue(datetime.now(UTC))

    assert started == []
    assert backend.join(0)


def test_arguments_are_fixed(backend: Any) -> None:
    """Neither the caller's list, nor the result's, nor the function's is the one that is kept."""
    values = [1]
    backend.stop()
    result = tasks.grow.enqueue(values)
    values.append(2)
    result.args[0].append(3)
    backend.start()
    assert backend.join(30)

    done = backend.get_result(result.id)
    assert (done.args, done.return_value) == ([[1]], [1, 99])
    done.args[0].append(4)
    done.return_value.append(4)
    again = backend.get_result(result.id)
    assert (again.args, again.return_value) == ([[1]], [1, 99])


def test_coroutine(backend: Any) -> None:
    """A coroutine task is awaited, whether it was enqueued from sync or from async code."""
    results = [tasks.acoroutine.enqueue(0.001), async_to_sync(tasks.acoroutine.aenqueue)(0.001)]
    assert backend.join(30)

    assert [backend.get_result(result.id).return_value for result in results] == ["awaited"] * 2
    assert async_to_sync(backend.aget_result)(results[0].id).return_value == "awaited"


def test_context(backend: Any) -> None:
    """The context shows the result as it is while the task runs."""
    result = tasks.context.enqueue(7)
    assert backend.join(30)

    assert backend.get_result(result.id).return_value == {
        "attempt": 1,
        "id": result.id,
        "args": [7],
        "status": "RUNNING",
        "times": [True, True, None],
        "value": 7,
    }


def test_running(backend: Any, tmp_path: Path, until: Callable[[Callable[[], Any]], None]) -> None:
    """While the function runs, the result is RUNNING for everyone else."""
    gate = tmp_path / "gate"
    result = tasks.wait_for.enqueue(str(gate))
    until((tmp_path / "gate.running").exists)

    running = backend.get_result(result.id)

    gate.touch()
    assert backend.join(30)
    assert (running.status, running.attempts, running.finished_at) == (TaskResultStatus.RUNNING, 1, None)
    assert running.started_at == running.last_attempted_at == backend.get_result(result.id).started_at
    with pytest.raises(ValueError, match="not finished yet"):
        _ = running.return_value


def test_priority(backend: Any) -> None:
    """A backlog is worked off by priority, equal ones in the order they came."""
    priorities = [0, -100, 99, 100, -99, 0, 1]
    backend.stop()
    ids = [tasks.echo.using(priority=priority).enqueue().id for priority in priorities]
    assert {backend.get_result(each).status for each in ids} == {TaskResultStatus.READY}
    backend.start()
    assert backend.join(30)

    done = sorted((backend.get_result(each) for each in ids), key=lambda result: result.started_at)
    assert [result.task.priority for result in done] == [100, 99, 1, 0, 0, -99, -100]
    assert [result.id for result in done if result.task.priority == 0] == [ids[0], ids[5]]


def test_deferral(backend: Any) -> None:
    """A deferred task waits for its time and holds up no other."""
    due = datetime.now(UTC) + timedelta(seconds=0.5)
    later = tasks.echo.using(run_after=due).enqueue()
    past = tasks.echo.using(run_after=due - timedelta(days=1)).enqueue()
    now = tasks.echo.enqueue()
    assert backend.join(30)

    done = {each.id: backend.get_result(each.id) for each in (later, past, now)}
    assert done[later.id].started_at >= due
    assert done[later.id].task.run_after == due
    assert max(done[now.id].finished_at, done[past.id].finished_at) < done[later.id].started_at


@pytest.mark.parametrize("name", ["", "x", "\x00", "é" * 500])
def test_unknown_id(backend: Any, name: str) -> None:
    """An id that was never given out raises TaskResultDoesNotExist."""
    with pytest.raises(TaskResultDoesNotExist):
        backend.get_result(name)
    with pytest.raises(TaskResultDoesNotExist):
        async_to_sync(tasks.echo.aget_result)(name)


def test_other_task(backend: Any) -> None:
    """A result belongs to its task, whatever using() changed."""
    result = tasks.echo.enqueue()

    with pytest.raises(TaskResultMismatch):
        tasks.pid.get_result(result.id)
    assert tasks.echo.using(priority=5).get_result(result.id).id == result.id
    assert backend.join(30)


def test_threads(backend: Any) -> None:
    """Several threads, each with a backend instance of its own, share one store and lose nothing."""
    ids: list[str] = []
    instances: list[Any] = []

    def enqueue() -> None:
        instances.append(task_backends["default"])
        ids.extend(tasks.echo.enqueue(number).id for number in range(50))

    threads = [threading.Thread(target=enqueue) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert backend.join(60)

    assert len(set(ids)) == 400
    assert len({id(instance) for instance in instances}) == 8
    assert {backend.get_result(each).status for each in ids} == {TaskResultStatus.SUCCESSFUL}


def test_enqueued_signal(backend: Any) -> None:
    """task_enqueued comes once, from the backend's class, when the task can be looked up."""
    seen: list[Any] = []

    def receiver(sender: type, task_result: Any, **_: Any) -> None:
        seen.append((sender, task_result.id, task_result.status, backend.get_result(task_result.id).id))

    with received(task_enqueued, receiver):
        result = tasks.echo.enqueue()
    assert backend.join(30)

    assert seen == [(type(backend), result.id, TaskResultStatus.READY, result.id)]


def test_raising_receiver(backend: Any) -> None:
    """A receiver that raises reaches the caller of enqueue(), and the task runs all the same."""
    seen: list[str] = []

    def receiver(task_result: Any, **_: Any) -> None:
        seen.append(task_result.id)
        raise RuntimeError("receiver")

    with received(task_enqueued, receiver), pytest.raises(RuntimeError, match="receiver"):
        tasks.echo.enqueue()
    assert backend.join(30)

    assert backend.get_result(seen[0]).status is TaskResultStatus.SUCCESSFUL


def test_worker_signals(backend: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Where the worker is in this process: started and finished once each, and a receiver's error changes nothing."""
    if type(backend).__name__ == "ReferenceProcessBackend":
        pytest.skip("these signals are sent in the worker process")
    seen: list[Any] = []

    def receiver(sender: type, task_result: Any, **_: Any) -> None:
        seen.append((sender, task_result.status, backend.get_result(task_result.id).status))
        raise RuntimeError("receiver")

    with received(task_started, receiver), received(task_finished, receiver):
        good, bad = tasks.echo.enqueue(), tasks.raises.enqueue("ValueError")
        assert backend.join(30)

    statuses = ["RUNNING", "SUCCESSFUL", "RUNNING", "FAILED"]
    assert seen == [(type(backend), status, status) for status in statuses]
    assert [backend.get_result(each.id).status for each in (good, bad)] == ["SUCCESSFUL", "FAILED"]
    (record,) = [record for record in caplog.records if record.name == "django.tasks" and record.levelname == "ERROR"]
    assert record.exc_info
    assert record.exc_info[0] is ValueError


def test_task_enqueues_task(backend: Any) -> None:
    """A running task can enqueue another and look it up."""
    result = tasks.parent.enqueue(5)
    assert backend.join(30)

    child, found, status = backend.get_result(result.id).return_value
    assert (child, status) == (found, "READY")
    assert backend.get_result(child).return_value == [[5], {}]


def test_clear(backend: Any) -> None:
    """What was cleared does not run and is not found."""
    backend.stop()
    result = tasks.echo.enqueue()
    backend.clear()
    backend.start()

    assert backend.join(30)
    with pytest.raises(TaskResultDoesNotExist):
        result.refresh()
