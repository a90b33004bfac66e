"""Quantiles of the times of one session, in microseconds; none from fewer samples than it needs."""

import math
from collections.abc import Iterable, Mapping

from taskgauge.reports.run_folder.traces import NEVER, Trace
from taskgauge.reports.statistics.estimates import samples_for_quantile

QUANTILES: Mapping[str, float] = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999}
KEPT_UP_SHARE = 0.99
"""The share of tasks that a producer must enqueue in time, or else it did not keep up."""
_LATE_NS = 20_000_000
"""The nanoseconds after the intended time from which an enqueue is late."""
_NS_PER_US = 1_000


def enqueue_times(trace: Trace) -> list[int]:
    """Return the nanoseconds of each call of enqueue()."""
    pairs = zip(trace.enqueue_begin, trace.enqueue_end, strict=True)
    return [end - begin for begin, end in pairs if end != NEVER]


def start_times(trace: Trace, *, intended: bool) -> list[int]:
    """Return the nanoseconds from the begin of enqueue(), or from the intended time, to the start of each task."""
    begin = trace.intended if intended else trace.enqueue_begin
    rows = zip(begin, trace.started, strict=True)
    return [started - before for before, started in rows if NEVER not in {started, before}]


def kept_up(trace: Trace) -> bool:
    """Return True if the producer enqueued nearly all tasks in time."""
    rows = [(due, begin) for due, begin in zip(trace.intended, trace.enqueue_begin, strict=True) if due != NEVER]
    in_time = sum(begin - due <= _LATE_NS for due, begin in rows)
    return bool(rows) and in_time >= KEPT_UP_SHARE * len(rows)


def microseconds(name: str, times: Iterable[int]) -> dict[str, float]:
    """Return by metric the quantiles that these nanoseconds allow, and their maximum, such as `enqueue-p50`."""
    ordered = sorted(times)
    if not ordered:
        return {}
    values = {
        f"{name}-{label}": ordered[math.ceil(share * len(ordered)) - 1] / _NS_PER_US
        for label, share in QUANTILES.items()
        if len(ordered) >= samples_for_quantile(share)
    }
    return {**values, f"{name}-max": ordered[-1] / _NS_PER_US}
