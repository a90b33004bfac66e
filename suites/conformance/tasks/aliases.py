"""Tasks for several aliases."""

from typing import Any

from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.basic import finished, started


@task(takes_context=True)
def tell_alias(context: Any, key: str) -> None:
    """Write down the alias that the context reports, of the result and of the task."""
    started(key, alias=context.task_result.backend, task_alias=context.task_result.task.backend)
    finished(key)
