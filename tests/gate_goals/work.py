"""The task that is enqueued while sizes are found."""

from django.tasks import task


@task
def add(left: int) -> int:
    """Return what it got."""
    return left
