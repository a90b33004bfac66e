"""The measured objects: each result owns its parts, as in real use."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.tasks.base import TaskResultStatus

from taskgauge.suites.shapes.variants import Variant
from taskgauge.suites.shapes.variants.lazy import path_of

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
FINISHED = TaskResultStatus.SUCCESSFUL


def parts_of(variant: Variant, number: int, state: str) -> dict[str, Any]:
    """
    Return the arguments of result `number` in READY or SUCCESSFUL, and its `_return_value`.

    Parts that results do not share in real use are new: the 32-character id, the arguments, the lists, the times.
    Results share the Task, the state and the alias.
    """
    finished = state == FINISHED.name
    enqueued_at = EPOCH + timedelta(seconds=number)
    return {
        "task": variant.tasks.add,
        "id": f"{number:032x}",
        "status": variant.TaskResultStatus[state],
        "enqueued_at": enqueued_at,
        "started_at": enqueued_at + timedelta(milliseconds=1) if finished else None,
        "finished_at": enqueued_at + timedelta(milliseconds=3) if finished else None,
        "last_attempted_at": enqueued_at + timedelta(milliseconds=2) if finished else None,
        "args": [number + 1000],
        "kwargs": {"right": number + 2000},
        "backend": "default",
        "errors": [],
        "worker_ids": [f"{number + 1:032x}"] if finished else [],
        "_return_value": 2 * number + 3000 if finished else None,
    }


def result_of(variant: Variant, number: int, state: str) -> Any:
    """Return result `number` in READY or SUCCESSFUL, created as a backend creates it."""
    parts = parts_of(variant, number, state)
    return_value = parts.pop("_return_value")
    created = variant.new_result(**parts)
    return variant.change(created, _return_value=return_value) if return_value is not None else created


def bare_arguments(variant: Variant, parts: dict[str, Any]) -> dict[str, Any]:
    """Return the parts as arguments of the bare constructor: a lazy reference takes the task's path."""
    arguments = {name: value for name, value in parts.items() if name != "_return_value"}
    if variant.reference == "lazy":
        task = arguments.pop("task")
        arguments = {"task_path": path_of(task), "task_overrides": None, **arguments}
    return arguments
