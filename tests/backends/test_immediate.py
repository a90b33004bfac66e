"""reference-immediate, which runs tasks inside enqueue()."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import backend_test_tasks as tasks
import pytest
from conftest import configured
from django.tasks import TaskResultStatus, task_backends
from django.tasks.exceptions import InvalidTask
from django.tasks.signals import task_finished


@pytest.fixture(scope="module", autouse=True)
def backend() -> Iterator[Any]:
    """The backend of all tests here."""
    with configured("immediate"):
        yield task_backends["default"]


def test_success() -> None:
    """The result that enqueue() returns is finished."""
    result = tasks.echo.enqueue(1)

    assert (result.status, result.return_value, result.attempts) == (TaskResultStatus.SUCCESSFUL, [[1], {}], 1)
    assert result.enqueued_at <= result.started_at <= result.last_attempted_at <= result.finished_at


@pytest.mark.parametrize("name", ["ValueError", "SystemExit"])
def test_failure(name: str) -> None:
    """What a task raises is recorded and not raised."""
    result = tasks.raises.enqueue(name)

    assert (result.status, result.errors[0].exception_class.__name__) == (TaskResultStatus.FAILED, name)


def test_keyboard_interrupt() -> None:
    """A KeyboardInterrupt is the user's: it goes to the caller, and the task does not finish."""
    finished: list[Any] = []

    def receiver(**kwargs: Any) -> None:
        finished.append(kwargs)

    task_finished.connect(receiver)
    try:
        with pytest.raises(KeyboardInterrupt):
            tasks.raises.enqueue("KeyboardInterrupt")
    finally:
        task_finished.disconnect(receiver)
    assert finished == []


def test_no_results_later() -> None:
    """Results are not kept, and asking for one says so as Django documents it."""
    with pytest.raises(NotImplementedError):
        tasks.echo.enqueue().refresh()


def test_no_deferral() -> None:
    """A task cannot wait, so run_after is refused."""
    with pytest.raises(InvalidTask):
        tasks.echo.using(run_after=datetime.now(UTC))
