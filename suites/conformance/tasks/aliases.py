"""Tasks for several aliases."""

from typing import Any

from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.basic import finished, started


@task(takes_context=True)
def tell_alias(context: Any, key: str) -> None:
    """Record the alias of the result and of the task, as the context reports them."""
    started(key, alias=context.task_result.backend, task_alias=context.task_result.task.backend)
    finished(key)
