"""Generator functions as tasks; the documentation does not say whether they are allowed."""

from collections.abc import AsyncIterator, Iterator

from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.basic import finished, started


@task
def generate(key: str) -> Iterator[int]:
    """Yield a number."""
    started(key)
    yield 1
    finished(key)


@task
async def generate_async(key: str) -> AsyncIterator[int]:
    """Yield a number from a coroutine."""
    started(key)
    yield 1
    finished(key)
