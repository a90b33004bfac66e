"""Tasks that the receivers of the event log act on, as the names of the tasks say."""

from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.basic import finished, raising, started


@task
def looked_up_by_receivers(key: str, *, fails: bool = False) -> str:
    """Record the execution; each receiver looks the task up."""
    started(key)
    if fails:
        raise raising(key, ValueError(key))
    finished(key)
    return "looked up"


@task
def raises_in_receivers(key: str, *, when: str) -> str:
    """Record the execution; the receiver of the signal `when` raises."""
    started(key)
    finished(key)
    return when
