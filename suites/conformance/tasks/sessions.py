"""A task that records the worker in which it runs."""

import os
import time
from pathlib import Path

from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.basic import finished, started

_MOMENT = 0.005


@task
def wait_in_session(key: str, path: str, seconds: float) -> None:
    """Record the process session, which is the worker's, and wait for a file, at most so many seconds."""
    started(key, session=os.getsid(0))
    end = time.monotonic() + seconds
    while not Path(path).exists() and time.monotonic() < end:
        time.sleep(_MOMENT)
    finished(key)
