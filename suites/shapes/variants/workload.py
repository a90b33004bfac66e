"""The functions of the measured tasks; every variant has a Task for each function."""

from typing import Any

from taskgauge.suites.event_log import journal
from taskgauge.suites.event_log.exactly_once import Event


def nothing() -> None:
    """Do nothing, so that only the cost of the framework is left."""


def add(left: int, right: int = 1) -> int:
    """Return the sum: the smallest task with an argument and a return value."""
    return left + right


def echo(*args: Any, **kwargs: Any) -> list[Any]:
    """Return the arguments, so that a round trip can be compared."""
    return [list(args), kwargs]


def fail(message: str = "failed on purpose") -> None:
    """Raise ValueError."""
    raise ValueError(message)


async def aadd(left: int, right: int = 1) -> int:
    """Return the sum from a coroutine."""
    return left + right


def record(number: int) -> None:
    """Write the start and the end of this execution to the event log."""
    journal.write(Event.STARTED, number)
    journal.write(Event.FINISHED, number)
