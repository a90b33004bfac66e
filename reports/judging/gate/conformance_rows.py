"""The rows of what each side keeps of the requirements."""

import math
from collections.abc import Iterator, Sequence
from datetime import date

from taskgauge.reports.judging.conformance.checked_targets import Checked, named
from taskgauge.reports.judging.conformance.comparison import Regression, no_longer_judged, regressions
from taskgauge.reports.judging.conformance.known_failures import is_excused
from taskgauge.reports.judging.gate.gate_verdict import GateRow, RowVerdict
from taskgauge.reports.run_folder.gate_folder import SideTargets
from taskgauge.reports.run_folder.target_results import RequirementRow, TargetResults
from taskgauge.reports.run_folder.verdict import Verdict


def is_doubtful(base: TargetResults, head: TargetResults, day: date) -> bool:
    """Return whether a target must be checked again: one observation is no regression."""
    return any(not _is_excused(regression.after, day) for regression in regressions([base], [head]))


def both_sides(targets: SideTargets, day: date) -> tuple[Checked, ...]:
    """Return the targets as a report has them beside each other, each named with its side."""
    heads = {target.target: target for target in targets.head}
    bases = {target.target: target for target in targets.base}
    return tuple(
        Checked(name=f"{name} ({side})", target=targets[name], run=side, day=day)
        for name in dict.fromkeys((*bases, *heads))
        for side, targets in (("base", bases), ("head", heads))
        if name in targets
    )


def conformance_rows(targets: SideTargets, day: date) -> Iterator[GateRow]:
    """Yield a row for each requirement that differs, and one for each target that both sides have.

    A known failure is no regression until the day that it expires. What held and could not be concluded in head is
    inconclusive, and so is what head broke once and not again.
    """
    confirmed = {(again.target, again.after.id) for again in regressions(targets.base_again, targets.head_again)}
    for regression in regressions(targets.base, targets.head):
        yield _changed(
            regression,
            known=_is_excused(regression.after, day),
            confirmed=(regression.target, regression.after.id) in confirmed,
            again=_again(regression, targets),
        )
    for regained in regressions(targets.head, targets.base):
        yield GateRow(
            part="conformance",
            operation=regained.target,
            measure=regained.after.id,
            verdict="IMPROVEMENT",
            estimate=f"{regained.after.verdict} -> {regained.before.verdict}",
            details=(regained.before.sentence,),
        )
    heads = {target.target: target for target in targets.head}
    for name in no_longer_judged(targets.base, targets.head):
        reason = heads[name].reason if name in heads else "it was not checked"
        yield _whole(name, "FAILED", "judged in base, and not in head", reason)
    for name in sorted(heads.keys() - {target.target for target in targets.base}):
        yield _whole(name, "FAILED", "checked in head, and not in base")
    for base in targets.base:
        head = heads.get(base.target)
        if head is not None and not base.is_judged:
            yield _whole(base.target, "FAILED", "not judged in base", base.reason)
        elif head is not None and head.is_judged:
            yield from _together(base, head)


def _is_excused(row: RequirementRow, day: date) -> bool:
    return row.known is not None and is_excused(row.known.expires, day)


def _again(regression: Regression, targets: SideTargets) -> str:
    """Return what each side did when both were checked once more."""
    words = [
        f"{side} {row.verdict}"
        for side, targets in (("base", targets.base_again), ("head", targets.head_again))
        for target in targets
        for row in target.requirements
        if (target.target, row.id) == (regression.target, regression.after.id)
    ]
    return f"checked again: {', '.join(words)}" if words else "it was not checked again"


def _changed(regression: Regression, *, known: bool, confirmed: bool, again: str) -> GateRow:
    after = regression.after
    details = [after.sentence, after.reason, "" if known else again]
    if after.known is not None:
        details.append(f"known until {after.known.expires}: {after.known.reason}")
    return GateRow(
        part="conformance",
        operation=regression.target,
        measure=after.id,
        verdict="KNOWN" if known else "REGRESSION" if confirmed else "INCONCLUSIVE",
        estimate=f"{regression.before.verdict} -> {after.verdict}",
        details=tuple(filter(None, details)),
        command=after.command,
        size=math.inf if after.level == "MUST" else 0.0,
    )


def _together(base: TargetResults, head: TargetResults) -> Iterator[GateRow]:
    held = {row.id for row in base.holding}
    unknown = [row for row in head.rows(Verdict.UNKNOWN) if row.id in held]
    unseen = sorted(held - {row.id for row in head.requirements})
    if unknown:
        yield _whole(head.target, "INCONCLUSIVE", "held in base, and could not be concluded in head", named(unknown))
    if unseen:
        yield _whole(head.target, "INCONCLUSIVE", "held in base, and were not checked in head", ", ".join(unseen))
    kept = sum(row.id in held for row in head.holding)
    yield _whole(head.target, "PASS", f"requirements that hold on both sides: {kept}", *_partial(base, head))


def _partial(*targets: TargetResults) -> Sequence[str]:
    return [f"partial: {target.reason}" for target in targets if target.state == "partial"]


def _whole(target: str, verdict: RowVerdict, measure: str, *details: str) -> GateRow:
    return GateRow(
        part="conformance", operation=target, measure=measure, verdict=verdict, details=tuple(filter(None, details))
    )
