"""Gives a task other values by `using()`, as many as the target takes."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from taskgauge.suites.conformance.running import RunningTarget


def varied(target: RunningTarget, task: Any, *, deferred: bool = False) -> Any:
    """Return the task with another priority and queue where there are such, deferred until tomorrow on demand."""
    changes: dict[str, Any] = {}
    if target.flag("supports_priority"):
        changes["priority"] = 7
    others = sorted(target.backend.queues - {task.queue_name})
    if others:
        changes["queue_name"] = others[0]
    if deferred and target.flag("supports_defer"):
        changes["run_after"] = timezone.now() + timedelta(days=1)
    return task.using(**changes)
