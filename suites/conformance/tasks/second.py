"""Tasks of the alias `second`, or of `default` in settings without that alias."""

from typing import Any

from django.conf import settings

from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.basic import finished, started

_ALIAS = "second" if "second" in settings.TASKS else "default"


@task(backend=_ALIAS)
def note_second(key: str) -> str:
    """Record the execution."""
    started(key)
    finished(key)
    return "noted"


@task(backend=_ALIAS, takes_context=True)
def tell_second(context: Any, key: str) -> None:
    """Record the alias of the result and of the task, as the context reports them."""
    started(key, alias=context.task_result.backend, task_alias=context.task_result.task.backend)
    finished(key)
