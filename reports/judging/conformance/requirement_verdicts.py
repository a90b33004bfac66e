"""The rule for the verdict on a requirement: a target's flags and the outcomes of its tests."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from taskgauge.reports.judging.conformance.requirement import Requirement
from taskgauge.reports.run_folder.target_results import Outcome, RequirementRow, TestOutcome
from taskgauge.reports.run_folder.verdict import Verdict

SUMMARY_OF_FLAGS = "BCK-04"
"""The requirement that all flags are kept. An OVERCLAIM of another row says that one is not: one fault, one row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedOutcome:
    """The outcome of a test, with the marks of the test that say what the outcome counts for."""

    test: TestOutcome
    requirements: tuple[str, ...] = ()
    """The requirements that the test checks where the feature is there."""
    refuses: tuple[str, ...] = ()
    """The flag that must be False for the test to run, and then the requirements that it checks."""
    probes: str = ""
    """The flag that the test probes."""
    undeclared: bool = False
    """True if the test was left out because a feature works that should be refused."""
    hidden: bool = False
    """True if the test was left out because it sees its fact only through what another requirement is about."""

    @property
    def outcome(self) -> Outcome:
        """The outcome of the test."""
        return self.test.outcome

    @property
    def function(self) -> str:
        """The test without its parameters."""
        return self.test.name.partition("[")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Judges one target by its name, its flags, the version of Django and the outcomes of its tests."""

    name: str
    flags: Mapping[str, bool]
    django: tuple[int, ...]
    outcomes: Sequence[MarkedOutcome] = ()
    command: str = ""
    """The command that repeats one row, with `{id}` in it."""

    def judge_all(self, requirements: Iterable[Requirement], inherited: frozenset[str]) -> list[RequirementRow]:
        """Return the verdict on each requirement, in their order.

        `inherited` has the ids of those that rest on inherited methods alone. A MUST that does not hold is not
        inherited: the inherited method calls one of the backend's own.
        """
        rows = [
            replace(row, inherited=row.id in inherited and not row.is_broken) for row in map(self.judge, requirements)
        ]
        overclaimed = [row.id for row in rows if row.verdict is Verdict.OVERCLAIM]
        if not overclaimed:
            return rows
        reason = f"the flags are booleans; what one of them promises does not hold: {', '.join(overclaimed)}"
        return [
            replace(row, verdict=Verdict.NOT_APPLICABLE, reason=reason)
            if (row.id, row.verdict) == (SUMMARY_OF_FLAGS, Verdict.PASS)
            else row
            for row in rows
        ]

    def judge(self, requirement: Requirement) -> RequirementRow:
        """Return the verdict on one requirement by itself."""
        if reason := self._excluded(requirement):
            return self._row(requirement, Verdict.NOT_APPLICABLE, reason)
        if flag := self._flag_off(requirement):
            return self._judge_refusal(requirement, flag)
        return self._judge_tests(
            requirement, [outcome for outcome in self.outcomes if requirement.id in outcome.requirements]
        )

    def why_not(self, requirement: Requirement) -> str:
        """Return why the requirement cannot be tested as something that works here; empty if it can."""
        flag = self._flag_off(requirement)
        return self._excluded(requirement) or (f"{flag} is False" if flag else "")

    def _flag_off(self, requirement: Requirement) -> str:
        return next((gate for gate in requirement.gates if self.flags.get(gate) is False), "")

    def _excluded(self, requirement: Requirement) -> str:
        if not requirement.applies_to(self.django):
            return f"for Django {requirement.versions} only"
        if requirement.built_in_only and self.name not in requirement.built_in_only:
            return f"of {' and '.join(requirement.built_in_only)} only"
        declined = [gate.removeprefix("not ") for gate in requirement.gates if gate.startswith("not ")]
        return f"{declined[0]} is True" if any(self.flags.get(flag) for flag in declined) else ""

    def _judge_refusal(self, requirement: Requirement, flag: str) -> RequirementRow:
        refusals = [outcome for outcome in self.outcomes if outcome.refuses[:1] == (flag,)]
        own = [outcome for outcome in refusals if requirement.id in outcome.refuses[1:]]
        outcomes = {outcome.outcome for outcome in refusals}
        if any(outcome.outcome is Outcome.FAILED for outcome in own):
            return self._judge_tests(requirement, own)
        if Outcome.FAILED in outcomes:
            verdict = Verdict.NOT_APPLICABLE
            reason = f"{flag} is False; that it is not refused as documented is said elsewhere"
        elif any(outcome.probes == flag and outcome.outcome is Outcome.PASSED for outcome in self.outcomes):
            verdict, reason = Verdict.UNDERCLAIM, f"{flag} is False, and yet it works"
        elif Outcome.PASSED in outcomes:
            verdict, reason = Verdict.DECLINED, f"{flag} is False, and refused as documented"
        elif any(outcome.undeclared for outcome in refusals):
            verdict, reason = Verdict.NOT_APPLICABLE, _first_reason(refusals)
        else:
            verdict = Verdict.UNKNOWN
            reason = _first_reason(refusals) or f"no test of how {flag} is refused was run"
        return self._row(requirement, verdict, reason, own or refusals)

    def _judge_tests(self, requirement: Requirement, outcomes: Sequence[MarkedOutcome]) -> RequirementRow:
        hidden = {outcome.function for outcome in outcomes if outcome.hidden}  # what such a test passes, it did not see
        seen = {o.outcome for o in outcomes if o.outcome is not Outcome.PASSED or o.function not in hidden}
        reason = _first_reason(outcomes)
        if Outcome.FAILED in seen:
            verdict, reason = self._failure(requirement), _first_reason(outcomes, Outcome.FAILED)
        elif Outcome.UNKNOWN in seen:
            verdict, reason = Verdict.UNKNOWN, _first_reason(outcomes, Outcome.UNKNOWN)
        elif Outcome.PASSED in seen:
            verdict, reason = Verdict.PASS, ""
        elif any(outcome.undeclared for outcome in outcomes):
            verdict = Verdict.UNDERCLAIM
        elif outcomes:
            verdict = Verdict.NOT_APPLICABLE
        else:
            verdict, reason = Verdict.UNKNOWN, "no test of it was run"
        return self._row(requirement, verdict, reason, outcomes)

    def _failure(self, requirement: Requirement) -> Verdict:
        if requirement.level == "SHOULD":
            return Verdict.ADVISORY
        claims = requirement.promised and any(self.flags.get(gate) is True for gate in requirement.gates)
        return Verdict.OVERCLAIM if claims else Verdict.FAIL

    def _row(
        self, requirement: Requirement, verdict: Verdict, reason: str, outcomes: Sequence[MarkedOutcome] = ()
    ) -> RequirementRow:
        return RequirementRow(
            id=requirement.id,
            area=requirement.area,
            level=requirement.level,
            sentence=requirement.sentence,
            verdict=verdict,
            reason=reason,
            link=requirement.link_for(self.django),
            command=self.command.replace("{id}", requirement.id),
            tests=tuple(marked.test for marked in outcomes),
        )


def _first_reason(outcomes: Iterable[MarkedOutcome], *kinds: Outcome) -> str:
    """Return the first reason of outcomes, of these kinds where any are named; empty where none gives one."""
    reasons = (outcome.test.reason for outcome in outcomes if not kinds or outcome.outcome in kinds)
    return next(filter(None, reasons), "")
