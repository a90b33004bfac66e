"""The rows of what each side keeps of the requirements."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from taskgauge.reports.judging.conformance.checked_targets import PAST_ITS_DATE, Checked, named
from taskgauge.reports.judging.conformance.comparison import Regression, no_longer_judged, regressions
from taskgauge.reports.judging.gate.gate_verdict import Row, RowVerdict
from taskgauge.reports.run_folder.gate_files import FOLDER
from taskgauge.reports.run_folder.target_results import FOLDER as CONFORMANCE
from taskgauge.reports.run_folder.target_results import Target, read_target

AGAIN = "again"
"""The folder of those that were checked once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conformance:
    """The targets of both sides, and the day on which they were checked."""

    base: tuple[Target, ...]
    head: tuple[Target, ...]
    day: date
    base_again: tuple[Target, ...] = ()
    head_again: tuple[Target, ...] = ()
    """Those that were checked once more, one side after the other, since head seemed to break what base keeps."""


def read_conformance(folder: Path, day: date) -> Conformance:
    """Return the targets of both sides; none where nothing was checked. Raises RunFileBroken, RunFolderNewer."""
    top = folder / FOLDER / CONFORMANCE
    base, head, base_again, head_again = (
        tuple(read_target(path) for path in sorted((place / side).glob("*.json")))
        for place in (top, top / AGAIN)
        for side in ("base", "head")
    )
    return Conformance(base=base, head=head, day=day, base_again=base_again, head_again=head_again)


def doubtful(found: Conformance) -> frozenset[str]:
    """Return the targets that must be checked again: one observation is no regression."""
    seen = regressions(found.base, found.head)
    return frozenset(regression.target for regression in seen if not _is_known(regression, found))


def both_sides(found: Conformance) -> tuple[Checked, ...]:
    """Return the targets as a report has them beside each other, each named with its side."""
    heads = {target.target: target for target in found.head}
    bases = {target.target: target for target in found.base}
    return tuple(
        Checked(name=f"{name} ({side})", target=targets[name], run=side, day=found.day)
        for name in dict.fromkeys((*bases, *heads))
        for side, targets in (("base", bases), ("head", heads))
        if name in targets
    )


def conformance_rows(found: Conformance) -> Iterator[Row]:
    """Yield a row for each requirement that differs, and one for each target that both sides have.

    A known failure is no regression until the day that it expires. What held and could not be concluded in head is
    inconclusive, and so is what head broke once and not again.
    """
    confirmed = {(each.target, each.after.id) for each in regressions(found.base_again, found.head_again)}
    for regression in regressions(found.base, found.head):
        yield _changed(
            regression,
            known=_is_known(regression, found),
            confirmed=(regression.target, regression.after.id) in confirmed,
            again=_again(regression, found),
        )
    for regained in regressions(found.head, found.base):
        yield Row(
            part="conformance",
            verb=regained.target,
            measure=regained.after.id,
            verdict="IMPROVEMENT",
            estimate=f"{regained.after.verdict} -> {regained.before.verdict}",
            details=(regained.before.sentence,),
        )
    heads = {target.target: target for target in found.head}
    for name in no_longer_judged(found.base, found.head):
        reason = heads[name].reason if name in heads else "it was not checked"
        yield _whole(name, "FAILED", "judged in base, and not in head", reason)
    for name in sorted(heads.keys() - {target.target for target in found.base}):
        yield _whole(name, "FAILED", "checked in head, and not in base")
    for base in found.base:
        head = heads.get(base.target)
        if head is not None and not base.is_judged:
            yield _whole(base.target, "FAILED", "not judged in base", base.reason)
        elif head is not None and head.is_judged:
            yield from _together(base, head)


def _is_known(regression: Regression, found: Conformance) -> bool:
    target = next(target for target in found.head if target.target == regression.target)
    standing = Checked(name=target.target, target=target, run="head", day=found.day).standing(regression.after)
    return regression.after.known is not None and standing != PAST_ITS_DATE


def _again(regression: Regression, found: Conformance) -> str:
    """Return what each side did when both were checked once more."""
    words = [
        f"{side} {row.verdict}"
        for side, targets in (("base", found.base_again), ("head", found.head_again))
        for target in targets
        for row in target.requirements
        if (target.target, row.id) == (regression.target, regression.after.id)
    ]
    return f"checked again: {', '.join(words)}" if words else "it was not checked again"


def _changed(regression: Regression, *, known: bool, confirmed: bool, again: str) -> Row:
    after = regression.after
    details = [after.sentence, after.reason, "" if known else again]
    if after.known is not None:
        details.append(f"known until {after.known.expires}: {after.known.reason}")
    return Row(
        part="conformance",
        verb=regression.target,
        measure=after.id,
        verdict="KNOWN" if known else "REGRESSION" if confirmed else "INCONCLUSIVE",
        estimate=f"{regression.before.verdict} -> {after.verdict}",
        details=tuple(filter(None, details)),
        command=after.command,
        size=math.inf if after.level == "MUST" else 0.0,
    )


def _together(base: Target, head: Target) -> Iterator[Row]:
    held = {row.id for row in base.rows("PASS", "DECLINED", "UNDERCLAIM")}
    unknown = [row for row in head.rows("UNKNOWN") if row.id in held]
    unseen = sorted(held - {row.id for row in head.requirements})
    if unknown:
        yield _whole(head.target, "INCONCLUSIVE", "held in base, and could not be concluded in head", named(unknown))
    if unseen:
        yield _whole(head.target, "INCONCLUSIVE", "held in base, and were not checked in head", ", ".join(unseen))
    kept = sum(row.id in held for row in head.rows("PASS", "DECLINED", "UNDERCLAIM"))
    yield _whole(head.target, "PASS", f"requirements that hold on both sides: {kept}", *_partial(base, head))


def _partial(*targets: Target) -> Sequence[str]:
    return [f"partial: {target.reason}" for target in targets if target.state == "partial"]


def _whole(target: str, verdict: RowVerdict, measure: str, *details: str) -> Row:
    return Row(part="conformance", verb=target, measure=measure, verdict=verdict, details=tuple(filter(None, details)))
