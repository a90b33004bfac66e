"""Tasks of the broken backends; apart from these, since a task asks for its backend when it is made."""

import os
import signal

from django.tasks import task

from taskgauge.suites.event_log import journal
from taskgauge.suites.event_log.exactly_once import Event


@task
def start_and_die(number: int) -> None:
    """Kill the worker that runs this."""
    journal.write(Event.STARTED, number)
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()
