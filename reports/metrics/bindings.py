"""The resource that binds a drain: what was used to its limit while tasks ran."""

from dataclasses import dataclass
from itertools import pairwise
from math import inf
from statistics import median

from taskgauge.reports.metrics.deliveries import rate
from taskgauge.reports.run_folder.traces import NEVER, Trace, Usage

FULL = 0.75
"""The share of a limit from which it binds."""
_COMMITS = 2
"""The commits of a task at least: its claim and its end."""
_EXCEEDED = 1.15
"""The share from which a limit was none of the row; below that, it is the spread of ceilings and samples."""
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

    Shares of processors are of those that the group could use at once, as `processors` returns them.
    """
    shares = limits(trace)
    if not shares:
        return None
    name = max(shares, key=lambda key: shares[key])
    return Binding(name=name, share=shares[name]) if shares[name] >= FULL else None


def limits(trace: Trace) -> dict[str, float]:
    """Return the share of each limit that a drain used, by resource, 1 being all of it; empty without a rate.

    A limit that the drain exceeded was none, and is left out.
    """
    measured = rate(trace)
    if measured is None:
        return {}
    shares = {}
    for name, group in (("client CPU", "workers"), ("producer", "producers"), ("store", "store")):
        used = cores(trace, group)
        if used is not None:
            shares[name] = used / processors(trace, group)
    connections = 1 if "sqlite" in trace.header.target else (trace.header.slots or _declared(trace))
    for ceiling in trace.header.ceilings:
        if ceiling.name.startswith("commits"):
            shares["one connection's commit rate"] = (
                _COMMITS * measured / connections / max(ceiling.before, ceiling.after)
            )
    if (poll := _poll_share(trace)) is not None:
        shares["poll interval"] = poll
    return {name: share for name, share in shares.items() if share <= _EXCEEDED}


def processors(trace: Trace, group: str) -> float:
    """Return the processors that a group could use at once while tasks ran, on average over the time.

    It is one for each process that was at work, since the threads of a process of Python share one, and at most those
    of the machine. RabbitMQ is one process that runs on all of them. A trace without the number of processes at work
    has those that its workload and its descriptor declare; its store is one, or one for each worker in PostgreSQL.
    """
    header = trace.header
    of_the_machine = header.processors or inf
    if group == "store" and "rabbitmq" in header.target and header.processors:
        return header.processors
    at_work = [
        (after.at - before.at, min(max(1, after.at_work), of_the_machine))
        for before, after in pairwise(_while_tasks_ran(trace, group))
        if after.at_work is not None
    ]
    if nanoseconds := sum(length for length, _ in at_work):
        return sum(length * processes for length, processes in at_work) / nanoseconds
    has_more = group == "workers" or (group == "store" and "postgresql" in header.target)
    return min(_declared(trace) if has_more else 1, of_the_machine)


def cores(trace: Trace, group: str) -> float | None:
    """Return the processors that a group used on average while tasks ran; None without two samples."""
    samples = _while_tasks_ran(trace, group)
    if len(samples) < 2:
        return None
    grown = sum(max(0.0, after.cpu_seconds - before.cpu_seconds) for before, after in pairwise(samples))
    seconds = (samples[-1].at - samples[0].at) / _NS_PER_S
    return grown / seconds if seconds > 0 else None


def _while_tasks_ran(trace: Trace, group: str) -> list[Usage]:
    """Return the samples of a group since the first start of a task, in their order; none if no task started."""
    first = min((at for at in trace.started if at != NEVER), default=NEVER)
    if first == NEVER:
        return []
    return [sample for sample in trace.header.usage if sample.group == group and sample.at >= first]


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
    """Return the rate of the last quarter of the finished tasks by the rate of the first quarter.

    Return None with fewer than 40 finished tasks, or without a rate.
    """
    ends = sorted(at for at in trace.finished if at != NEVER)
    quarter = len(ends) // 4
    if quarter < 10 or rate(trace) is None:
        return None
    first, last = ends[quarter] - ends[0], ends[-1] - ends[-1 - quarter]
    return first / last if last > 0 else None
