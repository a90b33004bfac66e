"""A task with the same name as a task of another module."""

from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.basic import finished, started


@task
def namesake(key: str) -> str:
    """Record the module of this task."""
    started(key, module=__name__)
    finished(key)
    return "the other"
