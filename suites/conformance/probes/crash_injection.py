"""Crash injection: kills workers at several points of a task's life in one go, and observes the tasks."""

import contextlib
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from taskgauge.suites.conformance import environment_variables
from taskgauge.suites.conformance.event_log.reader import EventLog
from taskgauge.suites.conformance.event_log.receivers import MAY_DIE
from taskgauge.suites.conformance.harness.lookup_history import FINAL
from taskgauge.suites.conformance.harness.pausing import gate_file
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.harness.target_worker import TargetWorker
from taskgauge.suites.conformance.outcomes import Deviation, Inconclusive, NotApplicable
from taskgauge.suites.conformance.probes.as_shipped import AsShipped
from taskgauge.suites.conformance.remote_calls.calls import answer_and_die

BEFORE = "before the body"
PROCESS = "in the body, its process"
WORKER = "in the body, the worker"
AFTER = "after the body"
POINTS = (BEFORE, PROCESS, WORKER, AFTER)
UNDOCUMENTED = 15.0
"""Seconds to watch a task if the backend documents no bound of its recovery, or a bound longer than a run."""
FOR_EVER = 3600.0
"""Duration in seconds of a task whose process is killed."""
_DEATH_TIMEOUT = 5.0
"""Seconds in which a process must have ended after SIGKILL."""
_SIGNAL_TIMEOUT = 2.0
"""Seconds in which the signal of a stored state must come."""
_BEHIND = 10
"""The number of tasks that wait behind the task whose worker is killed."""


@dataclass(slots=True, kw_only=True)
class Killed:
    """A task whose worker was killed, and its outcome."""

    run: Run
    at: float
    """The moment of the kill, on the clock of time.monotonic()."""
    status: str = ""
    """The last status that was looked up; empty if results cannot be looked up."""
    starts: int = 0
    """The number of times that the first line was reached."""
    finished: int = 0
    """The number of times that task_finished was sent."""
    seconds: float | None = None
    """Seconds from the kill until the task was FAILED, or run again and finished; None if neither was seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kills:
    """The killed tasks by the point of the kill; points that the target does not have are missing."""

    killed: dict[str, Killed] = field(default_factory=dict)
    behind: list[Run] = field(default_factory=list)
    """Tasks that waited when a worker was killed."""


def kills_of(target: TargetHarness) -> Kills:
    """Return the outcomes of tasks whose worker was killed; raise NotApplicable if there is no worker process."""
    return target.observe_once(_observe)


def limit_of(target: TargetHarness) -> float:
    """Return the seconds in which a task must have recovered, or else counts as lost."""
    bound: float | None = target.descriptor.bounds.watched_recovery
    return UNDOCUMENTED if bound is None else bound * 1.5 + 10


def beyond_recovery(target: TargetHarness) -> float:
    """Return the duration in seconds of a task that outlives any claim on it that is not renewed."""
    return (target.descriptor.bounds.watched_recovery or 0.0) * 1.3 + 1


def _observe(target: TargetHarness) -> Kills:
    if target.runs != "worker":
        raise NotApplicable("this target has no worker process of its own to kill")
    target.workers.stop()
    kills = Kills()
    workers = _Workers(AsShipped(target))
    with target.workers.killing():
        for point, signal_name in ((BEFORE, "task_started"), (AFTER, "task_finished")):
            _kill_at_signal(target, workers, kills, point, signal_name)
        _kill_in_body(target, workers, kills, PROCESS)
        _kill_in_body(target, workers, kills, WORKER)
        workers.shipped.start_worker()
        _watch(target, kills)
    return kills


class _Workers:
    """Provides one worker at a time, which may be killed."""

    def __init__(self, shipped: AsShipped) -> None:
        self.shipped = shipped
        self._current: TargetWorker | None = None

    @property
    def current(self) -> TargetWorker:
        """A worker that is alive: the last worker, or a new one."""
        if self._current is None or not self._current.is_alive:
            self._current = self.shipped.add_worker(environment={MAY_DIE: "1"})
        return self._current


def _kill_at_signal(target: TargetHarness, workers: _Workers, kills: Kills, point: str, name: str) -> None:
    """Let the process that sends the signal of this name for a task be killed, if a process sends it."""
    worker = workers.current
    once = target.project.folder / f"once-{target.submitted.new_key()}"
    run = workers.shipped.submit("killed_by_receivers", module="killed", when=name, once=str(once))
    # If the task ends first, the worker sends no such signal, or sends it soon after the end.
    with contextlib.suppress(Deviation):
        target.waiter.wait_for(lambda: once.exists() or run.has_ended(), "a kill", sign=True)
        target.waiter.wait_for(once.exists, "a kill", _SIGNAL_TIMEOUT)
    if once.exists():
        kills.killed[point] = Killed(run=run, at=time.monotonic())
        worker.wait(_DEATH_TIMEOUT)


def _kill_in_body(target: TargetHarness, workers: _Workers, kills: Kills, point: str) -> None:
    """Kill the process that runs a task, or the worker with all its processes."""
    worker = workers.current
    # The gate opens after the kill, so that a second execution does not wait.
    with gate_file(target) as gate:
        run = workers.shipped.submit("wait", str(gate))
        pid = run.start()["pid"]
        if point == PROCESS:
            if pid == worker.pid:
                gate.touch()
                run.end()
                return
            os.kill(pid, signal.SIGKILL)
            worker.wait(_DEATH_TIMEOUT)
        else:
            kills.behind.extend(workers.shipped.submit_all("note", _BEHIND))
            worker.kill()
        kills.killed[point] = Killed(run=run, at=time.monotonic())


def _watch(target: TargetHarness, kills: Kills) -> None:
    """Wait until all killed tasks have recovered, or for as long as that may take; then record their outcomes."""
    end = time.monotonic() + limit_of(target)

    def have_recovered() -> bool:
        for killed in kills.killed.values():
            if killed.seconds is None and _has_recovered(target, killed.run):
                killed.seconds = time.monotonic() - killed.at
        return all(killed.seconds is not None for killed in kills.killed.values())

    with contextlib.suppress(Deviation):
        target.waiter.wait_for(have_recovered, "killed tasks recover", end - time.monotonic())
    with contextlib.suppress(Deviation):
        target.waiter.wait_for(lambda: all(run.ends() for run in kills.behind), "those behind are run", _DEATH_TIMEOUT)
    for killed in kills.killed.values():
        killed.starts = len(killed.run.starts())
        killed.finished = len(killed.run.signals("task_finished"))
        if target.flag("supports_get_result"):
            killed.status = killed.run.status()


def _has_recovered(target: TargetHarness, run: Run) -> bool:
    if target.flag("supports_get_result"):
        return run.status() in FINAL
    return bool(run.ends() or run.signals("task_finished"))


# If a target's processes are children of the process that enqueues, a separate process enqueues and kills them.


def kill_and_observe(keys: Sequence[str], gate: str, number: int, seconds: float, timeout: float) -> None:
    """Enqueue a task that takes some seconds, send its process a signal, and enqueue another task.

    This is a remote call: it runs in another process. It answers with the outcomes after at most `timeout` seconds:
    `started`, `same_process` (then no signal was sent), `status` and `starts` of the first task, and `after` (the last
    lines of the second task). After SIGKILL the file `gate` lets the first task end if it is run again. Then the
    process ends at once, because a broken pool may wait for its processes for ever.
    """
    from taskgauge.suites.conformance.tasks import basic  # noqa: PLC0415 -- needs the settings

    events = EventLog(Path(os.environ[environment_variables.EVENT_LOG]))
    result = basic.wait.enqueue(keys[0], gate, seconds)
    events.wait(lambda: events.of(keys[0], "started"), timeout, lambda: None)
    started = events.of(keys[0], "started")
    same_process = bool(started) and started[0]["pid"] == os.getpid()
    if started and not same_process:
        os.kill(started[0]["pid"], number)
        if number == signal.SIGKILL:
            Path(gate).touch()
        with contextlib.suppress(Exception):  # a broken pool may refuse the task
            basic.note.enqueue(keys[1])
        events.wait(lambda: basic.wait.get_result(result.id).is_finished, timeout, lambda: None)
        events.wait(lambda: events.of(keys[1], "finished"), _DEATH_TIMEOUT, lambda: None)
    outcomes = {
        "started": bool(started),
        "same_process": same_process,
        "status": str(basic.wait.get_result(result.id).status),
        "starts": len(events.of(keys[0], "started")),
        "after": len(events.of(keys[1], "finished")),
    }
    answer_and_die(outcomes)


def kill_in_subprocess(target: TargetHarness, number: int, seconds: float) -> dict[str, Any]:
    """Run `kill_and_observe` in another process and return the outcomes."""
    timeout = limit_of(target) + min(seconds, _SIGNAL_TIMEOUT)
    keys = [target.submitted.new_key(invariants=False) for _ in range(2)]
    gate = str(target.project.folder / f"gate-{keys[0]}")
    outcomes: dict[str, Any] = target.run_in_subprocess(
        f"{__name__}:{kill_and_observe.__name__}",
        *(keys, gate, number, seconds, timeout),
        settings=AsShipped(target).settings,
        timeout=2 * timeout + 60,
    )
    if not outcomes["started"]:
        raise Inconclusive("the task whose process was to be killed did not start")
    if outcomes["same_process"]:
        raise NotApplicable("tasks run in the process that enqueues them, and end with it")
    return outcomes
