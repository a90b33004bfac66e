"""Two runs of the same targets, before a change and after it."""

from collections.abc import Sequence
from dataclasses import dataclass

from taskgauge.reports.run_folder.target_results import RequirementRow, TargetResults


@dataclass(frozen=True, slots=True, kw_only=True)
class Regression:
    """A requirement that a target kept, or properly declined, and now breaks."""

    target: str
    before: RequirementRow
    after: RequirementRow


def regressions(base: Sequence[TargetResults], head: Sequence[TargetResults]) -> tuple[Regression, ...]:
    """Return what held in `base` and is broken in `head`, target by target.

    What could not be concluded in either of them is no regression. A SHOULD that fails is one as much as a MUST is;
    `after.level` and `after.known` tell them apart.
    """
    before = {(target.target, row.id): row for target in base for row in target.holding}
    return tuple(
        Regression(target=target.target, before=before[target.target, row.id], after=row)
        for target in head
        for row in target.failing
        if (target.target, row.id) in before
    )


def no_longer_judged(base: Sequence[TargetResults], head: Sequence[TargetResults]) -> tuple[str, ...]:
    """Return the targets that were judged in `base` and are not in `head`: missing, or unable to start."""
    left = {target.target for target in head if target.is_judged}
    return tuple(target.target for target in base if target.is_judged and target.target not in left)
