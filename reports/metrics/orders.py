"""The order in which tasks started, against the order that they should have: inversions, lateness and starvation."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from taskgauge.reports.run_folder.traces import NEVER, Trace

_NS_PER_S = 1_000_000_000
LOWEST = -100
"""The priority of the tasks that wait behind all others."""
SECOND = "second"
"""The queue of the tasks that wait beside those of the first queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inversions:
    """The pairs of tasks by the order of their starts."""

    inverted: int
    """The pairs of which the task that should have started later started first."""
    ordered: int
    """The pairs of which the right task started first; pairs of equal tasks are in neither number."""

    @property
    def share(self) -> float:
        """The percentage of inverted pairs: 0 is the right order, 50 is chance, 100 is the reversed order."""
        return 100 * self.inverted / (self.inverted + self.ordered) if self.inverted + self.ordered else 0.0

    @property
    def tau(self) -> float:
        """Kendall's tau of all pairs that are not equal: 1 is the right order, 0 is chance, -1 the reversed order."""
        pairs = self.inverted + self.ordered
        return (self.ordered - self.inverted) / pairs if pairs else 1.0


def count_inversions[Key: (int, float, tuple[float, ...])](keys: Sequence[Key]) -> Inversions:
    """Return the inversions of keys in the order in which their tasks started, by merge sort."""
    total = len(keys) * (len(keys) - 1) // 2
    merged, inverted = _merge_sort(list(keys))
    equal = run = 0
    for before, after in pairwise(merged):
        run = run + 1 if before == after else 0
        equal += run
    return Inversions(inverted=inverted, ordered=total - equal - inverted)


def _merge_sort[Key: (int, float, tuple[float, ...])](keys: list[Key]) -> tuple[list[Key], int]:
    if len(keys) < 2:
        return keys, 0
    middle = len(keys) // 2
    (left, in_left), (right, in_right) = _merge_sort(keys[:middle]), _merge_sort(keys[middle:])
    merged, inverted, place = [], in_left + in_right, 0
    for key in right:
        while place < len(left) and left[place] <= key:
            merged.append(left[place])
            place += 1
        inverted += len(left) - place
        merged.append(key)
    return merged + left[place:], inverted


def started_in_order(trace: Trace) -> list[int]:
    """Return the numbers of the tasks that started, first start first."""
    return sorted((number for number, at in enumerate(trace.started) if at != NEVER), key=trace.started.__getitem__)


def inversions(trace: Trace) -> Inversions | None:
    """Return the inversions against priority (highest first), due time and time of enqueue; None if nothing started."""
    load = trace.header.workload
    numbers = started_in_order(trace)
    if not numbers:
        return None
    return count_inversions(
        [
            (-priority_of(load.priorities, number), trace.intended[number], trace.enqueue_begin[number])
            for number in numbers
        ]
    )


def priority_inversions(trace: Trace) -> Inversions | None:
    """Return the inversions against priority alone; None if all tasks have the same one, or nothing started."""
    priorities = trace.header.workload.priorities
    numbers = started_in_order(trace)
    if not numbers or len(set(priorities)) < 2:
        return None
    return count_inversions([-priority_of(priorities, number) for number in numbers])


def priority_of(priorities: Sequence[int], number: int) -> int:
    """Return the priority of a task: a workload repeats its priorities from the first on."""
    return priorities[number % len(priorities)] if priorities else 0


def lateness(trace: Trace) -> list[int]:
    """Return the nanoseconds from the due time to the start of each task that was deferred and started."""
    return [
        started - due for due, started in zip(trace.intended, trace.started, strict=True) if NEVER not in {due, started}
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Starvation:
    """The wait of few tasks behind many others that were enqueued after them."""

    share: float
    """The percentage of the others that started before the median of these tasks: 0 is first come, first served."""
    seconds: float
    """The seconds from the first start of any task to the last start of these tasks."""


def starvation(trace: Trace) -> Starvation | None:
    """Return the starvation of the tasks with the lowest priority or on the second queue.

    Return None if there are no such tasks, or no others, or if not all of these started.
    """
    load = trace.header.workload
    numbers = started_in_order(trace)
    low = {
        number
        for number in range(len(trace.started))
        if priority_of(load.priorities, number) == LOWEST
        or (load.queues and load.queues[number % len(load.queues)] == SECOND)
    }
    places = [place for place, number in enumerate(numbers) if number in low]
    others = len(numbers) - len(places)
    if not low or not others or len(places) < len(low):
        return None
    before = [place - index for index, place in enumerate(places)]
    last = trace.started[numbers[places[-1]]]
    return Starvation(share=100 * median(before) / others, seconds=(last - trace.started[numbers[0]]) / _NS_PER_S)
