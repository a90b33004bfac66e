"""Tasks that fail, and may take their worker with them."""

from pathlib import Path

from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.basic import finished, started
from taskgauge.suites.conformance.tasks.errors_to_raise import make


@task
def fail_until(key: str, kind: str, path: str) -> None:
    """Raise this kind of exception, unless a file is there: delivered again after the test, it does no more harm."""
    started(key)
    if not Path(path).exists():
        raise make(kind)
    finished(key)
