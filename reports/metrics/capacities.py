"""The capacity of a target: whether it sustains an offered rate."""

from taskgauge.reports.metrics.deliveries import delivery
from taskgauge.reports.metrics.latencies import kept_up, start_times
from taskgauge.reports.run_folder.traces import NEVER, Trace

LIMIT = 1.0
"""The seconds, with a poll interval, within which tasks must start."""
LATE_SHARE = 0.01
"""The share of tasks that may start later."""
_GROWTH = 0.02
"""The share of all tasks by which the backlog may be longer at the end than in the middle."""
_FEW = 5
"""The tasks by which it may be longer in any case."""
_NS_PER_S = 1_000_000_000


def is_sustained(trace: Trace) -> bool:
    """Return True if a target sustained the offered rate of a session.

    All tasks ran, the producer kept up, 99 % of the tasks started within a second and a poll interval of the time at
    which they were due, and the backlog did not grow.
    """
    if trace.header.ending != "all ran" or delivery(trace).fault or not kept_up(trace):
        return False
    limit = (LIMIT + (trace.header.poll_seconds or 0.0)) * _NS_PER_S
    times = start_times(trace, intended=True)
    late = sum(time > limit for time in times)
    return bool(times) and late <= LATE_SHARE * len(times) and not grows(trace)


def grows(trace: Trace) -> bool:
    """Return True if more tasks waited at the end of an open loop than in its middle."""
    due = sorted(at for at in trace.intended if at != NEVER)
    if not due:
        return False
    middle, end = (waiting(trace, at) for at in (due[len(due) // 2], due[-1]))
    return end - middle > max(_FEW, _GROWTH * len(due))


def waiting(trace: Trace, at: int) -> int:
    """Return the number of tasks that were due at a time and had not started."""
    pairs = zip(trace.intended, trace.started, strict=True)
    return sum(due != NEVER and due <= at and (started == NEVER or started > at) for due, started in pairs)
