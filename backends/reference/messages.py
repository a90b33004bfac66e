"""What goes through the pipe between the process that owns the state and its workers.

To a worker go bytes: one letter, then its content. From a worker come the instances below, pickled one by one; what
they carry of a task is always the result object itself, of whatever classes the backend was given, because what such an
object costs in transport is what these backends are there to show.
"""

import pickle
from datetime import datetime
from typing import Any, NamedTuple

from taskgauge.backends.reference.errors import TaskNotPicklable

TASKS = b"T"
"""A pickled list of pickled READY results, to be run in this order."""
ANSWER = b"A"
"""The pickled answer to Ask: a result, or None."""
STOP = b"S"
"""Run what was sent before this, then leave."""


class Ready(NamedTuple):
    """The worker can run tasks."""

    worker_id: str


class Started(NamedTuple):
    """A task is about to be run; `finished`, if any, is the result of the one before."""

    result_id: str
    at: datetime
    worker_id: str
    finished: Any | None


class NotStarted(NamedTuple):
    """The next task in order could not be made from its bytes, such as one whose function is gone."""

    exception_class_path: str
    traceback: str


class Finished(NamedTuple):
    """The result of the last started task."""

    finished: Any


class Enqueue(NamedTuple):
    """A task of the worker enqueued another task."""

    packed: bytes


class Ask(NamedTuple):
    """A task of the worker wants a result."""

    result_id: str


class Leave(NamedTuple):
    """The worker ends as it should; it hands back what it has not started."""


def pack(result: Any) -> bytes:
    """Return a READY result as bytes; raise TaskNotPicklable."""
    try:
        return pickle.dumps(result)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise TaskNotPicklable(
            f"{result.task.module_path} cannot be sent to a worker process: {error}. Django 6.0 cannot pickle a Task: "
            "use Django 6.1, or result types that keep the task's path instead of the Task"
        ) from error
