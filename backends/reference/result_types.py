"""The classes that a reference backend makes its results from: Django's own, or others of the same meaning."""

from datetime import datetime
from typing import Any, Protocol, cast

from django.tasks.base import Task, TaskContext, TaskError, TaskResult, TaskResultStatus
from django.utils.module_loading import import_string

from taskgauge.backends.reference.errors import (
    BackendOptionInvalid,
    ResultTypesIncomplete,
    ResultTypesNotImportable,
)


class NewResult(Protocol):
    """A function that creates a TaskResult like Django's constructor: it copies arguments as JSON types."""

    def __call__(
        self,
        *,
        task: Any,
        id: str,  # noqa: A002 -- Django's name
        status: TaskResultStatus,
        enqueued_at: datetime | None,
        started_at: datetime | None,
        finished_at: datetime | None,
        last_attempted_at: datetime | None,
        args: Any,
        kwargs: Any,
        backend: str,
        errors: list[Any],
        worker_ids: list[str],
    ) -> Any:
        """Return the new result; raise TypeError for arguments that JSON cannot hold."""


class Changed(Protocol):
    """A function that returns a result with some fields set."""

    def __call__(self, result: Any, **fields: Any) -> Any:
        """Take any field of a TaskResult by name, `_return_value` included."""


class ResultTypes(Protocol):
    """Four classes, their states, and how results are created and changed."""

    @property
    def Task(self) -> type[Any]: ...  # noqa: D102, N802 -- the class of that name
    @property
    def TaskResult(self) -> type[Any]: ...  # noqa: D102, N802
    @property
    def TaskContext(self) -> type[Any]: ...  # noqa: D102, N802
    @property
    def TaskError(self) -> type[Any]: ...  # noqa: D102, N802
    @property
    def TaskResultStatus(self) -> type[TaskResultStatus]: ...  # noqa: D102, N802
    @property
    def new_result(self) -> NewResult:
        """The function that creates a result."""

    @property
    def change(self) -> Changed:
        """The function that sets fields: it changes and returns the object itself, or returns a replacement."""

    @property
    def evolve(self) -> Changed:
        """The function that always returns a changed copy."""


class DjangoResultTypes:
    """Django's own classes; results are changed in place, as Django's own backends do."""

    Task = Task
    TaskResult = TaskResult
    TaskContext = TaskContext
    TaskError = TaskError
    TaskResultStatus = TaskResultStatus
    new_result = TaskResult

    @staticmethod
    def change(result: Any, **fields: Any) -> Any:
        """Set fields of the frozen object in place."""
        for name, value in fields.items():
            object.__setattr__(result, name, value)
        return result

    @staticmethod
    def evolve(result: Any, **changes: Any) -> Any:
        """Return a changed copy; `dataclasses.replace` would lose the return value."""
        fields = {name: getattr(result, name) for name in _CONSTRUCTED}
        evolved: Any = TaskResult(**{**fields, **changes})
        object.__setattr__(evolved, "_return_value", result._return_value)  # noqa: SLF001 -- Django's name for it
        return evolved


_CONSTRUCTED = (
    "task",
    "id",
    "status",
    "enqueued_at",
    "started_at",
    "finished_at",
    "last_attempted_at",
    "args",
    "kwargs",
    "backend",
    "errors",
    "worker_ids",
)
_NEEDED = ("Task", "TaskResult", "TaskContext", "TaskError", "TaskResultStatus", "new_result", "change", "evolve")


def load_result_types(option: object) -> ResultTypes:
    """Return the classes that OPTIONS["result_types"] names.

    None means Django's own. A text is a path: `module:object`, or `module:function:argument` for the return value of
    the function, called with that text. Any other value is used as it is.

    Raises ResultTypesNotImportable or ResultTypesIncomplete.
    """
    if option is None:
        return cast("ResultTypes", DjangoResultTypes)
    types = _import(option) if isinstance(option, str) else option
    missing = [name for name in _NEEDED if not hasattr(types, name)]
    if missing:
        raise ResultTypesIncomplete(f'OPTIONS["result_types"] = {option!r} has no {", ".join(missing)}')
    return cast("ResultTypes", types)


def _import(path: str) -> object:
    module, _, rest = path.partition(":")
    name, has_argument, argument = rest.partition(":")
    if not name:
        raise BackendOptionInvalid(
            f'OPTIONS["result_types"] = {path!r} is not a path: write "module:object" or "module:function:argument"'
        )
    try:
        imported = import_string(f"{module}.{name}")
    except ImportError as error:
        raise ResultTypesNotImportable(f'OPTIONS["result_types"] = {path!r} cannot be imported: {error}') from error
    return imported(argument) if has_argument else imported
