"""Errors of dispatching tasks; each text is one line for the report."""

from collections.abc import Mapping
from typing import Any

from taskgauge.suites.event_log.exactly_once import Accounting


class DispatchError(Exception):
    """Tasks have no figure; the text says why."""


class TasksUnaccounted(DispatchError):
    """Tasks were lost, ran more than once, or had not finished when the backend reported that they had."""

    def __init__(self, text: str, count: int) -> None:
        """Take the sentence that names the tasks, and their number."""
        self.count = count
        super().__init__(text)

    @classmethod
    def check(cls, accounting: Accounting) -> None:
        """Raise TasksUnaccounted, with the tasks' names, unless every task ran exactly once."""
        if faults := accounting.faults("not finished when the backend said so"):
            raise cls(f"{faults}: no rate is given", accounting.affected)


class FinalStateWrong(DispatchError):
    """The event log shows that tasks ran, but the backend reports another end than success."""


class DispatchStalled(DispatchError):
    """Tasks that were to be dispatched have not ended for too long."""


class SessionDied(DispatchError):
    """The process that enqueues died without an answer."""


class SessionFailed(DispatchError):
    """The process that enqueues raised another error, usually in the backend."""


def described(error: Exception) -> dict[str, Any]:
    """Return an error as plain values, for another process."""
    own = isinstance(error, DispatchError)
    return {
        "failed": type(error).__name__ if own else SessionFailed.__name__,
        "text": " ".join((str(error) if own else f"{type(error).__name__}: {error}").split()),
        "count": error.count if isinstance(error, TasksUnaccounted) else 0,
    }


def raise_described(answer: Mapping[str, Any]) -> None:
    """Raise the DispatchError that an answer of another process describes, if it describes one."""
    if "failed" not in answer:
        return
    if answer["failed"] == TasksUnaccounted.__name__:
        raise TasksUnaccounted(answer["text"], answer["count"])
    raise {error.__name__: error for error in (FinalStateWrong, SessionFailed)}[answer["failed"]](answer["text"])
