"""The task that is enqueued while sizes are found."""

from django.tasks import task


@task
def add(left: int, right: int = 1) -> int:
    """Return the sum."""
    return left + right
