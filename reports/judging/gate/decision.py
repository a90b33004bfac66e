"""The rule of the gate, over numbers only: what is slower, what is faster, and which pairs are needed to know.

Every number is a log-ratio head / base, one a process pair. Each operation has a margin, a share such as 0.05. A
bound is one-sided at 99 %; what is called slower or faster is so after Holm's step-down over all operations, each way
by itself.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from taskgauge.reports.run_folder.duet_pairs import Comparison, RoundName
from taskgauge.reports.statistics.bounds import (
    chance_above,
    chance_below,
    holm,
    location,
    lower_bound,
    upper_bound,
)
from taskgauge.reports.statistics.estimates import StatisticUndefined

LEVEL = 0.99
CONFIRMING = 0.95
"""The level at which pairs with swapped sides must confirm what was found."""


class FindingStatus(StrEnum):
    """The status of one operation."""

    SLOWER = "REGRESSION"
    FASTER = "IMPROVEMENT"
    WITHIN = "PASS"
    OPEN = "INCONCLUSIVE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Pairs that are still needed: of which operations, with the sides swapped or not, and of which comparisons."""

    name: RoundName
    operations: tuple[str, ...]
    swapped: bool = False
    comparisons: tuple[Comparison, ...] = ("head",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The log-ratios of one operation by round; those of `confirm` come from pairs with the sides swapped."""

    margin: float
    first: tuple[float, ...] = ()
    second: tuple[float, ...] = ()
    confirm: tuple[float, ...] = ()

    @property
    def values(self) -> tuple[float, ...]:
        """The values that the operation is judged by; those that confirm are separate."""
        return (*self.first, *self.second)

    @property
    def limit(self) -> float:
        """The margin on the log scale."""
        return math.log1p(self.margin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The result for one operation: ratios head / base, None where there are too few pairs for a figure.

    `low` and `high` are each one-sided at 99 %; `slower` and `faster` are the chances before Holm's step-down;
    `confirmed` is the bound of the pairs with swapped sides, and `reason` says why an operation is open.
    """

    operation: str
    standing: FindingStatus
    pairs: int
    margin: float
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    slower: float | None = None
    faster: float | None = None
    confirmed: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The results for all operations, and the operations that need a second look or a confirmation."""

    findings: tuple[Finding, ...]
    again: tuple[str, ...] = ()
    confirm: tuple[str, ...] = ()

    def standing(self, *standings: FindingStatus) -> tuple[Finding, ...]:
        """Return the findings that stand so."""
        return tuple(finding for finding in self.findings if finding.standing in standings)


def decide(evidence: Mapping[str, Evidence], *, others: int = 0) -> Decision:
    """Return what the pairs say; `others` more operations were timed, and nothing was seen in them.

    A second look is asked for once, and so is a confirmation; an operation that is still open then stays open. Raises
    StatisticUndefined for log-ratios that are not finite and margins that are not above 0.
    """
    for operation, known in evidence.items():
        if not 0 < known.margin < math.inf or not all(map(math.isfinite, (*known.values, *known.confirm))):
            raise StatisticUndefined(f"{operation} needs a margin above 0, and log-ratios that are finite")
    measured = {operation: known for operation, known in evidence.items() if known.values}
    above = {operation: chance_above(known.values, known.limit) for operation, known in measured.items()}
    below = {operation: chance_below(known.values, -known.limit) for operation, known in measured.items()}
    slower, faster = (holm(chances, 1 - LEVEL, others=others) for chances in (above, below))
    findings = tuple(
        _finding(operation, known, operation in slower, operation in faster) for operation, known in evidence.items()
    )
    seen_again = any(known.second or known.confirm for known in evidence.values())
    seen_swapped = any(known.confirm for known in evidence.values())
    decided = slower | faster
    return Decision(
        findings=findings,
        again=()
        if seen_again
        else tuple(finding.operation for finding in findings if finding.operation not in decided and _open(finding)),
        confirm=() if seen_swapped else tuple(operation for operation in evidence if operation in decided),
    )


def _open(finding: Finding) -> bool:
    """Return True if more pairs may decide: the operation is not within its margin, or a gain is not certain yet."""
    seems_faster = finding.ratio is not None and finding.ratio * (1 + finding.margin) < 1
    return finding.standing is FindingStatus.OPEN or seems_faster


def _finding(operation: str, evidence: Evidence, slower: bool, faster: bool) -> Finding:
    values, limit = evidence.values, evidence.limit
    if not values:
        return Finding(
            operation=operation, standing=FindingStatus.OPEN, pairs=0, margin=evidence.margin, reason="no pair finished"
        )
    low = high = None
    reason = ""
    try:
        low, high = lower_bound(values, LEVEL), upper_bound(values, LEVEL)
    except StatisticUndefined as error:
        reason = str(error)
    confirmed = None
    standing = FindingStatus.WITHIN if high is not None and high < limit else FindingStatus.OPEN
    if slower or faster:
        standing, confirmed, reason = _confirm(evidence, FindingStatus.SLOWER if slower else FindingStatus.FASTER)
    elif standing is FindingStatus.OPEN and not reason:
        reason = f"after {len(values)} pairs the interval still reaches beyond the margin"
    return Finding(
        operation=operation,
        standing=standing,
        pairs=len(values),
        margin=evidence.margin,
        ratio=math.exp(location(values)),
        low=None if low is None else math.exp(low),
        high=None if high is None else math.exp(high),
        slower=chance_above(values, limit),
        faster=chance_below(values, -limit),
        confirmed=None if confirmed is None else math.exp(confirmed),
        reason=reason,
    )


def _confirm(evidence: Evidence, status: FindingStatus) -> tuple[FindingStatus, float | None, str]:
    """Return the standing after the pairs with swapped sides, their bound, and why it is no more than open."""
    # An improvement that is not confirmed is within the margin all the same.
    otherwise = FindingStatus.OPEN if status is FindingStatus.SLOWER else FindingStatus.WITHIN
    word = "slower" if status is FindingStatus.SLOWER else "faster"
    if not evidence.confirm:
        return otherwise, None, f"{word}, and not confirmed by pairs with swapped sides"
    sign = 1 if status is FindingStatus.SLOWER else -1
    try:
        bound = lower_bound([sign * value for value in evidence.confirm], CONFIRMING)
    except StatisticUndefined as error:
        return otherwise, None, f"{word}, and not confirmed: {error}"
    if bound > math.log1p(evidence.margin / 2):
        return status, sign * bound, ""
    return otherwise, sign * bound, f"{word}, and pairs with swapped sides do not confirm it"
