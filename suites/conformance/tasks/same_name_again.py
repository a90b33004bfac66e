"""A task of a name that another module's task has too."""

from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.basic import finished, started


@task
def namesake(key: str) -> str:
    """Say which of the two it is."""
    started(key, module=__name__)
    finished(key)
    return "the other"
