"""Observes tasks whose function is gone when a worker wants to start them: modules are changed while tasks wait."""

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

LOOK = "taskgauge.suites.conformance.result_facts:try_to_look_up"
_SOURCE = '''"""A module of the project; a test changes it."""

from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.basic import finished, started


@task
def vanishing(key):
    started(key)
    finished(key)
'''
_WAYS: Mapping[str, Callable[[str], str | None]] = {
    "function renamed": lambda source: source.replace("def vanishing", "def renamed"),
    "no task any more": lambda source: source.replace("@task\n", ""),
    "import error": lambda source: f'{source}\nraise ImportError("a module this one needs is gone")\n',
    "module gone": lambda _source: None,
}
WAYS = tuple(_WAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vanished:
    """Tasks that could not be started, by what had been done to their module."""

    runs: Mapping[str, Run]
    ends: Mapping[str, Any]
    """The finished result; or, in words, what was seen instead."""
    seen_before: Attempted[str]
    """What a fresh process saw of a READY result whose function had been renamed; empty where none could look."""
    seen_after: Attempted[str]
    """The same of one that was SUCCESSFUL."""


def observe_vanishing(target: TargetHarness) -> Vanished:
    """Enqueue tasks while none runs, change their modules, and let workers come that never saw them as they were."""
    _check(target)
    modules = {way: _Module(target) for way in WAYS}
    runs = {}
    seen_before = Attempted(str)
    try:
        with paused(target):
            for way, module in modules.items():
                runs[way] = target.submit(module.task, invariants=False)
                module.change(_WAYS[way])
            if target.runs == "worker" and target.flag("supports_get_result"):
                seen_before = Attempted(lambda: target.run_in_subprocess(LOOK, runs[WAYS[0]].id))
        ends = _ends(target, runs)
    finally:
        for module in modules.values():
            module.restore()
    # What these say is recorded; no requirement must depend on it.
    seen_after = Attempted(lambda: _seen_after(target))
    return Vanished(runs=runs, ends=ends, seen_before=seen_before, seen_after=seen_after)


def _check(target: TargetHarness) -> None:
    if target.runs in {"inside", "threads"}:
        raise NotApplicable("tasks are kept as objects in the process that enqueues them, so none can be gone")
    if target.runs == "processes" and not target.descriptor.pausable:
        raise NotApplicable("its processes cannot be started anew")


def _ends(target: TargetHarness, runs: Mapping[str, Run]) -> dict[str, Any]:
    ends: dict[str, Any] = {}
    patience: float | None = None
    for way, run in runs.items():
        try:
            target.workers.start()
            ends[way] = run.outcome(patience)
        except Deviation as deviation:
            ends[way] = deviation.seen
            patience = 5.0  # whatever keeps one from its end may well keep the others
    return ends


def _seen_after(target: TargetHarness) -> str:
    if target.runs != "worker":
        return ""
    # A worker may have ended with the last of those that it could not start.
    target.workers.start()
    module = _Module(target)
    try:
        run = target.submit(module.task)
        run.outcome()
        module.change(_WAYS[WAYS[0]])
        seen: str = target.run_in_subprocess(LOOK, run.id)
    finally:
        module.restore()
    return seen


class _Module:
    """A module in the project's folder, imported here as it is now."""

    def __init__(self, target: TargetHarness) -> None:
        name = f"vanishing_{target.submitted.new_key().replace('-', '_')}"
        self._path: Path = target.project.folder / f"{name}.py"
        self.restore()
        with _no_bytecode():
            self.task = importlib.import_module(name).vanishing

    def change(self, way: Callable[[str], str | None]) -> None:
        source = way(_SOURCE)
        if source is None:
            self._path.unlink()
        else:
            self._path.write_text(source, encoding="utf-8")

    def restore(self) -> None:
        self._path.write_text(_SOURCE, encoding="utf-8")
        importlib.invalidate_caches()


@contextlib.contextmanager
def _no_bytecode() -> Iterator[None]:
    """Leave no compiled file: it could outlive a change of the source within the same second."""
    before = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.dont_write_bytecode = before
