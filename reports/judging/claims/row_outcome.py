"""Decides one row: for the claim, against it, or neither."""

import math
from enum import StrEnum

from taskgauge.reports.judging.claims.claim import Expect
from taskgauge.reports.statistics.estimates import CONFIDENCE, Estimate

# Too few processes for the full confidence: the effect must be this many times larger.
FEW_PROCESSES = 3
# An undecided row is noise and no finding where its interval is wider than this to each side, on the log scale, and
# wider than the effect that matters; or where its processes are few.
NOISE = 0.05


class RowOutcome(StrEnum):
    """The outcome of one row for its claim."""

    FOR = "as claimed"
    AGAINST = "the other way"
    SAME = "no difference that matters"
    UNSEEN = "no more than the A/A control shows"
    NEAR = "too close to the margin to tell"
    NOISY = "withheld"
    MISSING = "not measured"


def margin(estimate: Estimate, effect: float) -> float:
    """Return the effect that this row must exceed: larger where few processes give less than the full confidence."""
    few = estimate.confidence is not None and estimate.confidence < CONFIDENCE
    return effect * FEW_PROCESSES if few else effect


def read(estimate: Estimate, control: Estimate | None, expect: Expect, effect: float) -> RowOutcome:
    """Read one row.

    A bound of the interval must lie beyond the margin, never the estimate alone, so that FOR and AGAINST are always
    apart by more than the margin. An effect within the A/A control's own deviation is not seen at all.
    """
    smallest = margin(estimate, effect)
    # Few processes must show more to say that there is a difference, and no less to say that there is none.
    far, near = 1 + smallest, 1 + effect
    more, less = estimate.low > far, estimate.high < 1 / far
    not_more, not_less = estimate.high <= near, estimate.low >= 1 / near
    wanted, unwanted = (less, more) if expect in {Expect.LESS, Expect.AT_MOST} else (more, less)
    not_beyond = (expect is Expect.AT_MOST and not_more) or (expect is Expect.AT_LEAST and not_less)
    if (more or less) and not not_beyond and _within(estimate, control):
        return RowOutcome.UNSEEN
    if unwanted:
        return RowOutcome.AGAINST
    if wanted or not_beyond:
        return RowOutcome.FOR
    if not_more and not_less:
        return RowOutcome.SAME
    return RowOutcome.NOISY if smallest > effect or estimate.half_width > max(NOISE, effect) else RowOutcome.NEAR


def _within(estimate: Estimate, control: Estimate | None) -> bool:
    if control is None or estimate.ratio <= 0 or math.isinf(estimate.ratio):
        return False
    return abs(math.log(estimate.ratio)) <= control.deviation
