"""Runs a gate: the sides, the ledger, the duet, conformance, one after the other, each kept as soon as it is there."""

import json
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from taskgauge.backends.services.folders import data_folder
from taskgauge.suites.bench.display import Display
from taskgauge.suites.bench.errors import WrongUse
from taskgauge.suites.bench.folder import check_out, new_run_folder
from taskgauge.suites.bench.interruption import Interrupted, Interruption
from taskgauge.suites.gate import making
from taskgauge.suites.gate.asking import Asking
from taskgauge.suites.gate.conforming import PART as CONFORMANCE
from taskgauge.suites.gate.conforming import Conformance, has_worker, make_ready, targets_of
from taskgauge.suites.gate.duet import PART as DUET
from taskgauge.suites.gate.duet import Duet
from taskgauge.suites.gate.environments import Installer
from taskgauge.suites.gate.folders import work_folder
from taskgauge.suites.gate.ledger import PROCESSES, Ledger
from taskgauge.suites.gate.problems import Problems, SideProblem
from taskgauge.suites.gate.processes import Patience, copy_code
from taskgauge.suites.gate.progress import Progress
from taskgauge.suites.gate.roster import Roster
from taskgauge.suites.gate.sides import Sides
from taskgauge.suites.gate.workshop import Workshop
from taskgauge.suites.provenance import PartRecord, RunRecord, commit
from taskgauge.suites.records import write_whole

SIDES = "sides"
LEDGER = "ledger"
_SECONDS = {"uv": 8.0, "venv and pip": 40.0, LEDGER: 0.6}
"""Predicted: for both environments; for a verb of a process."""
_CONFORMING = {False: 15.0, True: 240.0}
"""Predicted: for a target on both sides, without a worker and with one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run of the gate ended."""

    folder: Path
    parts: tuple[PartRecord, ...]
    interrupted: Interrupted | None = None
    refused: WrongUse | None = None
    """Why a side could not be made."""


def run(
    asking: Asking,
    *,
    out: Path | None,
    command: list[str],
    display: Display,
    interruption: Interruption,
    patience: Patience = Patience(),  # noqa: B008 -- frozen
) -> Outcome:
    """Run the gate into a new run folder.

    Raises WrongUse, TargetUnknown, DescriptorError, and Interrupted, before there is a run folder; from then on the
    outcome says how it ended.
    """
    if out is not None:
        check_out(out)
    with data_folder() as temporary:
        wanted = making.find(asking, temporary)
        interruption.check()
        folder = new_run_folder(out, commit())
        log = folder / "log" / "sides.txt"
        record = RunRecord.start(folder, asking.asked(), command)
        record.facts["kind"] = "calibration" if asking.calibration else "gate"
        one = GateRun(
            asking=asking,
            wanted=wanted,
            folder=folder,
            temporary=temporary,
            record=record,
            progress=Progress(display, record),
            interruption=interruption,
            patience=patience,
            installer=Installer.found(asking.python, log, interruption),
            problems=Problems(folder),
        )
        interrupted = refused = None
        try:
            one.execute()
        except Interrupted as caught:
            interrupted = caught
        except WrongUse as caught:
            # Ctrl-C reaches git and pip as well; what they say then is no reason.
            if interruption.received is None:
                refused = caught
                one.problems.note(SIDES, "cannot be made", str(caught))
        finally:
            display.close()
            failed = refused or any(part.state == "failed" for part in record.parts)
            record.write("interrupted" if interrupted or interruption.received else "failed" if failed else "finished")
    if interrupted is None and interruption.received is not None:
        interrupted = Interrupted(interruption.received)
    return Outcome(folder=folder, parts=tuple(record.parts), interrupted=interrupted, refused=refused)


@dataclass(slots=True, kw_only=True)
class GateRun:
    """One run, while it runs."""

    asking: Asking
    wanted: making.Wanted
    folder: Path
    temporary: Path
    record: RunRecord
    progress: Progress
    interruption: Interruption
    patience: Patience
    installer: Installer
    problems: Problems

    def execute(self) -> None:
        """Run all parts. Raises WrongUse where a side cannot be made, and Interrupted when nothing runs any more."""
        self.problems.write()
        write_whole(self.folder / "gate" / "options.json", json.dumps(self.asking.options(), indent=1) + "\n")
        self.progress.plan(self._plan())
        with self._part(SIDES):
            sides = making.install(self.installer, self.wanted, self.temporary)
            making.write_sides(self.folder, self.wanted, sides)
            tools = self._tools(sides)
        for line in making.lines_on(sides):
            self.progress.say(line)
        if sides.are_same and not self.asking.calibration:
            return
        with work_folder(self.temporary) as work:
            workshop = self._workshop(sides, tools, work)
            try:
                self._measure(workshop)
            finally:
                workshop.close()

    def _measure(self, workshop: Workshop) -> None:
        roster = Roster(problems=self.problems, record=self.record)
        duet = Duet(workshop, roster, self.asking.shape, say=self.progress.say, step=self.progress.step)
        if self.asking.calibration:
            with self._part(DUET):
                duet.calibrate()
                duet.placebo(self.asking.calibration)
            return
        if self.asking.wants(LEDGER):
            with self._part(LEDGER):
                self._count(workshop, roster)
        if self.asking.wants(DUET):
            if workshop.sides.are_alike:
                self._leave_out(DUET, "both commits install the same files: no time can differ")
            else:
                with self._part(DUET):
                    duet.calibrate()
                    self._settle(DUET, roster, workshop)
                    duet.measure()
        if self.asking.wants(CONFORMANCE):
            self._conform(workshop)

    def _count(self, workshop: Workshop, roster: Roster) -> None:
        ledger = Ledger(workshop, roster)
        for scene in workshop.scenes:
            for side in workshop.sides:
                while roster.of(scene, side.name):
                    self.progress.step(0.0, f"ledger, {side.name}, {scene.name}")
                    try:
                        ledger.count(scene, side)
                    except SideProblem as problem:
                        self.progress.say(roster.give_up(LEDGER, problem, scene))
                    else:
                        break
                self.progress.step(_SECONDS[LEDGER] * PROCESSES * len(scene.verbs), f"ledger, {scene.name}")
        self._settle(LEDGER, roster, workshop)
        ledger.write()

    def _settle(self, part: str, roster: Roster, workshop: Workshop) -> None:
        for line in roster.settle(part, workshop.scenes):
            self.progress.say(line)

    def _conform(self, workshop: Workshop) -> None:
        names, scenes = self.wanted.choice.targets, workshop.scenes
        workers = CONFORMANCE in self.asking.parts
        for name in names:
            if has_worker(name, scenes) and not workers:
                why = "with workers it takes minutes: ask for it with --part conformance"
                self.record.leave_out(f"conformance {name}", why)
                self.progress.say(f"conformance of {name} is left out: {why}")
        base, head = (targets_of(names, scenes, side, workers=workers) for side in ("base", "head"))
        if not base:
            self._leave_out(CONFORMANCE, "no target of it is timed here")
            return
        with self._part(CONFORMANCE):
            try:
                for side in workshop.sides:
                    make_ready(self.installer, side)
            except SideProblem as problem:
                self.progress.say(self.problems.add(CONFORMANCE, problem).line)
                return
            checking = Conformance(workshop, self.progress.say)
            for pair in zip(base, head, strict=True):
                self.progress.step(0.0, f"conformance, {pair[0].label}")
                checking.check([pair])
                seconds = _CONFORMING[has_worker(pair[0].label, scenes)]
                self.progress.step(seconds, f"conformance, {pair[0].label}")

    def _plan(self) -> Sequence[tuple[str, int, float]]:
        asking, choice = self.asking, self.wanted.choice
        verbs = sum(len(scene.verbs) for scene in choice.scenes)
        shape = asking.shape
        parts: list[tuple[str, int, float]] = [(SIDES, 2, _SECONDS[self.installer.name])]
        if pairs := asking.calibration:
            each = sum(shape.seconds(len(scene.verbs)) for scene in choice.scenes)
            return [*parts, (DUET, pairs, pairs * each)]
        if asking.wants(LEDGER):
            parts.append((LEDGER, 2 * verbs, 2 * verbs * PROCESSES * _SECONDS[LEDGER]))
        if asking.wants(DUET):
            each = sum(shape.seconds(len(scene.verbs)) for scene in choice.scenes) + 2 * shape.seconds(1)
            parts.append((DUET, shape.pairs, shape.pairs * each))
        workers = CONFORMANCE in asking.parts
        if asking.wants(CONFORMANCE) and (
            targets := targets_of(choice.targets, choice.scenes, "base", workers=workers)
        ):
            seconds = sum(_CONFORMING[has_worker(one.label, choice.scenes)] for one in targets)
            parts.append((CONFORMANCE, len(targets), seconds))
        return parts

    @contextmanager
    def _part(self, name: str) -> Iterator[None]:
        part = self.progress.begin(name)
        begin = time.monotonic()
        problems = len(self.problems.found)
        try:
            yield
        except Interrupted as interrupted:
            part.state, part.reason = "interrupted", str(interrupted)
            raise
        except BaseException as error:
            part.state, part.reason = "failed", " ".join(str(error).split())
            raise
        else:
            found = self.problems.found[problems:]
            part.state, part.reason = "finished", "; ".join(one.line for one in found)
        finally:
            part.seconds = round(time.monotonic() - begin, 1)
            self.record.write("running")

    def _leave_out(self, name: str, why: str) -> None:
        self.record.leave_out(f"gate {name}", why)
        for part in self.record.parts:
            if part.name == name:
                part.reason = why
        self.progress.say(f"{name} is left out: {why}")

    def _tools(self, sides: Sides) -> Path | None:
        if not self.asking.wants(LEDGER) or self.asking.calibration:
            return None
        tools = making.install_tools(self.installer, sides, self.temporary / "tools")
        if tools is None:
            self.record.leave_out("gate allocations", "memray cannot be installed for this Python")
            self.progress.say("allocations are not counted: memray cannot be installed for this Python")
        return tools

    def _workshop(self, sides: Sides, tools: Path | None, work: Path) -> Workshop:
        return Workshop(
            sides=sides,
            scenes=self.wanted.choice.scenes,
            run_folder=self.folder,
            temporary=work,
            code=copy_code(self.temporary / "code"),
            tools=tools,
            interruption=self.interruption,
            patience=self.patience,
            problems=self.problems,
            random=random.Random(self.asking.seed),  # noqa: S311 -- an order, not a secret
        )
