"""Observes tasks whose function is missing when a worker starts them: modules are changed while tasks wait."""

import contextlib
import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from taskgauge.suites.conformance.harness.attempted import Attempted
from taskgauge.suites.conformance.harness.pausing import paused
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.outcomes import Deviation, NotApplicable

_LOOK_UP = "taskgauge.suites.conformance.result_facts:try_to_look_up"
_SOURCE = '''"""A module of the project; a test changes it."""

from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.basic import finished, started


@task
def vanishing(key):
    started(key)
    finished(key)
'''
NO_TASK = "no task any more"
"""The change after which the path of a task names a plain function."""
_DEPLOY_CHANGES: Mapping[str, Callable[[str], str | None]] = {
    "function renamed": lambda source: source.replace("def vanishing", "def renamed"),
    NO_TASK: lambda source: source.replace("@task\n", ""),
    "import error": lambda source: f'{source}\nraise ImportError("a module this one needs is gone")\n',
    "module gone": lambda _source: None,
}
DEPLOY_CHANGES = tuple(_DEPLOY_CHANGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vanished:
    """Tasks that a worker could not start, by the change of their module."""

    runs: Mapping[str, Run]
    ends: Mapping[str, Any]
    """The finished results, or descriptions of what was seen instead."""
    seen_before: Attempted[str]
    """The look-up in a fresh process of a READY result whose function was renamed; empty if no look-up was possible."""
    seen_after: Attempted[str]
    """The same look-up of a SUCCESSFUL result."""


def observe_missing_modules(target: TargetHarness) -> Vanished:
    """Enqueue tasks while none runs, change their modules, and start workers that never imported the old modules."""
    _check(target)
    modules = {change: _Module(target) for change in DEPLOY_CHANGES}
    runs = {}
    seen_before = Attempted(str)
    try:
        with paused(target):
            for change, module in modules.items():
                runs[change] = target.submit(module.task, invariants=False)
                module.change(_DEPLOY_CHANGES[change])
            if target.runs == "worker" and target.flag("supports_get_result"):
                seen_before = Attempted(lambda: target.run_in_subprocess(_LOOK_UP, runs[DEPLOY_CHANGES[0]].id))
        ends = _ends(target, runs)
    finally:
        for module in modules.values():
            module.restore()
    # These look-ups are only recorded; no requirement depends on them.
    seen_after = Attempted(lambda: _seen_after(target))
    return Vanished(runs=runs, ends=ends, seen_before=seen_before, seen_after=seen_after)


def _check(target: TargetHarness) -> None:
    if target.runs in {"inside", "threads"}:
        raise NotApplicable("tasks are kept as objects in the process that enqueues them, so none can be gone")
    if target.runs == "processes" and not target.descriptor.pausable:
        raise NotApplicable("its processes cannot be restarted")


def _ends(target: TargetHarness, runs: Mapping[str, Run]) -> dict[str, Any]:
    ends: dict[str, Any] = {}
    timeout: float | None = None
    for change, run in runs.items():
        try:
            target.workers.start()
            ends[change] = run.outcome(timeout)
        except Deviation as deviation:
            ends[change] = deviation.seen
            timeout = 5.0  # the other tasks are likely to hang for the same reason
    return ends


def _seen_after(target: TargetHarness) -> str:
    if target.runs != "worker":
        return ""
    # The last task that could not be started may have ended the worker.
    target.workers.start()
    module = _Module(target)
    try:
        run = target.submit(module.task)
        run.outcome()
        module.change(_DEPLOY_CHANGES[DEPLOY_CHANGES[0]])
        seen: str = target.run_in_subprocess(_LOOK_UP, run.id)
    finally:
        module.restore()
    return seen


class _Module:
    """A module in the project's folder, which this process imports before any change."""

    def __init__(self, target: TargetHarness) -> None:
        name = f"vanishing_{target.submitted.new_key().replace('-', '_')}"
        self._path: Path = target.project.folder / f"{name}.py"
        self.restore()
        with _no_bytecode():
            self.task = importlib.import_module(name).vanishing

    def change(self, change: Callable[[str], str | None]) -> None:
        source = change(_SOURCE)
        if source is None:
            self._path.unlink()
        else:
            self._path.write_text(source, encoding="utf-8")

    def restore(self) -> None:
        self._path.write_text(_SOURCE, encoding="utf-8")
        importlib.invalidate_caches()


@contextlib.contextmanager
def _no_bytecode() -> Iterator[None]:
    """Write no compiled files: they could hide a change of the source within the same second."""
    before = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.dont_write_bytecode = before
