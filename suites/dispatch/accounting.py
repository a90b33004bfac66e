"""Whether every task ran exactly once, by the journal."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from taskgauge.suites.dispatch.errors import TasksUnaccounted
from taskgauge.suites.journal import Event

_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounting:
    """What the journal says of tasks 0 to N-1."""

    lost: tuple[int, ...]
    """Numbers of tasks that never started."""
    unfinished: tuple[int, ...]
    """Numbers of tasks that started and have not finished."""
    doubled: tuple[int, ...]
    """Numbers of tasks that started or finished more than once."""
    started: array[int]
    """By task number, nanoseconds of CLOCK_MONOTONIC at its first start; 0 if there was none."""
    finished: array[int]
    """By task number, nanoseconds of CLOCK_MONOTONIC at its first finish; 0 if there was none."""

    def span(self, first: int, after: int) -> int:
        """Return the nanoseconds from first start to last finish of the tasks `first` to before `after`, all run."""
        return max(self.finished[first:after]) - min(self.started[first:after])

    def check(self) -> None:
        """Raise TasksUnaccounted, naming tasks, unless each ran exactly once."""
        total = len(self.started)
        parts = [
            f"{len(numbers)} {what} ({_names(numbers)})"
            for what, numbers in (
                ("lost", self.lost),
                ("not finished when the backend said so", self.unfinished),
                ("run more than once", self.doubled),
            )
            if numbers
        ]
        if parts:
            count = len({*self.lost, *self.unfinished, *self.doubled})
            raise TasksUnaccounted(f"of {total} tasks {', '.join(parts)}: no rate is given", count)


def account(records: Sequence[int], count: int) -> Accounting:
    """Go through raw records of the journal; tasks numbered `count` and above were a warm-up and are left out."""
    started = array("q", bytes(8 * count))
    finished = array("q", bytes(8 * count))
    doubled: set[int] = set()
    events = {int(Event.STARTED): started, int(Event.FINISHED): finished}
    for index in range(0, len(records), 4):
        at = records[index + 3]
        number = records[index] >> 8
        # A worker that is still running may be writing this very record: what lacks a word is not there yet.
        if not at or not records[index] or number >= count:
            continue
        times = events[records[index] & 255]
        if times[number]:
            doubled.add(number)
            at = min(at, times[number])
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
