"""The functions that measured tasks run; a variant's own tasks are made from these, one each."""

from typing import Any

from taskgauge.suites.event_log import journal
from taskgauge.suites.event_log.exactly_once import Event


def nothing() -> None:
    """Return at once: what is left is the cost of the framework."""


def add(left: int, right: int = 1) -> int:
    """Return the sum: the smallest task with an argument and a return value."""
    return left + right


def echo(*args: Any, **kwargs: Any) -> list[Any]:
    """Return what came in, so that a round trip can be compared."""
    return [list(args), kwargs]


def fail(message: str = "failed on purpose") -> None:
    """Raise ValueError."""
    raise ValueError(message)


async def aadd(left: int, right: int = 1) -> int:
    """Return the sum from a coroutine."""
    return left + right


def record(number: int) -> None:
    """Write to the journal when this execution started and finished, and do nothing in between."""
    journal.write(Event.STARTED, number)
    journal.write(Event.FINISHED, number)
