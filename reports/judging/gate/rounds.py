"""The round of pairs that a gate needs next, from the pairs that it has."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from taskgauge.reports.judging.gate.decision import Decision, Round, decide
from taskgauge.reports.judging.gate.evidence import evidence
from taskgauge.reports.judging.gate.trust import Check, check_control, check_positive_control
from taskgauge.reports.run_folder.duet_pairs import CONTROLS, Comparison, Pair
from taskgauge.reports.run_folder.gate_files import GateOptions, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class DuetResult:
    """The result of all pairs of a run."""

    decision: Decision
    checks: tuple[Check, ...]
    pairs: tuple[Pair, ...]

    @property
    def distrusted(self) -> tuple[str, ...]:
        """The reasons why no time of the run is a verdict, one line each; empty if there are none."""
        missing = [
            f"no {title} was run"
            for name, title in CONTROLS.items()
            if not any(check.comparison == name for check in self.checks)
        ]
        failed = [f"{check.comparison} {check.operation}: {check.reason}" for check in self.checks if not check.holds]
        return (*missing, *failed)


def weigh(pairs: Sequence[Pair], options: GateOptions) -> DuetResult:
    """Return what the pairs say. Raises StatisticUndefined for margins that are not above 0."""
    head = evidence(pairs, "head", options)
    checks = (
        *check_control(evidence(pairs, "control", options)),
        *check_positive_control(evidence(pairs, "positive control", options), head),
    )
    return DuetResult(decision=decide(head), checks=checks, pairs=tuple(pairs))


def needed(duet: DuetResult) -> Round | None:
    """Return the round that is needed next.

    The second look has the open operations and those whose A/A control or positive control failed; `comparisons` names
    the needed comparisons. Nothing is confirmed while a control fails.
    """
    if not any(pair.round != "first" for pair in duet.pairs):
        failed = [check for check in duet.checks if not check.holds]
        operations = dict.fromkeys((*duet.decision.again, *(check.operation for check in failed)))
        if operations:
            comparisons: dict[Comparison, None] = {"head": None} if duet.decision.again else {}
            comparisons |= dict.fromkeys(check.comparison for check in failed)
            return Round(name="second", operations=tuple(operations), comparisons=tuple(comparisons))
    if duet.decision.confirm and not duet.distrusted:
        return Round(name="confirm", operations=duet.decision.confirm, swapped=True)
    return None


def next_round(pairs: Sequence[Pair], options: GateOptions, problems: Iterable[Problem]) -> Round | None:
    """Return which pairs a run of the gate needs next; None when all is decided, or nothing more can be.

    A round is asked for once: one that left no pair behind must not be asked for again, and a problem with the duet
    that lasts ends it. Raises StatisticUndefined for margins that are not above 0.
    """
    if not pairs or any(problem.part == "duet" and not problem.once for problem in problems):
        return None
    return needed(weigh(pairs, options))
