"""Tasks of the broken backends; apart from these, since a task asks for its backend when it is made."""

import os
import signal

from django.tasks import task

from taskgauge.suites import journal


@task
def start_and_die(number: int) -> None:
    """Kill the worker that runs this."""
    journal.write(journal.Event.STARTED, number)
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()
