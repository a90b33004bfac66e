"""Which verbs each side has: one that head lacks is a problem, one that both lack is left out.

A verb that a side had once in a run is never lacking later: then the side fails in it. A side that fails is tried once
more, since a machine that runs out of memory ends processes of either.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from taskgauge.reports.run_folder.gate_files import Problem, SideName
from taskgauge.suites.gate.problems import Problems, SideProblem
from taskgauge.suites.gate.process_profile import ProcessProfile, Verb
from taskgauge.suites.run_control.provenance import RunRecord

LACKS = "lacks a verb"
RAISES = "raises"


@dataclass(slots=True, kw_only=True)
class AvailableOperations:
    """Keeps why verbs are missing, by side and verb."""

    problems: Problems
    record: RunRecord
    missing: dict[SideName, dict[str, str]] = field(default_factory=lambda: {"base": {}, "head": {}})
    _once: dict[tuple[str, str, str], Problem] = field(default_factory=dict)
    _had: set[tuple[str, str]] = field(default_factory=set)
    _told: set[tuple[str, str]] = field(default_factory=set)

    def of(self, profile: ProcessProfile, *sides: SideName) -> list[Verb]:
        """Return the verbs of a scene that these sides have, as far as is known."""
        return [verb for verb in profile.verbs if not any(verb.name in self.missing[side] for side in sides)]

    def has(self, side: SideName, verb: str, why_not: str | None) -> bool:
        """Take note of whether a side has a verb, and return it; `why_not` is what it said, or None.

        Raises SideProblem for a verb that it had before.
        """
        if why_not is None:
            self._had.add((side, verb))
            return True
        if (side, verb) in self._had:
            raise SideProblem(side, RAISES, why_not, verb)
        self.missing[side][verb] = why_not
        return False

    def fails(self, part: str, problem: SideProblem, profile: ProcessProfile) -> str:
        """Take note that a side failed: the first time nothing is left out, so that it is tried again.

        The second time in a part what it concerns is left out on that side: a verb, or all of the scene's. Return it in
        one line.
        """
        what = (part, problem.side, problem.verb or profile.name)
        if what not in self._once:
            self._once[what] = self.problems.add(part, problem, once=True)
            return f"{self._once[what].line} (it is tried once more)"
        self.problems.withdraw(self._once[what])
        for name in [problem.verb] if problem.verb else [verb.name for verb in profile.verbs]:
            self.missing[problem.side].setdefault(name, f"{problem.kind}: {problem.text}")
            self._told.add((problem.side, name))
        return self.problems.add(part, problem).line

    def settle(self, part: str, profiles: Sequence[ProcessProfile]) -> list[str]:
        """Record what head lacks of base's verbs, and what both lack, each once; return a line for each that is new."""
        lines = []
        base, head = self.missing["base"], self.missing["head"]
        for name in (verb.name for profile in profiles for verb in profile.verbs):
            if name in base and name in head:
                self.record.leave_out(f"gate {name}", base[name])
            elif name in head and ("head", name) not in self._told:
                self._told.add(("head", name))
                lines.append(self.problems.add(part, SideProblem("head", LACKS, head[name], name)).line)
            elif name in base and ("base", name) not in self._told:
                self._told.add(("base", name))
                self.record.leave_out(f"gate {name}", f"base has no such verb: {base[name]}")
                lines.append(f"{name}: only head has it, so there is nothing to compare it with ({base[name]})")
        return lines
