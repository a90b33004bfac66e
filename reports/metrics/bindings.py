"""The resource that binds a drain: what was used to its limit while tasks ran."""

from dataclasses import dataclass
from itertools import pairwise
from math import inf
from statistics import median

from taskgauge.reports.metrics.deliveries import finished_in_box, rate
from taskgauge.reports.metrics.usages import while_tasks_ran
from taskgauge.reports.run_folder.traces import NEVER, Trace

FULL = 0.75
"""The share of a limit from which it binds."""
_COMMITS = 2
"""The commits of a task at least: its claim and its end."""
_EXCEEDED = 1.15
"""The share from which a limit was none of the row; below that, it is the spread of ceilings and samples."""
_NAPS = 5
"""The times that a poll interval must be longer than the store's own time for a task, to be told from it."""
_GROUPS = {"client CPU": "workers", "producer": "producers", "store": "store"}
"""The groups of processes by the name of their processors as a limit."""
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
    """Return what binds a drain or a burst; None without a rate, or if none of its limits was nearly used.

    A drain that ended before its processes were sampled twice has a binding that says so, if no other limit is near.
    """
    if rate(trace) is None:
        return None
    shares = limits(trace)
    name = max(shares, key=lambda key: shares[key], default="")
    if name and shares[name] >= FULL:
        return Binding(name=name, share=shares[name])
    is_sampled = any(cores(trace, group) is not None for group in _GROUPS.values())
    return None if is_sampled else Binding(name="too short to sample", share=0.0)


def limits(trace: Trace) -> dict[str, float]:
    """Return the share of each limit that a drain used, by resource, 1 being all of it; empty without a rate.

    The share of a group's processors is the larger of two: what the busiest process used of one processor, and what
    all processes of the group used of the machine's. A limit that the drain exceeded was none, and is left out.
    """
    measured = rate(trace)
    if measured is None:
        return {}
    shares = {}
    for name, group in _GROUPS.items():
        if (share := _processor_share(trace, group)) is not None:
            shares[name] = share
    connections = 1 if "sqlite" in trace.header.target else (trace.header.slots or _declared(trace))
    for ceiling in trace.header.ceilings:
        if ceiling.name.startswith("commits"):
            shares["one connection's commit rate"] = (
                _COMMITS * measured / connections / max(ceiling.before, ceiling.after)
            )
    if (poll := _poll_share(trace)) is not None:
        shares["poll interval"] = poll
    return {name: share for name, share in shares.items() if share <= _EXCEEDED}


def _processor_share(trace: Trace, group: str) -> float | None:
    """Return the share of its processors that a group used while tasks ran; None without two samples.

    It is of one processor for the busiest process of each interval, or of those of the machine for the whole group,
    whichever is larger. A process of a store that uses far more than one processor runs threads in parallel, as
    RabbitMQ does: its limit is the machine. A Python process that uses more than one has an interpreter without rest,
    beside threads that have left it. A trace without the busiest process has the processors that its descriptor
    declares.
    """
    used, samples = cores(trace, group), while_tasks_ran(trace, group)
    if used is None:
        return None
    of_the_machine = used / (trace.header.processors or inf)
    if group == "store" and "rabbitmq" in trace.header.target and trace.header.processors:
        return of_the_machine
    busiest = [sample.busiest for sample in samples[1:] if sample.busiest is not None]
    if not busiest:
        has_more = group == "workers" or (group == "store" and "postgresql" in trace.header.target)
        return max(used / (_declared(trace) if has_more else 1), of_the_machine)
    of_one = sum(busiest) * _NS_PER_S / (samples[-1].at - samples[0].at)
    if group != "store":
        return max(min(of_one, 1.0), of_the_machine)
    return of_the_machine if of_one > _EXCEEDED else max(of_one, of_the_machine)


def cores(trace: Trace, group: str) -> float | None:
    """Return the processors that a group used on average while tasks ran; None without two samples."""
    samples = while_tasks_ran(trace, group)
    if len(samples) < 2:
        return None
    grown = sum(max(0.0, after.cpu_seconds - before.cpu_seconds) for before, after in pairwise(samples))
    seconds = (samples[-1].at - samples[0].at) / _NS_PER_S
    return grown / seconds if seconds > 0 else None


def _declared(trace: Trace) -> int:
    """Return the number of worker processes that the workload and the descriptor declare."""
    load = trace.header.workload
    return load.workers * (load.processes or trace.header.worker_processes or 1)


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
    """Return the rate of the last quarter of the tasks that finished in the box by the rate of the first quarter.

    Return None with fewer than 40 finished tasks, or without a rate.
    """
    ends = finished_in_box(trace)
    quarter = len(ends) // 4
    if quarter < 10 or rate(trace) is None:
        return None
    first, last = ends[quarter] - ends[0], ends[-1] - ends[-1 - quarter]
    return first / last if last > 0 else None
