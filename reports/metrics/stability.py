"""The machine during a session: whether its ceilings stayed the same, and what other programs used of it."""

from taskgauge.reports.metrics.bindings import cores
from taskgauge.reports.run_folder.traces import Trace

MARGIN = 0.15
"""The difference of a ceiling before and after a session's tasks from which the session is unstable."""
FOREIGN = 0.5
"""The cores that other programs may use on average; a session with more is unstable."""


def instability(trace: Trace) -> str:
    """Return a phrase on what changed during a session; empty if nothing did."""
    parts = []
    for ceiling in trace.header.ceilings:
        low, high = sorted((ceiling.before, ceiling.after))
        if low > 0 and high / low > 1 + MARGIN:
            parts.append(f"{ceiling.name} a second were {ceiling.before:,.0f} before and {ceiling.after:,.0f} after")
    foreign = foreign_cores(trace)
    if foreign is not None and foreign > FOREIGN:
        parts.append(f"other programs used {foreign:.1f} processors")
    return ", ".join(parts)


def foreign_cores(trace: Trace) -> float | None:
    """Return the processors that other programs used on average while tasks ran; None if that is not known.

    It is not known for a server that runs already, whose processor time is not sampled.
    """
    groups = {sample.group for sample in trace.header.usage}
    if "as the given server is set" in trace.header.contract or "machine" not in groups:
        return None
    used = {group: cores(trace, group) for group in groups}
    machine = used.pop("machine")
    return None if machine is None else max(0.0, machine - sum(share or 0.0 for share in used.values()))
