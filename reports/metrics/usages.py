"""Memory and processor time of a session, by group of processes."""

from itertools import pairwise

from taskgauge.reports.run_folder.traces import NEVER, Trace, Usage

_THOUSAND = 1_000
_NS_PER_S = 1_000_000_000


def cpu_per_thousand(trace: Trace, group: str) -> float | None:
    """Return the processor seconds of a group for 1,000 tasks, between samples around the run of the tasks.

    Return None without two samples, or if no task finished between them.
    """
    samples = while_tasks_ran(trace, group)
    if len(samples) < 2:
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


def while_tasks_ran(trace: Trace, group: str) -> list[Usage]:
    """Return the samples of a group while tasks ran, in their order; none if no task started.

    They are those from the first start of a task to the first sample at or after the end, or to the last sample if none
    is as late. The end is the last finish if all tasks ran, and otherwise the end of the box.
    """
    first = min((at for at in trace.started if at != NEVER), default=NEVER)
    if first == NEVER:
        return []
    box = round(trace.header.workload.box * _NS_PER_S)
    end = max(trace.finished) if trace.header.ending == "all ran" else first + box
    samples = [sample for sample in trace.header.usage if sample.group == group and sample.at >= first]
    within = sum(sample.at < end for sample in samples)
    return samples[: within + 1]
