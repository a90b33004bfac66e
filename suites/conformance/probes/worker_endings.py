"""Ends workers in mid-task by several signals, or lets the task end its process, and observes the tasks."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from taskgauge.backends.descriptors.worker import WorkerProcess
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.outcomes import Deviation, NotApplicable
from taskgauge.suites.conformance.probes.crash_injection import limit_of

EXITS = "its process ends with code 0"
_BODY = 2.0
"""Seconds that a task takes while its worker gets a signal."""
_SECOND = 0.3
"""Seconds from a first signal to a second."""
_GRACE = 5.0
"""Seconds after the task's end in which a worker ends, or else counts as running on."""


@dataclass(slots=True, kw_only=True)
class Ended:
    """A task whose worker or process was ended, and its outcome."""

    run: Run
    worker: str
    """The state of the worker afterwards, in words."""
    status: str
    """The status at that time; empty if results cannot be looked up."""
    outcome: str = ""
    """The outcome when another worker had its time, in words."""


def observe_endings(target: TargetHarness) -> Mapping[str, Ended]:
    """Return the tasks by the way in which their worker ended; each way has a worker of its own.

    Raises NotApplicable if the target has no worker process.
    """
    if target.runs != "worker":
        raise NotApplicable("this target has no worker process of its own to signal")
    target.workers.stop()
    with target.workers.killing():
        ended = {name: _signalled(target, send) for name, send in _WAYS.items()}
        harmless = target.project.folder / f"harmless-{target.submitted.new_key()}"
        ended[EXITS] = _exited(target, str(harmless))
        # A second execution ends in order.
        harmless.touch()
        target.workers.start()
        _watch(target, ended)
    return ended


def _signalled(target: TargetHarness, send: Callable[[WorkerProcess], None]) -> Ended:
    worker = target.workers.add()
    run = target.submit(target.tasks().wait, str(target.project.folder / "never"), _BODY, invariants=False)
    run.start()
    send(worker)
    return _ended(target, worker, run)


def _exited(target: TargetHarness, harmless: str) -> Ended:
    worker = target.workers.add()
    run = target.submit(target.tasks("failures").exit_until, harmless, invariants=False)
    run.start()
    return _ended(target, worker, run)


def _ended(target: TargetHarness, worker: WorkerProcess, run: Run) -> Ended:
    begin = time.monotonic()
    code = worker.wait(_BODY + _GRACE)
    state = "runs on" if code is None else f"ends with code {code} after {time.monotonic() - begin:.1f} s"
    status = run.status() if target.flag("supports_get_result") else ""
    worker.kill()
    return Ended(run=run, worker=f"the worker {state}", status=status)


def _watch(target: TargetHarness, ended: Mapping[str, Ended]) -> None:
    """Wait until another worker has run the tasks, or for as long as a recovery takes; then record their outcomes."""
    with contextlib.suppress(Deviation):
        target.waiter.wait_for(
            lambda: all(task.run.has_ended() for task in ended.values()), "all end", limit_of(target)
        )
    for task in ended.values():
        has_results = target.flag("supports_get_result")
        state = task.run.status() if has_results else "finished" if task.run.has_ended() else "not finished"
        task.outcome = f"{state}, executed {len(task.run.starts())} times"


def _twice(number: signal.Signals, worker: WorkerProcess) -> None:
    worker.signal(number)
    time.sleep(_SECOND)
    worker.signal(number)


def _once(number: signal.Signals, worker: WorkerProcess) -> None:
    worker.signal(number)


def _group(number: signal.Signals, worker: WorkerProcess) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(worker.pid, number)


_WAYS: Mapping[str, Callable[[WorkerProcess], None]] = {
    "SIGTERM twice": partial(_twice, signal.SIGTERM),
    "SIGINT twice": partial(_twice, signal.SIGINT),
    "SIGQUIT": partial(_once, signal.SIGQUIT),
    "SIGHUP": partial(_once, signal.SIGHUP),
    "SIGTERM to its process group": partial(_group, signal.SIGTERM),
    "SIGINT to its process group": partial(_group, signal.SIGINT),
}
