"""One-sided bounds and chances from Walsh averages, and Holm's step-down. Numbers in, numbers out.

A bound and a chance are two readings of one exact test, Wilcoxon's signed rank test: the lower bound at 99 % lies above
a threshold if and only if the chance of that threshold is at most 1 %. Hollander, Wolfe and Chicken, Nonparametric
Statistical Methods, section 3.4; Holm, A Simple Sequentially Rejective Multiple Test Procedure (1979).
"""

import math
from collections.abc import Mapping, Sequence
from statistics import median

from taskgauge.reports.statistics.estimates import StatisticUndefined, signed_rank_counts, walsh_averages

# Forgives 1 - 0.99 being a hair above 0.01 or below.
_HAIR = 1e-12


def location(values: Sequence[float]) -> float:
    """Return Hodges and Lehmann's estimate: the median of the Walsh averages. Raises StatisticUndefined."""
    return median(_averages(values))


def lower_bound(values: Sequence[float], level: float) -> float:
    """Return the one-sided lower bound of the location at this level, such as 0.99.

    Raises StatisticUndefined for values that are not finite, a level outside 0 to 1, and too few values for it.
    """
    averages = _averages(values)
    return averages[_cut(len(values), level) - 1]


def upper_bound(values: Sequence[float], level: float) -> float:
    """Return the one-sided upper bound; raises as `lower_bound` does."""
    averages = _averages(values)
    return averages[-_cut(len(values), level)]


def chance_above(values: Sequence[float], threshold: float) -> float:
    """Return the p-value of "the location is at most the threshold": small where the values lie above it.

    Values, or averages of two, that equal the threshold count as not above it. Raises StatisticUndefined.
    """
    if not math.isfinite(threshold):
        raise StatisticUndefined("a threshold is a number")
    above = sum(average > threshold for average in _averages(values))
    return sum(signed_rank_counts(len(values))[above:]) / (1 << len(values))


def chance_below(values: Sequence[float], threshold: float) -> float:
    """Return the p-value of "the location is at least the threshold"; raises as `chance_above` does."""
    return chance_above([-value for value in values], -threshold)


def holm(chances: Mapping[str, float], error: float, *, others: int = 0) -> frozenset[str]:
    """Return the names that Holm's step-down rejects, with this chance of even one false rejection among all.

    `others` more belong to the family and are not rejected. Raises StatisticUndefined for chances or an error outside
    0 to 1, and fewer others than none.
    """
    if not all(0 <= chance <= 1 for chance in (*chances.values(), error)) or others < 0:
        raise StatisticUndefined("a chance lies between 0 and 1, and a family has no fewer than its own members")
    rejected: set[str] = set()
    for name in sorted(chances, key=lambda name: chances[name]):
        if chances[name] > error / (len(chances) + others - len(rejected)) + _HAIR:
            break
        rejected.add(name)
    return frozenset(rejected)


def fewest_values(level: float, family: int = 1) -> int:
    """Return from how many values on a bound at this level exists; `family` names are told apart by Holm's step-down.

    Raises StatisticUndefined for a level outside 0 to 1 and an empty family.
    """
    if not 0 < level < 1 or family < 1:
        raise StatisticUndefined("a level lies between 0 and 1, and a family has at least one member")
    return max(1, math.ceil(-math.log2((1 - level + _HAIR) / family)))


def _averages(values: Sequence[float]) -> list[float]:
    if not values or not all(map(math.isfinite, values)):
        raise StatisticUndefined("a bound needs at least one value, all finite")
    return walsh_averages(values)


def _cut(n: int, level: float) -> int:
    """Return how many of the smallest averages lie below the bound, and itself: at least 1."""
    if not 0 < level < 1:
        raise StatisticUndefined("a level lies between 0 and 1")
    outside, cut = 0, 0
    for count in signed_rank_counts(n):
        outside += count
        if outside > (1 - level + _HAIR) * (1 << n):
            break
        cut += 1
    if cut == 0:
        fewest = fewest_values(level)
        raise StatisticUndefined(f"{n} {'pair is' if n == 1 else 'pairs are'} too few: {level:.0%} needs {fewest}")
    return cut
