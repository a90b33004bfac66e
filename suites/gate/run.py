"""Runs a gate: the sides, the ledger, the duet, conformance, one after the other, each kept as soon as it is there."""

import random
from dataclasses import dataclass, replace
from pathlib import Path

from taskgauge.backends.descriptors.reader import DescriptorError
from taskgauge.backends.environments.installer import Installer
from taskgauge.backends.errors import WrongUse
from taskgauge.backends.processes.interruption import Interrupted, Interruption
from taskgauge.backends.services import ServiceError
from taskgauge.backends.services.folders import data_folder
from taskgauge.reports.run_folder.gate_files import Problem, write_gate_file
from taskgauge.reports.run_folder.run_file import Kind, PartRecord
from taskgauge.suites.gate import build_sides as making
from taskgauge.suites.gate.available_operations import AvailableOperations
from taskgauge.suites.gate.folders import work_folder
from taskgauge.suites.gate.gate_context import GateContext
from taskgauge.suites.gate.gate_options import GateRequest, by_name
from taskgauge.suites.gate.ledger import PART as LEDGER
from taskgauge.suites.gate.problems import Problems
from taskgauge.suites.gate.processes import Timeouts, copy_code
from taskgauge.suites.gate.progress import Progress
from taskgauge.suites.gate.run_parts import Measuring
from taskgauge.suites.gate.sides import Sides
from taskgauge.suites.gate.time_estimate import SIDES, predicted
from taskgauge.suites.run_control.display import Display
from taskgauge.suites.run_control.folder import check_out, new_run_folder
from taskgauge.suites.run_control.provenance import RunRecord, commit

STORES = "stores"
"""What a problem is of that no part had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateEnding:
    """How a run of the gate ended."""

    folder: Path
    parts: tuple[PartRecord, ...]
    interrupted: Interrupted | None = None
    refused: WrongUse | DescriptorError | ServiceError | None = None
    """Why the command cannot do what it was asked for, such as that a side could not be made."""


def run(
    asking: GateRequest,
    *,
    out: Path | None,
    command: list[str],
    display: Display,
    interruption: Interruption,
    patience: Timeouts = Timeouts(),  # noqa: B008 -- frozen
) -> GateEnding:
    """Run the gate into a new run folder.

    Raises WrongUse, TargetUnknown, DescriptorError, and Interrupted, before there is a run folder; from then on the
    outcome says how it ended.
    """
    if out is not None:
        check_out(out)
    with data_folder() as temporary:
        wanted = making.find(asking, temporary, interruption)
        asking = replace(asking, margins=by_name(asking.margins, wanted.choice.known))
        interruption.check()
        folder = new_run_folder(out, commit())
        log = folder / "log" / "sides.txt"
        kind: Kind = "calibration" if asking.calibration else "gate"
        record = RunRecord.start(folder, asking.asked(), command, kind=kind)
        one = GateRun(
            asking=asking,
            wanted=wanted,
            folder=folder,
            temporary=temporary,
            progress=Progress(display, record, Problems(folder)),
            interruption=interruption,
            patience=patience,
            installer=Installer.found(asking.python, log, interruption),
        )
        interrupted = refused = None
        try:
            one.execute()
        except Interrupted as caught:
            interrupted = caught
        except (WrongUse, DescriptorError, ServiceError) as caught:
            # Ctrl-C reaches git and pip as well; what they say then is no reason.
            if interruption.received is None:
                refused = one.refused(caught)
        finally:
            display.close()
            failed = refused or any(part.state == "failed" for part in record.parts)
            record.write("interrupted" if interrupted or interruption.received else "failed" if failed else "finished")
    if interrupted is None and interruption.received is not None:
        interrupted = Interrupted(interruption.received)
    return GateEnding(folder=folder, parts=tuple(record.parts), interrupted=interrupted, refused=refused)


@dataclass(slots=True, kw_only=True)
class GateRun:
    """One run, while it runs."""

    asking: GateRequest
    wanted: making.SidePlan
    folder: Path
    temporary: Path
    progress: Progress
    interruption: Interruption
    patience: Timeouts
    installer: Installer

    def execute(self) -> None:
        """Run all parts. Raises WrongUse where a side cannot be made, and Interrupted when nothing runs any more."""
        self.progress.problems.write()
        write_gate_file(self.folder, self.asking.options())
        self.progress.plan(predicted(self.asking, self.wanted.choice, self.installer.name))
        with self.progress.part(SIDES):
            sides = making.install(self.installer, self.wanted, self.temporary)
            making.write_sides(self.folder, self.wanted, sides)
            tools = self._tools(sides)
        for line in making.lines_on(sides, self.wanted.choice.notes):
            self.progress.say(line)
        if (sides.are_same or not making.using(self.wanted.choice, sides)) and not self.asking.calibration:
            return
        with work_folder(self.temporary) as work:
            context = self._context(sides, tools, work)
            measuring = Measuring(
                asking=self.asking,
                targets=self.wanted.choice.targets,
                context=context,
                installer=self.installer,
                available=AvailableOperations(problems=self.progress.problems, record=self.progress.record),
                progress=self.progress,
            )
            try:
                measuring.execute()
            finally:
                context.close()

    def refused(
        self, error: WrongUse | DescriptorError | ServiceError
    ) -> WrongUse | DescriptorError | ServiceError | None:
        """Record why the run ended, and return that if it makes the command a wrong use.

        Where both sides were made it does not: a store that is gone is no fault of whoever asks, and what was found
        before it went is judged.
        """
        if isinstance(error, DescriptorError) or self.asking.calibration or not self._has_sides:
            side = getattr(error, "side", None)
            self.progress.problems.note(Problem(part=SIDES, kind="cannot be made", text=str(error), side=side))
            return error
        part = next((part.name for part in self.progress.record.parts if part.state == "failed"), STORES)
        self.progress.problems.note(Problem(part=part, kind="cannot go on", text=str(error)))
        return None

    @property
    def _has_sides(self) -> bool:
        return (self.folder / "gate" / "sides.json").exists()

    def _tools(self, sides: Sides) -> Path | None:
        if not self.asking.wants(LEDGER) or self.asking.calibration:
            return None
        tools = making.install_tools(self.installer, sides, self.temporary / "tools")
        if tools is None:
            self.progress.leave_out("allocations", "memray cannot be installed for this Python")
        return tools

    def _context(self, sides: Sides, tools: Path | None, work: Path) -> GateContext:
        return GateContext(
            sides=sides,
            profiles=self.wanted.choice.profiles,
            run_folder=self.folder,
            temporary=work,
            code=copy_code(self.temporary / "code"),
            tools=tools,
            interruption=self.interruption,
            patience=self.patience,
            problems=self.progress.problems,
            random=random.Random(self.asking.seed),  # noqa: S311 -- an order, not a secret
        )
