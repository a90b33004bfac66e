"""Decides from the event log whether every task ran exactly once."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

_NAMED = 5


class Event(IntEnum):
    """An event of a task."""

    STARTED = 1
    """The first line of the task's function ran."""
    FINISHED = 2
    """The last line of the task's function ran."""


class Execution(NamedTuple):
    """One record that a task wrote."""

    event: int
    number: int
    """The number of the task."""
    pid: int
    thread: int
    at: int
    """Nanoseconds of CLOCK_MONOTONIC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounting:
    """The outcome of the tasks 0 to N-1."""

    lost: tuple[int, ...]
    """Numbers of tasks that never started."""
    unfinished: tuple[int, ...]
    """Numbers of tasks that started and have not finished."""
    doubled: tuple[int, ...]
    """Numbers of tasks that started or finished more than once."""
    started: array[int]
    """By task number, nanoseconds of CLOCK_MONOTONIC at the first start; 0 if the task did not start."""
    finished: array[int]
    """By task number, nanoseconds of CLOCK_MONOTONIC at the first finish; 0 if the task did not finish."""

    def span(self, first: int, after: int) -> int:
        """Return the nanoseconds from first start to last finish of tasks `first` to `after` - 1, which all ran."""
        return max(self.finished[first:after]) - min(self.started[first:after])

    @property
    def affected(self) -> int:
        """The number of tasks that did not run exactly once."""
        return len({*self.lost, *self.unfinished, *self.doubled})

    def faults(self, unfinished: str = "not finished") -> str:
        """Return a phrase that names the tasks that did not run exactly once; empty if every task did.

        `unfinished` is the word for tasks that started and have not finished.
        """
        parts = [
            f"{len(numbers)} {what} ({_names(numbers)})"
            for what, numbers in (
                ("lost", self.lost),
                (unfinished, self.unfinished),
                ("run more than once", self.doubled),
            )
            if numbers
        ]
        return f"of {len(self.started)} tasks {', '.join(parts)}" if parts else ""


def account(executions: Iterable[Execution], count: int) -> Accounting:
    """Return the outcome of the tasks 0 to `count` - 1; tasks with higher numbers are the warm-up and are ignored."""
    started = array("q", bytes(8 * count))
    finished = array("q", bytes(8 * count))
    doubled: set[int] = set()
    times_of = {int(Event.STARTED): started, int(Event.FINISHED): finished}
    for event, number, _, _, at in executions:
        if number >= count:
            continue
        times = times_of[event]
        if times[number]:
            doubled.add(number)
            times[number] = min(at, times[number])
        else:
            times[number] = at
    return Accounting(
        lost=tuple(number for number, at in enumerate(started) if not at),
        unfinished=tuple(number for number, at in enumerate(finished) if not at and started[number]),
        doubled=tuple(sorted(doubled)),
        started=started,
        finished=finished,
    )


def _names(numbers: Sequence[int]) -> str:
    named = ", ".join(f"task {number}" for number in numbers[:_NAMED])
    more = len(numbers) - _NAMED
    return f"{named} and {more} more" if more > 0 else named
