"""The resource that binds a drain: what was used to its limit while tasks ran."""

from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from taskgauge.reports.metrics.deliveries import rate
from taskgauge.reports.run_folder.traces import NEVER, Trace

FULL = 0.75
"""The share of a limit from which it binds."""
_COMMITS = 2
"""The commits of a task at least: its claim and its end."""
_EXCEEDED = 1.15
"""The share from which a measured ceiling was no limit of the row; below that, it is the spread of ceilings."""
_NAPS = 5
"""The times that a poll interval must be longer than the store's own time for a task, to be told from it."""
_NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A resource, and how much of its limit was used."""

    name: str
    share: float

    @property
    def words(self) -> str:
        """The resource and its share in words."""
        return self.name if self.share <= 0 else f"{self.name} ({self.share:.0%} of it)"


def binding(trace: Trace) -> Binding | None:
    """Return what binds a drain or a burst; None without a rate, or if nothing is near its limit.

    Shares are of one processor for each worker process, since threads of a process share one, and of one for a store
    like Redis. PostgreSQL has a process for each connection.
    """
    shares = limits(trace)
    if not shares:
        return None
    name = max(shares, key=lambda key: shares[key])
    return Binding(name=name, share=shares[name]) if shares[name] >= FULL else None


def limits(trace: Trace) -> dict[str, float]:
    """Return the share of each limit that a drain used, by resource; empty without a rate."""
    measured = rate(trace)
    if measured is None:
        return {}
    load = trace.header.workload
    processes = load.workers * (load.processes or trace.header.worker_processes or 1)
    shares = {}
    for name, group, limit in (
        ("client CPU", "workers", processes),
        ("producer", "producers", 1),
        ("store", "store", processes if "postgresql" in trace.header.target else 1),
    ):
        used = cores(trace, group)
        if used is not None:
            shares[name] = used / limit
    connections = 1 if "sqlite" in trace.header.target else (trace.header.slots or processes)
    for ceiling in trace.header.ceilings:
        if ceiling.name.startswith("commits"):
            share = _COMMITS * measured / connections / max(ceiling.before, ceiling.after)
            if share <= _EXCEEDED:  # what was exceeded was no limit
                shares["one connection's commit rate"] = share
    if (poll := _poll_share(trace)) is not None:
        shares["poll interval"] = poll
    return shares


def cores(trace: Trace, group: str) -> float | None:
    """Return the processors that a group used on average while tasks ran; None without two samples."""
    first = min((at for at in trace.started if at != NEVER), default=NEVER)
    samples = [sample for sample in trace.header.usage if sample.group == group and sample.at >= first]
    if first == NEVER or len(samples) < 2:
        return None
    grown = sum(max(0.0, after.cpu_seconds - before.cpu_seconds) for before, after in pairwise(samples))
    seconds = (samples[-1].at - samples[0].at) / _NS_PER_S
    return grown / seconds if seconds > 0 else None


def _poll_share(trace: Trace) -> float | None:
    """Return the share of the drain that lies in gaps between starts of about a poll interval."""
    poll = trace.header.poll_seconds
    if not poll:
        return None
    rates = {ceiling.name.partition(" ")[0]: ceiling.before for ceiling in trace.header.ceilings}
    of_the_store = sum(_COMMITS / rate for name, rate in rates.items() if name != "calls" and rate)
    if poll < _NAPS * of_the_store:
        return None  # a nap cannot be told from the store's own time
    starts = sorted(at for at in trace.started if at != NEVER)
    gaps = [after - before for before, after in pairwise(starts)]
    if not gaps:
        return None
    slots = trace.header.slots or trace.header.workload.workers
    waiting = [gap for gap in gaps if gap >= 0.5 * poll * _NS_PER_S / slots]
    # A slow task makes long gaps, too; naps are far longer than most gaps.
    naps = [gap for gap in waiting if gap >= 3 * median(gaps) or len(waiting) > len(gaps) / 2]
    return sum(naps) / sum(gaps) if sum(gaps) else None


def slowdown(trace: Trace) -> float | None:
    """Return the rate of the last quarter of the finished tasks by the rate of the first quarter.

    Return None with fewer than 40 finished tasks, or without a rate.
    """
    ends = sorted(at for at in trace.finished if at != NEVER)
    quarter = len(ends) // 4
    if quarter < 10 or rate(trace) is None:
        return None
    first, last = ends[quarter] - ends[0], ends[-1] - ends[-1 - quarter]
    return first / last if last > 0 else None
