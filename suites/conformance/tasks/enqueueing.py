"""Tasks that enqueue tasks."""

from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.basic import finished, note, started


@task
def enqueue_note(key: str, other: str) -> str:
    """Enqueue `note` with another key; return the id of its result."""
    started(key)
    result_id = str(note.enqueue(other).id)
    finished(key, child=result_id)
    return result_id


@task
def enqueue_itself(key: str, times: int) -> None:
    """Enqueue this task again with the same key, so many times one after another."""
    started(key, left=times)
    child = str(enqueue_itself.enqueue(key, times - 1).id) if times else None
    finished(key, child=child)
