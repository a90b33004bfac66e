"""The figures of a session of several hosts: a time counts on its own host's clock, and only rates are added."""

from collections.abc import Sequence
from dataclasses import dataclass

from taskgauge.reports.metrics.latencies import KEPT_UP_SHARE, kept_up
from taskgauge.reports.run_folder.traces import NEVER, Agent, Trace

ORIGIN_NS = 1_000_000_000
"""The time of the agreed start in each trace of a session of several hosts."""
DRIFT = 200e-6
"""The share by which two clocks may run apart without a step."""
BUSY = 0.85
"""The share from which a process with one thread counts as what binds."""
MACHINE_BUSY = 0.95
"""The share of all processors of a machine from which they count as what binds."""
SMALLEST_OVERLAP = 0.5
"""The share of the shortest window that all windows must have in common, or else no rate is added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinedRate:
    """The rates of all producers of a session, added where their windows overlap."""

    rate: float | None
    """Tasks a second, or None with a reason."""
    overlap: float = 0.0
    """The seconds in which all producers sent."""
    share: float = 0.0
    """The overlap as a share of the shortest window."""
    error: float = 0.0
    """The seconds by which each end of the overlap can be wrong."""
    reason: str = ""


def clock_step(agent: Agent) -> float | None:
    """Return the seconds by which a host's clock stepped between the two measurements, or None if it did not."""
    if agent.before is None or agent.after is None:
        return None
    change = agent.after.ns - agent.before.ns
    allowed = agent.before.error + agent.after.error + DRIFT * agent.seconds * 1e9 + 1e6
    return change / 1e9 if abs(change) > allowed else None


def offset_error(agent: Agent) -> int:
    """Return the nanoseconds by which a time of this host can be wrong on the driver's clock."""
    if agent.before is None or agent.after is None:
        return 0
    return max(agent.before.error, agent.after.error) + abs(agent.after.ns - agent.before.ns) // 2


def under_offered(trace: Trace) -> str:
    """Return a phrase if a producer did not send what was due on it, or not in time; else an empty text."""
    agent = trace.header.agent
    if agent is None or trace.header.workload.rate is None or not agent.offered:
        return ""
    if agent.sent < KEPT_UP_SHARE * agent.offered:
        return f"{agent.host} sent {agent.sent:,} of {agent.offered:,} tasks that were due on it"
    return "" if kept_up(trace) else f"{agent.host} sent more than 1 % of its tasks late"


def combined_rate(traces: Sequence[Trace]) -> CombinedRate:
    """Return the rate of all producers of one session together."""
    agents = [trace.header.agent for trace in traces if trace.header.agent is not None]
    if reason := next((trace.header.reason for trace in traces if trace.header.reason), ""):
        return CombinedRate(rate=None, reason=reason)
    for agent in agents:
        if step := clock_step(agent):
            return CombinedRate(rate=None, reason=f"the clock of {agent.host} stepped by {step:+.3f} s")
    if reason := "; ".join(filter(None, map(under_offered, traces))):
        return CombinedRate(rate=None, reason=reason)
    producing = [trace for trace in traces if any(trace.enqueue_end)]
    if not producing:
        return CombinedRate(rate=None, reason="nothing was sent")
    windows = [_window(trace) for trace in producing]
    begin, end = max(first for first, _ in windows), min(last for _, last in windows)
    share = (end - begin) / min(last - first for first, last in windows)
    if share < SMALLEST_OVERLAP:
        return CombinedRate(
            rate=None, share=max(0.0, share), reason=f"the windows overlap in {max(0.0, share):.0%} only"
        )
    counts = (sum(begin <= at < end for at in trace.enqueue_end) for trace in producing)
    return CombinedRate(
        rate=sum(counts) / ((end - begin) / 1e9),
        overlap=(end - begin) / 1e9,
        share=share,
        error=max(map(offset_error, agents)) / 1e9 if len(producing) > 1 else 0.0,
    )


def binding(traces: Sequence[Trace]) -> str:
    """Return what keeps the producers of an unpaced session from sending more, in words."""
    agents = [trace.header.agent for trace in traces if trace.header.agent is not None]
    seconds = max((agent.seconds for agent in agents if agent.sent), default=0.0)
    if not seconds:
        return ""
    store = next((agent.store_cpu for agent in agents if agent.store_cpu is not None), None)
    share = None if store is None else store / seconds
    known = "" if share is None else f"store {share:.0%} of a processor"
    producing = [agent for agent in agents if agent.sent]
    used = ", ".join([*(f"{agent.host} {agent.producer_cpu / seconds:.0%}" for agent in producing)])
    machines = {agent.machine: agent for agent in producing if agent.busy >= MACHINE_BUSY}
    if share is not None and share >= BUSY:
        what = "the store's processor"
    elif machines:
        names = [agent.host for agent in producing if agent.machine in machines]
        what = f"the processors of the machine of {', '.join(names)}"
    elif producing and all(agent.producer_cpu / seconds >= BUSY for agent in producing):
        what = "the producers' own processors"
    else:
        what = "waiting: neither the store's nor the producers' processors are busy"
    return f"{what} (producers {used}{f'; {known}' if known else ''})"


def _window(trace: Trace) -> tuple[int, int]:
    sent = [at for at in trace.enqueue_begin if at != NEVER]
    return min(sent), max(trace.enqueue_end)
