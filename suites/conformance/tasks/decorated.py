"""Tasks that are made with each form of the decorator."""

from typing import Any

from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.basic import finished, started


@task
def bare(key: str) -> None:
    """Record the execution; made by `@task`."""
    started(key)
    finished(key)


@task()
def called(key: str) -> None:
    """Record the execution; made by `@task()`."""
    started(key)
    finished(key)


@task(priority=0, queue_name="default", backend="default", takes_context=True)
def with_options(context: Any, key: str) -> int:
    """Record the execution and return the attempt; made by `@task(…)`."""
    started(key)
    finished(key)
    return int(context.attempt)
