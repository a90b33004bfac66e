"""The task that targets run which keep to Django's own classes; their workers import it by its path."""

from django.tasks import task

from taskgauge.suites import journal


@task
def record(number: int) -> None:
    """Write to the journal when this execution started and finished, and do nothing in between."""
    journal.write(journal.Event.STARTED, number)
    journal.write(journal.Event.FINISHED, number)
