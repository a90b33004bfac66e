"""Conformance of both sides: the suite runs in the environments of base and head at the same time.

A single failure of head is not a regression: a busy machine may delay a worker as well. Such a target is checked once
more as a whole, since many requirements are judged by all tests together: base first, then head, so that they do not
share the machine. On a server that the user provides, the sides always run in turn, since both empty what they use.
"""

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from taskgauge.backends.descriptors.reader import load_target
from taskgauge.backends.environments.external_command import ExternalFailed
from taskgauge.backends.environments.install_self import has_ours, install_ours
from taskgauge.backends.environments.installer import Installer
from taskgauge.backends.services import is_given
from taskgauge.reports.judging.gate.conformance_rows import is_doubtful
from taskgauge.reports.run_folder.gate_folder import AGAIN
from taskgauge.reports.run_folder.target_results import TargetResults, read_target
from taskgauge.suites.conformance.harness.target_run import RunOptions, TargetRun, outcome_of
from taskgauge.suites.gate.gate_context import GateContext
from taskgauge.suites.gate.problems import SideProblem
from taskgauge.suites.gate.process_profile import DJANGO, RESULT_TYPES, ProcessProfile
from taskgauge.suites.gate.sides import InstalledSide

PART = "conformance"
_LOOK_SECONDS = 0.2
_PATIENCE = 300.0
"""The seconds that one test may take; the longest wait for a worker's recovery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SideTarget:
    """A target to check on one side."""

    label: str
    argument: str
    """The argument of the suite's `--target`."""
    in_turn: bool = False
    """True if its stores are on a server that the user provides, which two runs cannot use at the same time."""


def targets_of(
    names: Sequence[str], profiles: Sequence[ProcessProfile], side: str, *, workers: bool
) -> list[SideTarget]:
    """Return the targets to check on a side; with `workers`, also targets with a worker, which take minutes."""
    own = {profile.name: profile.targets[side] for profile in profiles if profile.targets is not None}
    side_targets = []
    for name in names:
        if name == RESULT_TYPES or (has_worker(name, profiles) and not workers):
            continue
        target = own.get(name) or load_target(name)
        argument = target.name
        if target.descriptor.path.name == "pyproject.toml":
            argument = str(target.descriptor.path) + (f"@{target.store}" if target.store else "")
        in_turn = any(map(is_given, target.kinds))
        side_targets.append(SideTarget(label=target.name, argument=argument, in_turn=in_turn))
    return side_targets


def has_worker(name: str, profiles: Sequence[ProcessProfile]) -> bool:
    """Return True if a target has a worker."""
    own = {profile.name: profile.targets["base"] for profile in profiles if profile.targets is not None}
    return name not in {RESULT_TYPES, *DJANGO} and (own.get(name) or load_target(name)).worker is not None


def make_ready(installer: Installer, side: InstalledSide) -> None:
    """Install Taskgauge in a side's environment unless it is installed. Raises SideProblem, Interrupted."""
    try:
        if not has_ours(side.environment):
            install_ours(installer, side.environment)
    except ExternalFailed as error:
        raise SideProblem(side.name, "cannot be prepared", f"Taskgauge cannot be installed there: {error}") from error


class SideChecks:
    """Checks the targets on both sides, and writes `gate/conformance/SIDE/TARGET.json`."""

    def __init__(self, context: GateContext, day: date, say: Callable[[str], None]) -> None:
        """Start nothing yet; `day` is the day of the run, for the expiry of known failures."""
        self._context = context
        self._day = day
        self._say = say

    def check(self, target: tuple[SideTarget, SideTarget]) -> None:
        """Check a target on base and on head, and once more if head seems to break a requirement.

        Raises ReportError, and Interrupted after all its processes ended.
        """
        base, head = self._check(target, again=False)
        if not self._context.sides.are_alike and is_doubtful(base, head, self._day):
            self._say(f"{target[1].label}: head breaks requirements that base keeps, so both are checked again")
            self._check(target, again=True)

    def _check(self, target: tuple[SideTarget, SideTarget], *, again: bool) -> list[TargetResults]:
        """Return the results of the target on base and on head."""
        results = []
        both = list(zip(("base", "head"), target, strict=True))
        for group in [[pair] for pair in both] if again or target[0].in_turn else [both]:
            runs = [self._run(side, side_target) for side, side_target in group]
            self._watch(runs, again=again)
            for side, run in runs:
                self._say(f"{side} {outcome_of(read_target(run.file))}")
                results.append(read_target(run.file))
        return results

    def _watch(self, runs: Sequence[tuple[str, TargetRun]], *, again: bool) -> None:
        try:
            for _, run in runs:
                run.start()
            waiting = list(runs)
            while waiting:
                self._context.interruption.check()
                waiting = [(side, run) for side, run in waiting if run.look()]
                time.sleep(_LOOK_SECONDS)
        finally:
            for side, run in runs:
                run.end()
                self._keep(side, run, again=again)

    def _run(self, side: str, target: SideTarget) -> tuple[str, TargetRun]:
        folder = self._context.temporary / f"conformance-{side}"
        for name in ("conformance", "log"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        python = str(self._context.side(side).environment.python)
        options = RunOptions(folder=folder)
        return side, TargetRun(target.argument, target.label, options, self._context.temporary, _PATIENCE, python)

    def _keep(self, side: str, run: TargetRun, *, again: bool) -> None:
        top = self._context.run_folder / "gate" / "conformance"
        place = (top / AGAIN if again else top) / side
        place.mkdir(parents=True, exist_ok=True)
        if run.file.exists():
            shutil.copy(run.file, place)
        logs = self._context.run_folder / "log" / f"gate-conformance-{side}{f'-{AGAIN}' if again else ''}"
        shutil.copytree(run.asked.folder / "log", logs, dirs_exist_ok=True)
