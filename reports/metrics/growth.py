"""The cost of a call at different sizes: with tasks that wait, with results that are kept, and within one drain."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median

from taskgauge.reports.run_folder.traces import NEVER, Mark, Trace
from taskgauge.reports.statistics.estimates import growth_exponent

FEWEST_GAPS = 10
"""The times between two starts, at least, that give the time of a claim."""
SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
TENTHS = 10

type Points = Sequence[tuple[float, float]]
"""Pairs of a size and nanoseconds."""


def points(trace: Trace) -> Mapping[str, Points]:
    """Return by operation the median nanoseconds at each size that the session reached.

    The operations are `enqueue`; `claim`, the time from one start to the next; and `lookup`, a call of get_result().
    A drain has claims alone; its size is the number of tasks that started before.
    """
    if trace.header.workload.arrival == "backlog":
        return {"claim": _progress(trace)}
    by_operation: dict[str, list[tuple[float, float]]] = {"enqueue": [], "claim": [], "lookup": []}
    marks = trace.header.marks
    ends = [*(mark.drained_from for mark in marks[1:]), 0]
    for mark, end in zip(marks, ends, strict=True):
        numbers = range(mark.first, mark.first + mark.count)
        calls = [trace.enqueue_end[at] - trace.enqueue_begin[at] for at in numbers if trace.enqueue_end[at] != NEVER]
        for operation, times in (("enqueue", calls), ("claim", _claims(trace, mark, end)), ("lookup", mark.lookups)):
            if times and mark.size:
                by_operation[operation].append((float(mark.size), float(median(times))))
    return by_operation


def exponents(trace: Trace) -> dict[str, float]:
    """Return by operation b of time = a * size**b, from two sizes on: 0 is flat, 1 grows as the size does."""
    by_operation = {name: pairs for name, pairs in points(trace).items() if len({size for size, _ in pairs}) > 1}
    return {
        operation: growth_exponent([(at, max(time, 1.0)) for at, time in pairs])
        for operation, pairs in by_operation.items()
    }


def reached(trace: Trace) -> int:
    """Return the largest size of a session; of a drain, the tasks that started."""
    if trace.header.workload.arrival == "backlog":
        return sum(at != NEVER for at in trace.started)
    return max((mark.size for mark in trace.header.marks), default=0)


def _claims(trace: Trace, mark: Mark, end: int) -> list[int]:
    """Return the nanoseconds between the first starts after the worker began to drain at a mark."""
    if not mark.drained_from:
        return []
    starts = sorted(at for at in trace.started if at > mark.drained_from and (not end or at < end))
    gaps = [after - before for before, after in pairwise(starts[: mark.count])]
    return gaps if len(gaps) >= FEWEST_GAPS else []


def _progress(trace: Trace) -> Points:
    starts = sorted(at for at in trace.started if at != NEVER)
    gaps = [after - before for before, after in pairwise(starts)]
    step = len(gaps) // TENTHS
    if step < FEWEST_GAPS:
        return ()
    return [(step * (tenth + 0.5), float(median(gaps[step * tenth : step * (tenth + 1)]))) for tenth in range(TENTHS)]
