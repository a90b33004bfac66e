"""The history of a session: the tasks that ran, were lost, ran twice or were left, and the rate if there is one."""

from collections.abc import Sequence
from dataclasses import dataclass

from taskgauge.reports.run_folder.traces import NEVER, Trace

_NS_PER_S = 1_000_000_000
_NAMED = 5
_DRAINS = {"backlog", "burst"}
"""The arrivals of workloads that are drained for the time of a box."""
_FINISHED = {"SUCCESSFUL", "FAILED"}
"""The statuses that a task which never ran cannot have; a worker that reads ahead may call it RUNNING."""
_TRUE = {"SUCCESSFUL", "UNKNOWN"}
"""The statuses that a finished task may have; a backend may keep few results, and forget others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The tasks of one session by their fate."""

    enqueued: int
    ran: int
    """The number of enqueued tasks that finished; of a drain, before its box was over."""
    left: int
    """The number of enqueued tasks that were waiting or running when the session's time, or its box, was over."""
    lost: tuple[int, ...]
    """Numbers of tasks that were enqueued and never ran, although workers had nothing else to do."""
    unfinished: tuple[int, ...]
    """Numbers of tasks that started and did not finish, although workers had nothing else to do."""
    doubled: tuple[int, ...]
    """Numbers of tasks that ran more than once."""
    wrong_states: tuple[str, ...]
    """Phrases on results whose status contradicts the event log."""

    @property
    def affected(self) -> int:
        """The number of tasks that did not run exactly once."""
        return len({*self.lost, *self.unfinished, *self.doubled})

    @property
    def fault(self) -> str:
        """A phrase on everything that forbids a rate; empty if the history conforms."""
        parts = [
            f"{len(numbers)} {words} ({_names(numbers)})"
            for numbers, words in (
                (self.lost, "lost"),
                (self.unfinished, "started and not finished"),
                (self.doubled, "run more than once"),
            )
            if numbers
        ]
        parts += self.wrong_states
        return f"of {self.enqueued:,} tasks {', '.join(parts)}" if parts else ""


def delivery(trace: Trace) -> Delivery:
    """Return the fate of the tasks of a session that was not cut short."""
    enqueued = [number for number, at in enumerate(trace.enqueue_end) if at != NEVER]
    not_started = [number for number in enqueued if trace.started[number] == NEVER]
    not_finished = [number for number in enqueued if trace.finished[number] == NEVER and trace.started[number] != NEVER]
    quiet = trace.header.ending == "quiet"
    ran = len(enqueued) - len(not_started) - len(not_finished)
    if trace.header.workload.arrival in _DRAINS:
        ran = min(ran, len(finished_in_box(trace)))  # workers go on while results are looked up
    return Delivery(
        enqueued=len(enqueued),
        ran=ran,
        left=0 if quiet else len(enqueued) - ran,
        lost=tuple(not_started) if quiet else (),
        unfinished=tuple(not_finished) if quiet else (),
        doubled=trace.header.doubled,
        wrong_states=tuple(_wrong_states(trace)),
    )


def finished_in_box(trace: Trace) -> list[int]:
    """Return the times at which tasks finished, in order, up to the end of the box that begins at the first start."""
    first = min((at for at in trace.started if at != NEVER), default=NEVER)
    end = first + round(trace.header.workload.box * _NS_PER_S)
    return sorted(at for at in trace.finished if at != NEVER and at <= end)


def rate(trace: Trace) -> float | None:
    """Return the tasks a second, from the first start to the last finish or to the end of the box.

    Return None if the session has no conforming history, was cut short, or finished no task.
    """
    header = trace.header
    if header.ending not in {"all ran", "box"} or delivery(trace).fault:
        return None
    finished = finished_in_box(trace)
    if not finished:
        return None
    first = min(at for at in trace.started if at != NEVER)
    # A session that ran everything has no idle time after its last finish; any other session filled its box.
    enqueued = sum(at != NEVER for at in trace.enqueue_end)
    last = finished[-1] if len(finished) >= enqueued else first + round(header.workload.box * _NS_PER_S)
    return len(finished) * _NS_PER_S / (last - first)


def seconds(trace: Trace) -> float:
    """Return the seconds from the first start to the last finish, at most the box; 0 if nothing ran."""
    started = [at for at in trace.started if at != NEVER]
    finished = [at for at in trace.finished if at != NEVER]
    if not started or not finished:
        return 0.0
    return min((max(finished) - min(started)) / _NS_PER_S, trace.header.workload.box)


def worker_seconds(trace: Trace) -> float | None:
    """Return the seconds from the start of the worker's command until it ended by itself, or until the last finish.

    Return None if there was no command, or if tasks were left.
    """
    begin, end = trace.header.worker_begin, trace.header.worker_end
    if not begin or trace.header.ending != "all ran":
        return None
    return ((end or max(trace.finished)) - begin) / _NS_PER_S


def _wrong_states(trace: Trace) -> list[str]:
    finished = {state: count for state, count in trace.header.states.items() if state not in _TRUE}
    left = {state: count for state, count in trace.header.states_of_left.items() if state in _FINISHED}
    phrases = [f"{count} that ran reported as {state}" for state, count in sorted(finished.items())]
    return phrases + [f"{count} that never ran reported as {state}" for state, count in sorted(left.items())]


def _names(numbers: Sequence[int]) -> str:
    named = ", ".join(f"task {number}" for number in numbers[:_NAMED])
    more = len(numbers) - _NAMED
    return f"{named} and {more} more" if more > 0 else named
