"""Tasks with their own priority; this module can be imported only if the backend accepts priorities."""

from typing import Any

from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.basic import finished, started

DECORATED = 10


@task(priority=DECORATED)
def note_decorated(key: str) -> None:
    """Record the execution and do nothing else."""
    started(key)
    finished(key)


@task(priority=DECORATED, takes_context=True)
def tell_priority(context: Any, key: str) -> None:
    """Record the priority that the context reports."""
    started(key, priority=context.task_result.task.priority)
    finished(key)
