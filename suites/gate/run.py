"""Runs a gate: builds the sides, then runs ledger, duet and conformance, and writes every result at once."""

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
from taskgauge.suites.gate import build_sides
from taskgauge.suites.gate.available_operations import AvailableOperations
from taskgauge.suites.gate.folders import work_folder
from taskgauge.suites.gate.gate_context import GateContext
from taskgauge.suites.gate.gate_options import GateRequest, by_name
from taskgauge.suites.gate.ledger import PART as LEDGER
from taskgauge.suites.gate.problems import ProblemsFile
from taskgauge.suites.gate.processes import Timeouts, copy_code
from taskgauge.suites.gate.progress import Progress
from taskgauge.suites.gate.run_parts import Measuring
from taskgauge.suites.gate.sides import InstalledSides
from taskgauge.suites.gate.time_estimate import SIDES, predicted
from taskgauge.suites.run_control.display import Display
from taskgauge.suites.run_control.folder import check_out, new_run_folder
from taskgauge.suites.run_control.provenance import RunRecord, commit

STORES = "stores"
"""The part of a problem that belongs to no part of the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateEnding:
    """The end of a gate run."""

    folder: Path
    parts: tuple[PartRecord, ...]
    interrupted: Interrupted | None = None
    refused: WrongUse | DescriptorError | ServiceError | None = None
    """The error that makes the request impossible, such as a side that cannot be built."""


def run(
    request: GateRequest,
    *,
    out: Path | None,
    command: list[str],
    display: Display,
    interruption: Interruption,
    timeouts: Timeouts = Timeouts(),  # noqa: B008 -- frozen
) -> GateEnding:
    """Run the gate into a new run folder.

    Raises WrongUse, TargetUnknown, DescriptorError and Interrupted before it makes the run folder; later errors are in
    the returned record.
    """
    if out is not None:
        check_out(out)
    with data_folder() as temporary:
        wanted = build_sides.find(request, temporary, interruption)
        margins = by_name(request.options.margins, wanted.choice.known)
        request = replace(request, options=replace(request.options, margins=margins))
        interruption.check()
        folder = new_run_folder(out, commit())
        log = folder / "log" / "sides.txt"
        kind: Kind = "calibration" if request.calibration else "gate"
        record = RunRecord.start(folder, request.asked(), command, kind=kind)
        gate_run = GateRun(
            request=request,
            wanted=wanted,
            folder=folder,
            temporary=temporary,
            progress=Progress(display, record, ProblemsFile(folder)),
            interruption=interruption,
            timeouts=timeouts,
            installer=Installer.found(request.python, log, interruption),
        )
        interrupted = refused = None
        try:
            gate_run.execute()
        except Interrupted as caught:
            interrupted = caught
        except (WrongUse, DescriptorError, ServiceError) as caught:
            # Ctrl-C also reaches git and pip: ignore their errors then.
            if interruption.received is None:
                refused = gate_run.refused(caught)
        finally:
            display.close()
            failed = refused or any(part.state == "failed" for part in record.parts)
            record.write("interrupted" if interrupted or interruption.received else "failed" if failed else "finished")
    if interrupted is None and interruption.received is not None:
        interrupted = Interrupted(interruption.received)
    return GateEnding(folder=folder, parts=tuple(record.parts), interrupted=interrupted, refused=refused)


@dataclass(slots=True, kw_only=True)
class GateRun:
    """A running gate."""

    request: GateRequest
    wanted: build_sides.SidePlan
    folder: Path
    temporary: Path
    progress: Progress
    interruption: Interruption
    timeouts: Timeouts
    installer: Installer

    def execute(self) -> None:
        """Run all parts. Raises WrongUse if a side cannot be built, and Interrupted after all processes ended."""
        self.progress.problems.write()
        write_gate_file(self.folder, self.request.options)
        self.progress.plan(predicted(self.request, self.wanted.choice, self.installer.name))
        with self.progress.part(SIDES):
            sides = build_sides.install(self.installer, self.wanted, self.temporary)
            build_sides.write_sides(self.folder, self.wanted, sides)
            tools = self._tools(sides)
        for line in build_sides.lines_on(sides, self.wanted.choice.notes):
            self.progress.say(line)
        if (sides.are_same or not build_sides.using(self.wanted.choice, sides)) and not self.request.calibration:
            return
        with work_folder(self.temporary) as work:
            context = self._context(sides, tools, work)
            measuring = Measuring(
                request=self.request,
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
        """Record the error that ended the run, and return it if the command was used wrongly.

        Return None if both sides were built: a lost store is not the user's fault, and all results so far are judged.
        """
        if isinstance(error, DescriptorError) or self.request.calibration or not self._has_sides:
            side = getattr(error, "side", None)
            self.progress.problems.note(Problem(part=SIDES, kind="cannot be made", text=str(error), side=side))
            return error
        part = next((part.name for part in self.progress.record.parts if part.state == "failed"), STORES)
        self.progress.problems.note(Problem(part=part, kind="cannot go on", text=str(error)))
        return None

    @property
    def _has_sides(self) -> bool:
        return (self.folder / "gate" / "sides.json").exists()

    def _tools(self, sides: InstalledSides) -> Path | None:
        if not self.request.wants(LEDGER) or self.request.calibration:
            return None
        tools = build_sides.install_tools(self.installer, sides, self.temporary / "tools")
        if tools is None:
            self.progress.leave_out("allocations", "memray cannot be installed for this Python")
        return tools

    def _context(self, sides: InstalledSides, tools: Path | None, work: Path) -> GateContext:
        return GateContext(
            sides=sides,
            profiles=self.wanted.choice.profiles,
            run_folder=self.folder,
            temporary=work,
            code=copy_code(self.temporary / "code"),
            tools=tools,
            interruption=self.interruption,
            timeouts=self.timeouts,
            problems=self.progress.problems,
            random=random.Random(self.request.seed),  # noqa: S311 -- an order, not a secret
        )
