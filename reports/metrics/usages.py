"""Memory and processor time of a session, by group of processes."""

from itertools import pairwise

from taskgauge.reports.run_folder.traces import NEVER, Trace

_THOUSAND = 1_000


def cpu_per_thousand(trace: Trace, group: str) -> float | None:
    """Return the processor seconds of a group for 1,000 tasks, between samples around the run of the tasks.

    Return None without two samples, or if no task finished between them.
    """
    first = min((at for at in trace.started if at != NEVER), default=NEVER)
    samples = [sample for sample in trace.header.usage if sample.group == group and sample.at >= first]
    if first == NEVER or len(samples) < 2:
        return None
    begin, end = samples[0], samples[-1]
    finished = sum(begin.at < at <= end.at for at in trace.finished)
    if not finished:
        return None
    # A process that ends takes its time with it, so only growth counts.
    grown = sum(max(0.0, after.cpu_seconds - before.cpu_seconds) for before, after in pairwise(samples))
    return grown / finished * _THOUSAND


def largest_memory(trace: Trace) -> float | None:
    """Return the most resident MiB of all workers together, or None if they were never sampled."""
    sizes = [sample.resident_bytes for sample in trace.header.usage if sample.group == "workers"]
    return max(sizes) / 2**20 if sizes else None
