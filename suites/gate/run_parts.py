"""The parts of a run that measure two installed sides: ledger, duet, conformance."""

from dataclasses import dataclass

from taskgauge.backends.environments.installer import Installer
from taskgauge.reports.run_folder.run_file import start_day
from taskgauge.suites.gate.available_operations import AvailableOperations
from taskgauge.suites.gate.check_sides import PART as CONFORMANCE
from taskgauge.suites.gate.check_sides import SideChecks, has_worker, make_ready, targets_of
from taskgauge.suites.gate.duet import PART as DUET
from taskgauge.suites.gate.duet import Duet
from taskgauge.suites.gate.gate_context import GateContext
from taskgauge.suites.gate.gate_options import GateRequest
from taskgauge.suites.gate.ledger import PART as LEDGER
from taskgauge.suites.gate.ledger import LedgerCounting
from taskgauge.suites.gate.problems import SideProblem
from taskgauge.suites.gate.progress import Progress
from taskgauge.suites.gate.time_estimate import conforming, counting


@dataclass(slots=True, kw_only=True)
class Measuring:
    """Runs the requested parts, one after the other."""

    request: GateRequest
    targets: tuple[str, ...]
    context: GateContext
    installer: Installer
    available: AvailableOperations
    progress: Progress

    def execute(self) -> None:
        """Run the parts. Raises Interrupted after all processes ended, and WrongUse if a store is unavailable."""
        if self.request.calibration:
            with self.progress.part(DUET):
                duet = self._duet()
                duet.calibrate()
                duet.control(self.request.calibration)
            return
        if self.request.wants(LEDGER):
            with self.progress.part(LEDGER):
                self._count()
        if self.request.wants(DUET):
            self._time()
        if self.request.wants(CONFORMANCE):
            self._conform()

    def _duet(self) -> Duet:
        say, step = self.progress.say, self.progress.step
        return Duet(self.context, self.available, self.request.options, say=say, step=step)

    def _count(self) -> None:
        ledger = LedgerCounting(self.context, self.available)
        for profile in self.context.profiles:
            for side in self.context.sides:
                doing = f"ledger, {side.name}, {profile.name}"
                self.progress.step(0.0, doing)
                while self.available.of(profile, side.name):
                    try:
                        ledger.count(profile, side)
                    except SideProblem as problem:
                        self.progress.say(self.available.fails(LEDGER, problem, profile))
                    else:
                        break
                self.progress.step(counting(profile), doing)
        self._settle(LEDGER)
        ledger.write()

    def _time(self) -> None:
        if self.context.sides.are_alike:
            self.progress.leave_out(DUET, "both commits install the same files: no time can differ")
            return
        with self.progress.part(DUET):
            duet = self._duet()
            duet.calibrate()
            self._settle(DUET)
            duet.measure()

    def _settle(self, part: str) -> None:
        for line in self.available.settle(part, self.context.profiles):
            self.progress.say(line)

    def _conform(self) -> None:
        profiles, workers = self.context.profiles, CONFORMANCE in self.request.parts
        for name in self.targets:
            if has_worker(name, profiles) and not workers:
                why = "with workers it takes minutes: ask for it with --part conformance"
                self.progress.leave_out(f"{CONFORMANCE} {name}", why)
        base, head = (targets_of(self.targets, profiles, side, workers=workers) for side in ("base", "head"))
        if not base:
            self.progress.leave_out(CONFORMANCE, "nothing that is timed here is a target that can be checked")
            return
        with self.progress.part(CONFORMANCE):
            try:
                for side in self.context.sides:
                    make_ready(self.installer, side)
            except SideProblem as problem:
                self.progress.say(self.progress.problems.add(CONFORMANCE, problem).line)
                return
            # The suite expects empty servers, and other processes would disturb it.
            self.context.close()
            checks = SideChecks(self.context, start_day(self.progress.record.run.started), self.progress.say)
            for pair in zip(base, head, strict=True):
                doing = f"conformance, {pair[0].label}"
                self.progress.step(0.0, doing)
                checks.check(pair)
                self.progress.step(conforming(pair[0].label, profiles), doing)
