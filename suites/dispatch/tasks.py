"""The task for targets that use Django's own classes; their workers import it by its path."""

from django.tasks import task

from taskgauge.suites.event_log import journal
from taskgauge.suites.event_log.exactly_once import Event


@task
def record(number: int) -> None:
    """Write the start and the end of this execution to the event log, and do nothing in between."""
    journal.write(Event.STARTED, number)
    journal.write(Event.FINISHED, number)
