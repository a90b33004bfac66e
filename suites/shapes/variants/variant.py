"""A variant: Task, TaskResult, TaskContext and TaskError in one shape, with functions to create and change them."""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from django.tasks.base import TaskResultStatus

from taskgauge.suites.shapes.variants.names import LAZY


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """
    Four classes of one shape, with their enumeration of states.

    - `new_result(task=…, …)` creates a TaskResult from the arguments of Django's own constructor.
    - `change(result, **fields)` sets fields, `_return_value` included: in place and returning the same object where
      the shape allows it, else returning a replacement.
    - `evolve(result, **changes)` and `evolve_task(task, **changes)` always return a changed copy.
    - `replace(result, **changes)` is the documented function of the shape's library for that: it may drop a field
      that the constructor does not take, as `dataclasses.replace` drops a return value.
    - `refresh_in_place(result, fresh)` copies the eight refreshed fields (None where the shape cannot), and
      `refresh_by_replacement(result, fresh)` returns a copy with these fields.
    - `tasks` holds one Task for each function of the workload, importable by its path.
    - `bare` has the same classes with constructors that only store their arguments: the shape alone.
    """

    name: str
    reference: str
    Task: type[Any]
    TaskResult: type[Any]
    TaskContext: type[Any]
    TaskError: type[Any]
    TaskResultStatus: type[TaskResultStatus]
    new_result: Callable[..., Any]
    change: Callable[..., Any]
    replace: Callable[..., Any]
    evolve: Callable[..., Any]
    evolve_task: Callable[..., Any]
    refresh_in_place: Callable[[Any, Any], None] | None
    refresh_by_replacement: Callable[[Any, Any], Any]
    tasks: ModuleType
    bare: "BareClasses | None"

    @property
    def arm(self) -> str:
        """The name of the arm: the variant's, with `-lazy` for the lazy reference."""
        return self.name if self.reference == "eager" else self.name + LAZY


@dataclass(frozen=True, slots=True, kw_only=True)
class BareClasses:
    """Task and TaskResult that store their arguments without validation or normalisation."""

    Task: type[Any]
    TaskResult: type[Any]
    replace: Callable[..., Any]
    """The shape's own `replace(result, **changes)` for such a TaskResult."""
