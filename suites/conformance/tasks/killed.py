"""A task whose worker is killed by the witness's receivers."""

from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.basic import finished, started


@task
def killed_by_receivers(key: str, *, when: str, once: str) -> None:
    """Be seen, if the worker lives; it dies when the signal `when` is sent and the file `once` is not there yet."""
    del when, once
    started(key)
    finished(key)
