"""The messages on the pipe between the process that owns the state and its workers.

A message to a worker is bytes: one letter, then the content. A message from a worker is an instance of a class below,
pickled by itself. Messages carry the result object itself, in the classes that the backend was given, because these
backends exist to show the transport cost of such objects.
"""

import pickle
from datetime import datetime
from typing import Any, NamedTuple

from taskgauge.backends.reference.errors import TaskNotPicklable

TASKS = b"T"
"""Tasks to run in this order, as a pickled list of pickled READY results."""
ANSWER = b"A"
"""The answer to Ask, pickled: a result, or None."""
STOP = b"S"
"""The request to run the tasks sent before, and then to leave."""


class Ready(NamedTuple):
    """The worker can run tasks."""

    worker_id: str


class Started(NamedTuple):
    """A task is about to run; `finished`, if any, is the result of the task before."""

    result_id: str
    at: datetime
    worker_id: str
    finished: Any | None


class NotStarted(NamedTuple):
    """The next task in order could not be unpickled, for example because its function is gone."""

    exception_class_path: str
    traceback: str


class Finished(NamedTuple):
    """The result of the last started task."""

    finished: Any


class Enqueue(NamedTuple):
    """A task of the worker enqueued another task."""

    packed: bytes


class Ask(NamedTuple):
    """A task of the worker requests a result."""

    result_id: str


class Leave(NamedTuple):
    """The worker ends in order, and hands back the tasks that it has not started."""


def pack(result: Any) -> bytes:
    """Return a READY result as bytes; raise TaskNotPicklable."""
    try:
        return pickle.dumps(result)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise TaskNotPicklable(
            f"{result.task.module_path} cannot be sent to a worker process: {error}. Django 6.0 cannot pickle a Task: "
            "use Django 6.1, or result types that keep the task's path instead of the Task"
        ) from error
