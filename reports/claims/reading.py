"""How one row reads: for the claim, against it, or neither; by rule alone."""

import math
from enum import StrEnum

from taskgauge.reports.claims.claim import Expect
from taskgauge.reports.statistics import CONFIDENCE, Estimate

# Too few processes for the full confidence: the effect must be this many times larger.
FEW_PROCESSES = 3
# An undecided row is noise and no finding where its interval is wider than this to each side, on the log scale, or
# where its processes are few.
NOISE = 0.05


class Reading(StrEnum):
    """What one row says about its claim."""

    FOR = "as claimed"
    AGAINST = "the other way"
    SAME = "no difference that matters"
    UNSEEN = "no difference seen"
    NEAR = "near the margin, not shown to matter"
    NOISY = "withheld"
    MISSING = "not measured"


def margin(estimate: Estimate, effect: float) -> float:
    """Return the effect that this row must exceed: larger where few processes give less than the full confidence."""
    few = estimate.confidence is not None and estimate.confidence < CONFIDENCE
    return effect * FEW_PROCESSES if few else effect


def read(estimate: Estimate, placebo: Estimate | None, expect: Expect, effect: float) -> Reading:
    """Read one row.

    A bound of the interval must lie beyond the margin, never the estimate alone, so that FOR and AGAINST are always
    apart by more than the margin. An effect within the placebo's own deviation is not seen at all.
    """
    smallest = margin(estimate, effect)
    far = 1 + smallest
    at_most = expect in {Expect.AT_MOST, Expect.AT_LEAST}
    more, less = estimate.low > far, estimate.high < 1 / far
    alike = estimate.low >= 1 / far and estimate.high <= far
    wanted, unwanted = (less, more) if expect in {Expect.LESS, Expect.AT_MOST} else (more, less)
    if (more or less) and _within(estimate, placebo):
        return Reading.FOR if at_most else Reading.UNSEEN
    if unwanted:
        return Reading.AGAINST
    if wanted or (at_most and _not_beyond(estimate, expect, far)):
        return Reading.FOR
    if alike:
        return Reading.SAME
    return Reading.NOISY if smallest > effect or estimate.half_width > NOISE else Reading.NEAR


def _not_beyond(estimate: Estimate, expect: Expect, far: float) -> bool:
    return estimate.high <= far if expect is Expect.AT_MOST else estimate.low >= 1 / far


def _within(estimate: Estimate, placebo: Estimate | None) -> bool:
    if placebo is None or estimate.ratio <= 0 or math.isinf(estimate.ratio):
        return False
    return abs(math.log(estimate.ratio)) <= placebo.deviation
