"""Observes tasks that start processes of their own, each with a fresh worker, since such a task may never end."""

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from taskgauge.backends.processes.json_lines_child import write_answer
from taskgauge.suites.conformance import environment_variables
from taskgauge.suites.conformance.event_log.reader import EventLog, Record
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.outcomes import Deviation

_TIMEOUT = 8.0
"""Seconds in which such a task ends if nothing hinders it; its child would be busy for longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parented:
    """The outcome of a task that starts a process."""

    end: str
    """The status, or the lack of an end in words."""
    error: str = ""
    """The class of the task's exception."""


def observe_children(target: TargetHarness) -> Mapping[str, Parented]:
    """Run a task of each kind; return the outcomes by kind. Raises NotApplicable if tasks never run."""
    target.workers.check_runs()
    kinds = target.tasks("children").KINDS
    if target.runs == "worker":
        return {kind: _in_own_worker(target, task) for kind, task in kinds.items()}
    # Tasks that run in this process would fork it.
    keys = {kind: target.submitted.new_key(invariants=False) for kind in kinds}
    function = f"{__name__}:{run_here.__name__}"
    ends: dict[str, list[str]] = {}
    for kind, key in keys.items():
        try:
            ends[kind] = target.run_in_subprocess(function, kind, key, _harmless(target, key), timeout=_TIMEOUT + 30)
        except Deviation as deviation:
            ends[kind] = [f"its process: {deviation.seen}", ""]
    return {kind: Parented(end=end, error=error) for kind, (end, error) in ends.items()}


def run_here(kind: str, key: str, harmless: str) -> None:
    """Enqueue a task of this kind, and answer with its end and its error; this is a remote call.

    Then the process ends at once, because a child that is left may keep it.
    """
    from taskgauge.suites.conformance.tasks.children import KINDS  # noqa: PLC0415 -- needs the settings

    KINDS[kind].enqueue(key, harmless)
    events = EventLog(Path(os.environ[environment_variables.EVENT_LOG]))

    def finished() -> list[Record]:
        return events.records(key=key, event="signal", signal="task_finished")

    events.wait(finished, _TIMEOUT, lambda: None)
    ends = [[str(record["status"]), ", ".join(record["errors"])] for record in finished()]
    write_answer({"returned": ends[-1] if ends else [_no_end(_TIMEOUT), ""]})
    os._exit(0)


def _in_own_worker(target: TargetHarness, task: object) -> Parented:
    target.workers.stop()
    worker = target.workers.add()
    harmless = _harmless(target, target.submitted.new_key())
    run: Run = target.submit(task, harmless, invariants=False)
    timeout = _TIMEOUT + target.bound("idle_pick_up", 1.0)
    with contextlib.suppress(Deviation):
        target.waiter.wait_for(run.has_ended, "it ends", timeout)
    parented = _outcome(run, timeout)
    Path(harmless).touch()
    worker.kill()
    return parented


def _harmless(target: TargetHarness, key: str) -> str:
    """Return the path of a file; a task that finds it starts no process."""
    return str(target.project.folder / f"harmless-{key}")


def _outcome(run: Run, timeout: float) -> Parented:
    if not run.has_ended():
        return Parented(end=_no_end(timeout) if run.starts() else "not run")
    if run.target.flag("supports_get_result"):
        result = run.look()
        return Parented(end=str(result.status), error=", ".join(error.exception_class_path for error in result.errors))
    if not run.signals("task_finished"):
        return Parented(end="last line reached; no end is reported")
    signal = run.signals("task_finished")[-1]
    return Parented(end=str(signal["status"]), error=", ".join(signal["errors"]))


def _no_end(timeout: float) -> str:
    return f"no end within {timeout:g} s"
