"""The objects of the questions: tasks and results of a variant in every state, and a module to import them from."""

import re
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from types import FunctionType, ModuleType
from typing import Any, cast

from taskgauge.suites.shapes.variants import Variant
from taskgauge.suites.shapes.variants.django_classes import fields_of
from taskgauge.suites.shapes.variants.lazy import FIELDS as LAZY_FIELDS

STATES = ("READY", "RUNNING", "SUCCESSFUL", "FAILED")
RETURN_VALUE = {"sum": 3}
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ID = "0123456789abcdef0123456789abcdef"


def result_in(variant: Variant, state: str, task: Any = None, result_id: str = ID) -> Any:
    """Return a result of the variant in one of the four states, with all parts that belong to the state."""
    started = state != "READY"
    finished = state in {"SUCCESSFUL", "FAILED"}
    error = variant.TaskError(exception_class_path="builtins.ValueError", traceback="ValueError: on purpose\n")
    result = variant.new_result(
        task=variant.tasks.add if task is None else task,
        id=result_id,
        status=variant.TaskResultStatus[state],
        enqueued_at=NOON,
        started_at=NOON + timedelta(seconds=1) if started else None,
        last_attempted_at=NOON + timedelta(seconds=1) if started else None,
        finished_at=NOON + timedelta(seconds=2) if finished else None,
        args=[1],
        kwargs={"right": 2},
        backend="default",
        errors=[error] if state == "FAILED" else [],
        worker_ids=["worker-1"] if started else [],
    )
    return variant.change(result, _return_value=dict(RETURN_VALUE)) if state == "SUCCESSFUL" else result


def task_arguments(task: Any) -> dict[str, Any]:
    """Return the arguments that create an equal Task."""
    return {field.name: getattr(task, field.name) for field in fields_of("Task")}


def result_arguments(variant: Variant, result: Any) -> dict[str, Any]:
    """Return the arguments of the shape's constructor that create an equal result, without its return value."""
    names = [field.name for field in fields_of("TaskResult") if field.init]
    if variant.reference == "lazy":
        names = [field.name for field in LAZY_FIELDS] + [name for name in names if name != "task"]
    return {name: getattr(result, name) for name in names}


def home_of(variant: Variant) -> ModuleType:
    """Return the variant's own importable module, for tasks and classes that pickle finds by name."""
    name = f"{__package__}.home_of_{re.sub(r'\W', '_', variant.name)}_{variant.reference}"
    return sys.modules.setdefault(name, ModuleType(name))


def settle_class(home: ModuleType, name: str, cls: type) -> None:
    """Make a class importable from a module under a name."""
    cls.__module__ = home.__name__
    cls.__qualname__ = cls.__name__ = name
    setattr(home, name, cls)


def settle_function(home: ModuleType, name: str, function: Callable[..., Any]) -> FunctionType:
    """Return a copy of a module-level function that appears to be defined in the module under that name."""
    written = cast("FunctionType", function)
    settled = FunctionType(written.__code__, vars(home), name, written.__defaults__)
    settled.__module__ = home.__name__
    settled.__qualname__ = name
    return settled


def settle_task(
    home: ModuleType, name: str, decorate: Callable[[Any], Any], function: Callable[..., Any] | None = None
) -> Any:
    """Return the Task that a decorator makes of a copy of a function, importable from the module under that name."""
    task = decorate(settle_function(home, name, function or _sum))
    setattr(home, name, task)
    return task


def differing(left: Any, right: Any, names: Sequence[str]) -> list[str]:
    """Return the names of the attributes in which two objects differ."""
    return [name for name in names if getattr(left, name) != getattr(right, name)]


def _sum(left: int, right: int = 1) -> int:
    return left + right


def with_context(context: Any, left: int) -> int:
    """Return the sum of an argument and the attempt of the task's context."""
    return left + int(context.attempt)
