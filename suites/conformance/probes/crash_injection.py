"""Kills workers at several points of a task's life, all in one go, and sees what becomes of the tasks."""

import contextlib
import json
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from taskgauge.backends.descriptors.worker import WorkerProcess
from taskgauge.suites.conformance import environment_variables
from taskgauge.suites.conformance.event_log.reader import EventLog
from taskgauge.suites.conformance.event_log.receivers import MAY_DIE
from taskgauge.suites.conformance.harness.lookup_history import FINAL
from taskgauge.suites.conformance.harness.pausing import gate_file
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.outcomes import Deviation, Inconclusive, NotApplicable

BEFORE = "before the body"
PROCESS = "in the body, its process"
WORKER = "in the body, the worker"
AFTER = "after the body"
POINTS = (BEFORE, PROCESS, WORKER, AFTER)
UNDOCUMENTED = 15.0
"""Seconds for which a task is watched whose backend documents no bound of its recovery, or one beyond any run."""
FOR_EVER = 3600.0
"""Seconds that a task takes whose process is killed."""
_DEATH = 5.0
"""Seconds in which a process that got SIGKILL is gone."""
_MOMENT = 2.0
"""Seconds in which the signal comes that tells of a stored state."""
_BEHIND = 10
"""Tasks that wait behind the one whose worker is killed."""


@dataclass(slots=True, kw_only=True)
class Killed:
    """A task whose worker was killed, and what became of it."""

    run: Run
    at: float
    """When, on the clock of time.monotonic()."""
    status: str = ""
    """The last that was looked up; empty where results cannot be."""
    starts: int = 0
    """How often its first line was reached, in all."""
    finished: int = 0
    """How often task_finished was sent."""
    seconds: float | None = None
    """From the kill until it was FAILED, or run again and finished; None: neither was seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kills:
    """All of them, by the point at which the worker was killed; points that the target does not have are missing."""

    killed: dict[str, Killed] = field(default_factory=dict)
    behind: list[Run] = field(default_factory=list)
    """Tasks that waited when a worker was killed."""


def kills_of(target: TargetHarness) -> Kills:
    """Return what became of tasks whose worker was killed; raise NotApplicable where no worker process can be."""
    return target.observe_once(_observe)


def limit_of(target: TargetHarness) -> float:
    """Return the seconds within which a task must have recovered, or else is given up."""
    bound: float | None = target.descriptor.bounds.watched_recovery
    return UNDOCUMENTED if bound is None else bound * 1.5 + 10


def beyond_recovery(target: TargetHarness) -> float:
    """Return the seconds of a task that outlives any claim on it which is not renewed."""
    return (target.descriptor.bounds.watched_recovery or 0.0) * 1.3 + 1


def _observe(target: TargetHarness) -> Kills:
    if target.runs != "worker":
        raise NotApplicable("this target has no worker process of its own to kill")
    target.workers.stop()
    kills = Kills()
    workers = _Workers(target)
    with target.workers.killing():
        for point, signal_name in ((BEFORE, "task_started"), (AFTER, "task_finished")):
            _kill_at_signal(target, workers, kills, point, signal_name)
        _kill_in_body(target, workers, kills, PROCESS)
        _kill_in_body(target, workers, kills, WORKER)
        target.workers.start()
        _watch(target, kills)
    return kills


class _Workers:
    """One worker at a time, which may be killed."""

    def __init__(self, target: TargetHarness) -> None:
        self._target = target
        self._current: WorkerProcess | None = None

    @property
    def current(self) -> WorkerProcess:
        """A worker that is alive: the last one, or a new one."""
        if self._current is None or not self._current.is_alive:
            self._current = self._target.workers.add(environment={MAY_DIE: "1"})
        return self._current


def _kill_at_signal(target: TargetHarness, workers: _Workers, kills: Kills, point: str, name: str) -> None:
    """Have the process killed that sends a signal of the task, where any is sent."""
    worker = workers.current
    once = target.project.folder / f"once-{target.submitted.new_key()}"
    run = target.submit(target.tasks("killed").killed_by_receivers, when=name, once=str(once))
    # A worker that sends no such signal is known by the task's end; what is sent after the end has a moment more.
    with contextlib.suppress(Deviation):
        target.waiter.wait_for(lambda: once.exists() or run.has_ended(), "a kill")
        target.waiter.wait_for(once.exists, "a kill", _MOMENT)
    if once.exists():
        kills.killed[point] = Killed(run=run, at=time.monotonic())
        worker.wait(_DEATH)


def _kill_in_body(target: TargetHarness, workers: _Workers, kills: Kills, point: str) -> None:
    """Kill the process that runs a task, or the worker with all its processes."""
    worker = workers.current
    # Where it is run again, it is not to wait.
    with gate_file(target) as gate:
        run = target.submit(target.tasks().wait, str(gate))
        pid = run.start()["pid"]
        if point == PROCESS:
            if pid == worker.pid:
                gate.touch()
                run.end()
                return
            os.kill(pid, signal.SIGKILL)
            worker.wait(_DEATH)
        else:
            kills.behind.extend(target.submit(target.tasks().note) for _ in range(_BEHIND))
            worker.kill()
        kills.killed[point] = Killed(run=run, at=time.monotonic())


def _watch(target: TargetHarness, kills: Kills) -> None:
    """Wait until all have recovered, or for as long as that may take; then look at each."""
    end = time.monotonic() + limit_of(target)

    def have_recovered() -> bool:
        for one in kills.killed.values():
            if one.seconds is None and _has_recovered(target, one.run):
                one.seconds = time.monotonic() - one.at
        return all(one.seconds is not None for one in kills.killed.values())

    with contextlib.suppress(Deviation):
        target.waiter.wait_for(have_recovered, "killed tasks recover", end - time.monotonic())
    with contextlib.suppress(Deviation):
        target.waiter.wait_for(lambda: all(run.ends() for run in kills.behind), "those behind are run", _DEATH)
    for one in kills.killed.values():
        one.starts = len(one.run.starts())
        one.finished = len(one.run.signals("task_finished"))
        if target.flag("supports_get_result"):
            one.status = one.run.status()


def _has_recovered(target: TargetHarness, run: Run) -> bool:
    if target.flag("supports_get_result"):
        return run.status() in FINAL
    return bool(run.ends() or run.signals("task_finished"))


# Where a target's processes are the children of the one that enqueues, they are killed in a process of its own.


def strike(keys: Sequence[str], gate: str, number: int, seconds: float, patience: float) -> None:
    """Enqueue a task that takes some seconds, send its process a signal, and enqueue another; an errand.

    Tell what became of both after `patience` seconds at most: `started`, `same_process` (then nothing was sent),
    `status` and `starts` of the first, `after` (the second one's last lines). After SIGKILL the file `gate` lets the
    first end, should it be run again. Then end at once: a broken pool may wait for its processes for ever.
    """
    from taskgauge.suites.conformance.tasks import basic  # noqa: PLC0415 -- needs the settings

    witness = EventLog(Path(os.environ[environment_variables.EVENT_LOG]))
    result = basic.wait.enqueue(keys[0], gate, seconds)
    witness.wait(lambda: witness.of(keys[0], "started"), patience, lambda: None)
    started = witness.of(keys[0], "started")
    same_process = bool(started) and started[0]["pid"] == os.getpid()
    if started and not same_process:
        os.kill(started[0]["pid"], number)
        if number == signal.SIGKILL:
            Path(gate).touch()
        with contextlib.suppress(Exception):  # a broken pool may refuse it
            basic.note.enqueue(keys[1])
        witness.wait(lambda: basic.wait.get_result(result.id).is_finished, patience, lambda: None)
        witness.wait(lambda: witness.of(keys[1], "finished"), _DEATH, lambda: None)
    told = {
        "started": bool(started),
        "same_process": same_process,
        "status": str(basic.wait.get_result(result.id).status),
        "starts": len(witness.of(keys[0], "started")),
        "after": len(witness.of(keys[1], "finished")),
    }
    print(json.dumps(told), flush=True)  # noqa: T201 -- how an errand answers
    os._exit(0)


def struck(target: TargetHarness, number: int, seconds: float) -> dict[str, Any]:
    """Return what `strike` sees in a process of its own."""
    patience = limit_of(target) + min(seconds, _MOMENT)
    keys = [target.submitted.new_key(invariants=False) for _ in range(2)]
    gate = str(target.project.folder / f"gate-{keys[0]}")
    found: dict[str, Any] = target.run_in_subprocess(
        f"{__name__}:{strike.__name__}", keys, gate, number, seconds, patience, timeout=2 * patience + 60
    )
    if not found["started"]:
        raise Inconclusive("the task whose process was to be killed did not start")
    if found["same_process"]:
        raise NotApplicable("tasks run in the process that enqueues them, and end with it")
    return found
