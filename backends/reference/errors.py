"""The errors of reference backends: wrong options, and failures of workers."""

from django.core.exceptions import ImproperlyConfigured
from django.tasks.exceptions import InvalidTask, InvalidTaskBackend


class BackendOptionUnknown(InvalidTaskBackend):
    """OPTIONS of a reference backend name an option that the backend does not have."""


class BackendOptionInvalid(InvalidTaskBackend):
    """An option of a reference backend has an invalid value."""


class ResultTypesNotImportable(InvalidTaskBackend):
    """The path in OPTIONS["result_types"] cannot be imported."""


class ResultTypesIncomplete(InvalidTaskBackend):
    """The object of OPTIONS["result_types"] lacks a class or a function that a backend needs."""


class TaskNotPicklable(InvalidTask):
    """The task cannot be sent to a worker process, because its result object cannot be pickled."""


class SettingsNotPicklable(ImproperlyConfigured):
    """TASKS cannot be sent to a worker process, because a value in it cannot be pickled."""


class WorkerDied(Exception):
    """A worker process ended while it ran a task; the task is FAILED with this error."""


class WorkerDidNotStart(Exception):
    """A worker process ended before it was ready to run tasks; its output says why."""


class NotInsideWorker(RuntimeError):
    """A worker called start, stop or join, which only the process that owns the state can do."""
