"""A task whose worker is killed by the receivers of the event log."""

from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.basic import finished, started


@task
def killed_by_receivers(key: str, *, when: str, once: str) -> None:
    """Record the execution; the worker dies at the signal `when` if the file `once` does not exist yet."""
    del when, once
    started(key)
    finished(key)
