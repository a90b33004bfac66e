"""A worker that is stopped in mid-task for longer than its claim, and comes back when another has run the task."""

import contextlib
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass

from taskgauge.backends.descriptors.worker import WorkerProcess
from taskgauge.suites.conformance.harness.pausing import gate_file
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.outcomes import Deviation, NotApplicable
from taskgauge.suites.conformance.probes.crash_injection import WORKER, kills_of, limit_of
from taskgauge.suites.conformance.result_facts import facts_of

_BACK = 5.0
"""Seconds in which a worker that came back must reach the end of its task."""
_CHANGED = 3.0
"""Seconds after that in which it stores what it has to store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stalled:
    """A task that one worker began and another ended, before the first came back."""

    run: Run
    before: Mapping[str, str]
    """The facts of the result when the other worker had ended the task; empty if results cannot be looked up."""
    after: Mapping[str, str]
    """The same facts when the stalled worker had come back."""
    starts: int
    ends: int
    finished: int
    """The number of times that task_finished was sent."""
    worker: str
    """The state of the worker that came back, in words."""


def observe_stalled(target: TargetHarness) -> Stalled:
    """Stop the processes of a worker in mid-task until another worker has run the task, and let them go on.

    Raises NotApplicable if no other worker runs the task again within the time that a recovery takes.
    """
    killed = kills_of(target).killed.get(WORKER)
    if killed is None or killed.starts < 2:
        raise NotApplicable("no other worker runs the task of a worker that is gone")
    target.workers.stop()
    stalled = target.workers.add()
    with target.workers.killing(), gate_file(target) as gate:
        run = target.submit(target.tasks().wait, str(gate))
        run.start()
        _signal_all(stalled, signal.SIGSTOP)
        try:
            other = target.workers.add()
            gate.touch()
            _await_other(target, run)
            before = _facts(run)
        finally:
            _signal_all(stalled, signal.SIGCONT)
        target.events.wait(lambda: len(run.ends()) > 1 or not stalled.is_alive, _BACK, lambda: None)
        target.events.wait(lambda: _facts(run) != before, _CHANGED, lambda: None)
        after = _facts(run)
        target.workers.end(other)
        return Stalled(
            run=run,
            before=before,
            after=after,
            starts=len(run.starts()),
            ends=len(run.ends()),
            finished=len(run.signals("task_finished")),
            worker=_state_of(target, stalled),
        )


def _await_other(target: TargetHarness, run: Run) -> None:
    """Wait until another worker has ended the task; raise NotApplicable if it does not."""
    try:
        target.waiter.wait_for(lambda: run.ends() and run.has_ended(), "another worker runs the task", limit_of(target))
    except Deviation as deviation:
        raise NotApplicable(f"no other worker runs the task of a stalled worker: {deviation.seen}") from deviation


def _facts(run: Run) -> dict[str, str]:
    return facts_of(run.look()) if run.target.flag("supports_get_result") else {}


def _state_of(target: TargetHarness, worker: WorkerProcess) -> str:
    """Return whether the worker that came back has ended, or runs another task, in words."""
    following = target.submit(target.tasks().note)
    with contextlib.suppress(Deviation):
        target.waiter.wait_for(lambda: following.ends() or not worker.is_alive, "it runs")
    if not worker.is_alive:
        return f"has ended with code {worker.wait(0)}"
    return "runs what comes afterwards" if following.ends() else "runs nothing that comes afterwards"


def _signal_all(worker: WorkerProcess, number: signal.Signals) -> None:
    """Send a signal to all processes of a worker."""
    for pid in (worker.pid, *(child.pid for child in worker.children())):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
