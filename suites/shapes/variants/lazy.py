"""The lazy reference: a result keeps its task's path and the changes of `using()`, and loads the Task on demand."""

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
    Return the interned path of a task, which all lazy results of the task share.

    Django's property makes a new string; each result would own a copy, and cost more than the reference it replaces.
    """
    return sys.intern(task.module_path)


def overrides_of(task: Any, path: str) -> dict[str, Any] | None:
    """Return the attributes in which a task differs from the task at its path; None if there are none."""
    registered = import_string(path)
    if registered is task:
        return None
    changed = {name: getattr(task, name) for name in OVERRIDABLE if getattr(task, name) != getattr(registered, name)}
    return changed or None


def find_task(result: Any) -> Any:
    """Return the Task of a lazy result: the module's Task, or a changed copy; raise ImportError if it is gone."""
    overrides: Mapping[str, Any] | None = result.task_overrides
    task = import_string(result.task_path)
    return task.using(**overrides) if overrides else task
