"""Tasks with a priority of their own; this module can be imported only where the backend accepts one."""

from typing import Any

from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.basic import finished, started

DECORATED = 10


@task(priority=DECORATED, takes_context=True)
def tell_priority(context: Any, key: str) -> None:
    """Write down the priority that the context reports."""
    started(key, priority=context.task_result.task.priority)
    finished(key)
