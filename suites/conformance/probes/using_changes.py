"""Changes tasks by `using()`, with the arguments that a target permits."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.reconfigured import SECOND

LATER = datetime(2040, 2, 29, 12, 30, tzinfo=UTC)
ATTRIBUTES = ("func", "priority", "backend", "queue_name", "run_after", "takes_context")
"""The documented attributes of a Task, and `func`, which every backend uses."""


def changes(target: TargetHarness) -> dict[str, Any]:
    """Return a new value for each argument of using() that the target's flags permit.

    The values need an alias and a queue called `second`.
    """
    arguments: dict[str, Any] = {"queue_name": SECOND, "backend": SECOND}
    if target.flag("supports_priority"):
        arguments["priority"] = 7
    if target.flag("supports_defer"):
        arguments["run_after"] = LATER
    return arguments


def attributes(task: Any) -> dict[str, Any]:
    """Return the attributes of a task by name."""
    return {name: getattr(task, name) for name in ATTRIBUTES}


def varied(target: TargetHarness, task: Any, *, deferred: bool = False) -> Any:
    """Return the task with another priority and queue if supported; if `deferred`, defer it until tomorrow."""
    changes: dict[str, Any] = {}
    if target.flag("supports_priority"):
        changes["priority"] = 7
    others = sorted(target.backend.queues - {task.queue_name})
    if others:
        changes["queue_name"] = others[0]
    if deferred and target.flag("supports_defer"):
        changes["run_after"] = timezone.now() + timedelta(days=1)
    return task.using(**changes)
