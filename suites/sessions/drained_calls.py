"""The calls of enqueue() of a drain, as a trace of the part that times calls: both parts enqueue alike.

They come before a worker runs. A backend that cannot wait runs tasks meanwhile, in a session of calls as well.
"""

from array import array
from bisect import bisect_right
from dataclasses import replace
from pathlib import Path

from taskgauge.reports.run_folder.traces import NEVER, Trace, Workload, empty_times, read_traces
from taskgauge.suites.sessions.session import SessionPlan

_NS_PER_S = 1_000_000_000
_DRAINS = "throughput"


def drained_calls(plan: SessionPlan, run_folder: Path) -> Trace | None:
    """Return the trace that a session which only calls enqueue() would leave, from the drain of the same target.

    Return None if the run folder has no drain of this target, row and repetition that enqueued as many tasks. Raise
    RunFileBroken.
    """
    target, load = plan.load().name, plan.workload
    files = sorted((run_folder / _DRAINS).glob(f"{plan.repetition:04d}-{target}-*"))
    return next((calls_of(drain, plan) for drain in read_traces(files) if _is_alike(drain, target, load)), None)


def _is_alike(drain: Trace, target: str, load: Workload) -> bool:
    """Return True if a drain of a target enqueued what the workload enqueues, in the same way and completely."""
    drained = drain.header.workload
    alike = (Workload(arrival=drained.arrival, tasks=load.tasks, row=load.row, box=drained.box), target)
    return (drained, drain.header.target) == alike and all(at != NEVER for at in drain.enqueue_end)


def calls_of(drain: Trace, plan: SessionPlan) -> Trace:
    """Return the calls of a drain that began within the box of a plan, as a trace of that plan."""
    box = round(plan.workload.box * _NS_PER_S)
    count = bisect_right(drain.enqueue_begin, drain.enqueue_begin[0] + box)
    nothing = empty_times(len(drain.enqueue_begin))

    def within_box(column: array[int]) -> array[int]:
        return column[:count] + nothing[count:]

    header = replace(
        drain.header,
        part=plan.part,
        workload=plan.workload,
        ending="enqueued",
        reason="",
        doubled=(),
        states={},
        states_of_left={},
        usage=(),
        log_bytes=0,
        worker_begin=0,
        worker_end=0,
    )
    return Trace(
        header=header,
        intended=nothing,
        enqueue_begin=within_box(drain.enqueue_begin),
        enqueue_end=within_box(drain.enqueue_end),
        started=nothing,
        finished=nothing,
    )
