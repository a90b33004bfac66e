"""Tasks to which the witness's receivers do something: their names say what."""

from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.basic import finished, started


@task
def looked_up_by_receivers(key: str, *, fails: bool = False) -> str:
    """Be looked up by each receiver."""
    started(key)
    if fails:
        raise ValueError(key)
    finished(key)
    return "looked up"


@task
def raises_in_receivers(key: str, *, when: str) -> str:
    """Have the receiver raise that gets the signal of this name."""
    started(key)
    finished(key)
    return when
