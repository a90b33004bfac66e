"""From what the tests of a target said to one verdict for each requirement."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from taskgauge.reports.run_folder import target_results
from taskgauge.reports.run_folder.target_results import Row
from taskgauge.suites.conformance.requirements import Requirement

PASSED: Final = "passed"
FAILED: Final = "failed"
UNKNOWN: Final = "unknown"
LEFT_OUT: Final = "left out"
HOLDING = frozenset({"PASS", "DECLINED", "UNDERCLAIM"})
"""The words of a requirement that does not fail."""
SUM = "BCK-04"
"""The requirement that sums up what others say of flags."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What one test said."""

    name: str
    outcome: target_results.Outcome
    seconds: float
    requirements: tuple[str, ...] = ()
    """Those it checks where the feature is there."""
    refuses: tuple[str, ...] = ()
    """The flag that must be False for it to run, and then the requirements it checks."""
    probes: str = ""
    """The flag it probes."""
    undeclared: bool = False
    """Whether it was left out because what should be refused works."""
    reason: str = ""
    expected: str = ""
    seen: str = ""
    worker_tail: str = ""


@dataclass(slots=True, kw_only=True)
class Verdict:
    """What a target does about one requirement."""

    requirement: Requirement
    word: target_results.Verdict = "UNKNOWN"
    reason: str = ""
    inherited: bool = False
    tests: list[Heard] = field(default_factory=list)


class Judge:
    """Knows a target's flags and Django's version."""

    def __init__(
        self, heard: Sequence[Heard], *, flags: Mapping[str, bool], django: tuple[int, ...], name: str
    ) -> None:
        """Take all that was heard of the target of this descriptor's name."""
        self._heard = heard
        self._flags = flags
        self._django = django
        self._name = name
        self._works_undeclared = {one.probes for one in heard if one.probes and one.outcome == PASSED}

    def judge_all(self, requirements: Mapping[str, Requirement], inherited: frozenset[str]) -> list[Verdict]:
        """Return a verdict on each requirement, in their order."""
        verdicts = [self.judge(requirement) for requirement in requirements.values()]
        for verdict in verdicts:
            verdict.inherited = verdict.requirement.id in inherited
        self._derive_flags(verdicts)
        return verdicts

    def judge(self, requirement: Requirement) -> Verdict:
        """Return the verdict on one requirement."""
        found = Verdict(requirement=requirement)
        if reason := self._excluded(requirement):
            found.word, found.reason = "N/A", reason
            return found
        off = [gate for gate in requirement.gates if self._flags.get(gate) is False]
        if off:
            return self._refused(found, off[0])
        found.tests = [one for one in self._heard if requirement.id in one.requirements]
        return self._from_tests(found)

    def why_not(self, requirement: Requirement) -> str:
        """Return why the requirement cannot be tested as something that works here; empty if it can."""
        off = [gate for gate in requirement.gates if self._flags.get(gate) is False]
        return self._excluded(requirement) or (f"{off[0]} is False" if off else "")

    def _excluded(self, requirement: Requirement) -> str:
        if not requirement.applies_to(self._django):
            return f"for Django {requirement.versions} only"
        if requirement.built_in_only and self._name not in requirement.built_in_only:
            return f"of {' and '.join(requirement.built_in_only)} only"
        declined = [gate.removeprefix("not ") for gate in requirement.gates if gate.startswith("not ")]
        if any(self._flags.get(flag) for flag in declined):
            return f"{declined[0]} is True"
        return ""

    def _refused(self, found: Verdict, flag: str) -> Verdict:
        refusals = [one for one in self._heard if one.refuses[:1] == (flag,)]
        own = [one for one in refusals if found.requirement.id in one.refuses[1:]]
        found.tests = own or refusals
        failed = [one for one in refusals if one.outcome == FAILED]
        if any(one.outcome == FAILED for one in own):
            return self._from_tests(found)
        if failed:
            found.word, found.reason = "N/A", f"{flag} is False; that it is not refused as documented is said elsewhere"
        elif flag in self._works_undeclared:
            found.word, found.reason = "UNDERCLAIM", f"{flag} is False, and yet it works"
        elif any(one.outcome == PASSED for one in refusals):
            found.word, found.reason = "DECLINED", f"{flag} is False, and refused as documented"
        elif any(one.undeclared for one in refusals):
            found.word, found.reason = "N/A", _first_reason(refusals)
        else:
            found.word, found.reason = "UNKNOWN", _first_reason(refusals) or f"no test of how {flag} is refused was run"
        return found

    def _from_tests(self, found: Verdict) -> Verdict:
        by_outcome = {word: [one for one in found.tests if one.outcome == word] for word in (FAILED, UNKNOWN, PASSED)}
        if by_outcome[FAILED]:
            claimed = found.requirement.promised and any(
                self._flags.get(gate) is True for gate in found.requirement.gates
            )
            found.word = "ADVISORY" if found.requirement.level != "MUST" else "OVERCLAIM" if claimed else "FAIL"
            found.reason = _first_reason(by_outcome[FAILED])
        elif by_outcome[UNKNOWN]:
            found.word, found.reason = "UNKNOWN", _first_reason(by_outcome[UNKNOWN])
        elif by_outcome[PASSED]:
            found.word = "PASS"
        elif any(one.undeclared for one in found.tests):
            found.word, found.reason = "UNDERCLAIM", _first_reason(found.tests)
        elif found.tests:
            found.word, found.reason = "N/A", _first_reason(found.tests)
        else:
            found.word, found.reason = "UNKNOWN", "no test of it was run"
        return found

    def _derive_flags(self, verdicts: list[Verdict]) -> None:
        """One requirement sums the others up: a flag is True only if what it promises holds."""
        overclaimed = [verdict.requirement.id for verdict in verdicts if verdict.word == "OVERCLAIM"]
        for verdict in verdicts:
            if verdict.requirement.id == SUM and overclaimed and verdict.word == "PASS":
                verdict.word = "FAIL"
                verdict.reason = f"a flag is True and what it promises does not hold: {', '.join(overclaimed)}"


def _first_reason(heard: Sequence[Heard]) -> str:
    return next((one.reason for one in heard if one.reason), "")


def as_rows(verdicts: Sequence[Verdict], django: tuple[int, ...], command: str) -> Iterator[Row]:
    """Yield the verdicts as rows of a target's file; `command` has `{id}` in it."""
    for verdict in verdicts:
        requirement = verdict.requirement
        yield Row(
            id=requirement.id,
            area=requirement.area,
            level=requirement.level,
            sentence=requirement.sentence,
            verdict=verdict.word,
            inherited=verdict.inherited,
            reason=verdict.reason,
            link=requirement.link_for(django),
            command=command.replace("{id}", requirement.id),
            tests=tuple(msgspec.convert(one, target_results.Heard, from_attributes=True) for one in verdict.tests),
        )
