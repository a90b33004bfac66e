"""What can be wrong with a reference backend's options, and what can happen to its workers."""

from django.core.exceptions import ImproperlyConfigured
from django.tasks.exceptions import InvalidTask, InvalidTaskBackend


class BackendOptionUnknown(InvalidTaskBackend):
    """OPTIONS of a reference backend name something that it does not have."""


class BackendOptionInvalid(InvalidTaskBackend):
    """An option of a reference backend has a value that it cannot use."""


class ResultTypesNotImportable(InvalidTaskBackend):
    """The path in OPTIONS["result_types"] leads nowhere."""


class ResultTypesIncomplete(InvalidTaskBackend):
    """What OPTIONS["result_types"] names lacks a class or a function that a backend needs."""


class TaskNotPicklable(InvalidTask):
    """The task cannot be sent to a worker process, because the object that would be sent cannot be pickled."""


class SettingsNotPicklable(ImproperlyConfigured):
    """TASKS cannot be sent to a worker process, because something in it cannot be pickled."""


class WorkerDied(Exception):
    """A worker process ended while it ran a task; the task is FAILED with this error."""


class WorkerDidNotStart(Exception):
    """A worker process ended before it was ready to run tasks; its output says why."""


class NotInsideWorker(RuntimeError):
    """Starting, stopping and joining belong to the process that owns the state, not to its workers."""
