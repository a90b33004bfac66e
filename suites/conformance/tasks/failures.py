"""Tasks that fail, and may also end their worker."""

import os
from pathlib import Path

from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.basic import finished, raising, started
from taskgauge.suites.conformance.tasks.errors_to_raise import make


@task
def fail_until(key: str, kind: str, path: str) -> None:
    """Raise this kind of exception unless a file exists, so that a delivery after the test does no harm."""
    started(key)
    if not Path(path).exists():
        raise raising(key, make(kind))
    finished(key)


@task
def exit_until(key: str, path: str) -> None:
    """End this process with code 0 unless a file exists, so that a delivery after the test does no harm."""
    started(key)
    if not Path(path).exists():
        os._exit(0)
    finished(key)
