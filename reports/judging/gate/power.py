"""The smallest slow-down that the gate finds, simulated from residuals of real pairs; and bounds of a rate."""

import math
import random
from collections.abc import Sequence

from taskgauge.reports.judging.gate.decision import Evidence, FindingStatus, decide
from taskgauge.reports.statistics.bounds import location
from taskgauge.reports.statistics.estimates import StatisticUndefined

PAIRS = 10
DRAWS = 400
WANTED = 0.95
_SEED = 20_071_017
_STEPS = [step / 200 for step in range(1, 201)]
"""The changes that are looked at, as shares: 0.5 % to 100 %."""


def power(values: Sequence[float], change: float, margin: float, others: int, draws: int = DRAWS) -> float:
    """Return the share of simulated gates that call a slow-down by this share: second look and confirmation included.

    The pairs of each gate are drawn, with replacement, from the residuals of these log-ratios around their own
    location; `others` more operations are timed beside it and show nothing. The draws are the same for every change.
    Raises StatisticUndefined for fewer than 10 values, and values that are not finite.
    """
    if len(values) < PAIRS:
        raise StatisticUndefined(f"{len(values)} pairs are too few to draw gates of {PAIRS} from")
    centre = location(values)
    moved = [value - centre + math.log1p(change) for value in values]
    source = random.Random(_SEED)  # noqa: S311 -- a simulation, not a secret
    detected = 0
    for _ in range(draws):
        first, second, confirm = (tuple(source.choices(moved, k=PAIRS)) for _ in range(3))
        detected += _is_found(margin, first, second, confirm, others)
    return detected / draws


def _is_found(
    margin: float, first: tuple[float, ...], second: tuple[float, ...], confirm: tuple[float, ...], others: int
) -> bool:
    decision = decide({"": Evidence(margin=margin, first=first)}, others=others)
    again: tuple[float, ...] = ()
    if decision.again:
        again = second
        decision = decide({"": Evidence(margin=margin, first=first, second=again)}, others=others)
    if not decision.confirm:
        return False
    whole = Evidence(margin=margin, first=first, second=again, confirm=confirm)
    return bool(decide({"": whole}, others=others).standing(FindingStatus.SLOWER))


def smallest_found(values: Sequence[float], margin: float, others: int, draws: int = DRAWS) -> float | None:
    """Return the smallest change, as a share in steps of 0.5 %, that 95 % of simulated gates find.

    None if even a doubling is not. Raises as `power` does.
    """
    low, high = 0, len(_STEPS)
    while low < high:
        middle = (low + high) // 2
        if power(values, _STEPS[middle], margin, others, draws) >= WANTED:
            high = middle
        else:
            low = middle + 1
    return _STEPS[low] if low < len(_STEPS) else None


def rate_at_most(times: int, of: int, level: float = 0.95) -> float:
    """Return the one-sided upper bound of a rate that was seen so many times.

    Clopper and Pearson, The Use of Confidence or Fiducial Limits Illustrated in the Case of the Binomial (1934). Raises
    StatisticUndefined for no trials, more times than trials, and a level outside 0 to 1.
    """
    if not 0 <= times <= of or of < 1 or not 0 < level < 1:
        raise StatisticUndefined("a rate needs trials, no more times than these, and a level between 0 and 1")
    if times == of:
        return 1.0
    low, high = times / of, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _at_most(times, of, middle) > 1 - level:
            low = middle
        else:
            high = middle
    return high


def _at_most(times: int, of: int, rate: float) -> float:
    """Return the chance of no more than so many of these trials."""
    return sum(math.comb(of, count) * rate**count * (1 - rate) ** (of - count) for count in range(times + 1))
