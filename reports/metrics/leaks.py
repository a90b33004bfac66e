"""The memory, allocated blocks and connections that a worker keeps for the tasks that it runs."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import combinations
from statistics import median

from taskgauge.reports.run_folder.traces import NEVER, MemoryNote, Trace

_BEFORE = 3
"""The samples before the first worker that say which connections are not the workers'."""
_THOUSAND = 1_000
WARM_UP = 0.3
"""The share of a worker's tasks that is warm-up: imports, caches and pools grow meanwhile."""
FEWEST = 10
"""The points that a slope needs at least."""
_MOST = 200
"""The points of which a slope is taken at most: the number of pairs grows with the square."""


def slope(points: Sequence[tuple[float, float]]) -> float | None:
    """Return Theil and Sen's slope, the median over all pairs of points; None from fewer than `FEWEST` points."""
    step = max(1, len(points) // _MOST)
    chosen = points[::step]
    slopes = [
        (high - low) / (after - before) for (before, low), (after, high) in combinations(chosen, 2) if after != before
    ]
    return median(slopes) if len(chosen) >= FEWEST and slopes else None


def resident_growth(trace: Trace) -> float | None:
    """Return the resident bytes that a process gains with 1,000 tasks that it runs, after its warm-up."""
    return _growth(trace, lambda entry: entry.resident_bytes)


def block_growth(trace: Trace) -> float | None:
    """Return the same of allocated blocks of Python's allocator, which has objects up to 512 bytes."""
    return _growth(trace, lambda entry: entry.blocks)


def _growth(trace: Trace, value_of: Callable[[MemoryNote], int]) -> float | None:
    by_process: dict[int, list[tuple[float, float]]] = defaultdict(list)
    last: dict[int, int] = {}
    for entry in trace.header.memory:
        last[entry.process] = max(entry.tasks, last.get(entry.process, 0))
    for entry in trace.header.memory:
        if entry.tasks >= WARM_UP * last[entry.process]:
            by_process[entry.process].append((float(entry.tasks), float(value_of(entry))))
    slopes = [value for points in by_process.values() if (value := slope(sorted(points))) is not None]
    return median(slopes) * _THOUSAND if slopes else None


def group_growth(trace: Trace) -> float | None:
    """Return the resident bytes that all workers together gain with 1,000 tasks, by the samples once a second."""
    finished = sorted(at for at in trace.finished if at != NEVER)
    done = [
        (sum(at <= sample.at for at in finished), sample.resident_bytes)
        for sample in trace.header.usage
        if sample.group == "workers"
    ]
    points = [(float(count), float(size)) for count, size in done if count >= WARM_UP * len(finished) and size]
    value = slope(points)
    return None if value is None else value * _THOUSAND


def worker_connections(trace: Trace) -> int | None:
    """Return the connections that were open while workers ran, at most, without those open before a worker ran.

    Of the last samples before the first worker the smallest counts: a connection that closes by then is nobody's.
    """
    samples = trace.header.connections
    first = next((number for number, entry in enumerate(samples) if entry.workers), None)
    if first is None:
        return None
    before = [entry.open for entry in samples[max(0, first - _BEFORE) : first]]
    return max(entry.open for entry in samples[first:] if entry.workers) - min(before, default=0)
