"""The lazy reference: a result keeps its task's path and what `using()` changed, and finds the Task when asked."""

import sys
from collections.abc import Mapping
from typing import Any

from django.utils.module_loading import import_string

from taskgauge.suites.shapes.variants.django_classes import Field

OVERRIDABLE = ("priority", "backend", "queue_name", "run_after")

FIELDS = (
    Field(name="task_path", annotation=str),
    Field(name="task_overrides", annotation=dict[str, Any] | None),
)


def path_of(task: Any) -> str:
    """
    Return the path of a task, interned: a lazy result shares it with all others of that task.

    Left as Django's property makes it, each result would own a copy, and cost more than the reference it replaces.
    """
    return sys.intern(task.module_path)


def overrides_of(task: Any, path: str) -> dict[str, Any] | None:
    """Return what differs between a task and the one that its path names; None where nothing does."""
    registered = import_string(path)
    if registered is task:
        return None
    changed = {name: getattr(task, name) for name in OVERRIDABLE if getattr(task, name) != getattr(registered, name)}
    return changed or None


def find_task(result: Any) -> Any:
    """Return the Task of a lazy result: the module's own, or a changed copy; raise ImportError where it is gone."""
    overrides: Mapping[str, Any] | None = result.task_overrides
    task = import_string(result.task_path)
    return task.using(**overrides) if overrides else task
