"""The operations that both sides have: an operation that head lacks is a problem, one that both lack is left out.

An operation that was available once in a run is never missing later: then the side fails in it. A side that fails is
tried once more, since a machine that runs out of memory may kill processes of either side.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from taskgauge.reports.run_folder.gate_files import Problem, SideName
from taskgauge.suites.gate.problems import ProblemsFile, SideProblem
from taskgauge.suites.gate.process_profile import Operation, ProcessProfile
from taskgauge.suites.run_control.provenance import RunRecord

LACKS = "lacks an operation"
RAISES = "raises"


@dataclass(slots=True, kw_only=True)
class AvailableOperations:
    """Keeps the reasons why operations are missing, by side and operation."""

    problems: ProblemsFile
    record: RunRecord
    missing: dict[SideName, dict[str, str]] = field(default_factory=lambda: {"base": {}, "head": {}})
    _once: dict[tuple[str, str, str], Problem] = field(default_factory=dict)
    _available: set[tuple[str, str]] = field(default_factory=set)
    _reported: set[tuple[str, str]] = field(default_factory=set)

    def of(self, profile: ProcessProfile, *sides: SideName) -> list[Operation]:
        """Return the operations of a profile that are not known to be missing on these sides."""
        return [
            operation
            for operation in profile.operations
            if not any(operation.name in self.missing[side] for side in sides)
        ]

    def has(self, side: SideName, operation: str, why_not: str | None) -> bool:
        """Record and return if a side has an operation; `why_not` is the side's reason for lacking it, or None.

        Raises SideProblem for an operation that the side had before.
        """
        if why_not is None:
            self._available.add((side, operation))
            return True
        if (side, operation) in self._available:
            raise SideProblem(side, RAISES, why_not, operation)
        self.missing[side][operation] = why_not
        return False

    def fails(self, part: str, problem: SideProblem, profile: ProcessProfile) -> str:
        """Record that a side failed, and return the problem in one line.

        After the first failure in a part nothing is left out, so that it is tried again. After the second one that
        operation, or all operations of the profile, are left out on that side.
        """
        key = (part, problem.side, problem.operation or profile.name)
        if key not in self._once:
            self._once[key] = self.problems.add(part, problem, once=True)
            return f"{self._once[key].line} (it is tried once more)"
        self.problems.withdraw(self._once[key])
        for name in [problem.operation] if problem.operation else [operation.name for operation in profile.operations]:
            self.missing[problem.side].setdefault(name, f"{problem.kind}: {problem.text}")
            self._reported.add((problem.side, name))
        return self.problems.add(part, problem).line

    def settle(self, part: str, profiles: Sequence[ProcessProfile]) -> list[str]:
        """Record, once each, the operations that one side or both lack; return a line for each that is new."""
        lines = []
        base, head = self.missing["base"], self.missing["head"]
        for name in (operation.name for profile in profiles for operation in profile.operations):
            if name in base and name in head:
                self.record.leave_out(f"gate {name}", base[name])
            elif name in head and ("head", name) not in self._reported:
                self._reported.add(("head", name))
                lines.append(self.problems.add(part, SideProblem("head", LACKS, head[name], name)).line)
            elif name in base and ("base", name) not in self._reported:
                self._reported.add(("base", name))
                self.record.leave_out(f"gate {name}", f"base has no such operation: {base[name]}")
                lines.append(f"{name}: only head has it, so there is nothing to compare it with ({base[name]})")
        return lines
