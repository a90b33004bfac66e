"""What a target lets using() change."""

from datetime import UTC, datetime
from typing import Any

from taskgauge.suites.conformance.reconfigured import SECOND
from taskgauge.suites.conformance.running import RunningTarget

LATER = datetime(2040, 2, 29, 12, 30, tzinfo=UTC)
ATTRIBUTES = ("func", "priority", "backend", "queue_name", "run_after", "takes_context")
"""What Django documents of a Task, and `func`, which every backend uses."""


def changes(target: RunningTarget) -> dict[str, Any]:
    """Return a new value for each argument of using() that the target's flags permit.

    They need an alias and a queue called `second`.
    """
    found: dict[str, Any] = {"queue_name": SECOND, "backend": SECOND}
    if target.flag("supports_priority"):
        found["priority"] = 7
    if target.flag("supports_defer"):
        found["run_after"] = LATER
    return found


def attributes(task: Any) -> dict[str, Any]:
    """Return a task's attributes by name."""
    return {name: getattr(task, name) for name in ATTRIBUTES}
