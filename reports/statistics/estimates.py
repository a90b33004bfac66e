"""Pure statistics: paired log-ratios, Hodges-Lehmann with its exact interval, growth. Numbers in, numbers out.

Hodges and Lehmann, Estimates of Location Based on Rank Tests (1963); the interval is the inversion of Wilcoxon's signed
rank test over the Walsh averages (Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, section 3.4).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import median

CONFIDENCE = 0.99


class StatisticUndefined(ValueError):
    """The numbers do not allow this statistic; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A ratio to the baseline with its interval.

    `confidence` is the attained one, between 0 and 1; it is None where equal values make the figure exact. `spread` is
    the largest ratio of any process divided by the smallest.
    """

    ratio: float
    low: float
    high: float
    confidence: float | None
    processes: int
    spread: float = 1.0

    @property
    def exact(self) -> bool:
        """True if every process gave the same value, so that no interval is needed."""
        return self.confidence is None

    @property
    def half_width(self) -> float:
        """Half the interval's width on the log scale: 0.05 is about ±5 %; infinite where a bound is 0 or infinite."""
        if self.low == self.high:
            return 0.0
        if self.low <= 0 or math.isinf(self.high):
            return math.inf
        return math.log(self.high / self.low) / 2

    @property
    def deviation(self) -> float:
        """The distance of the interval's further end from "no difference", on the log scale, at least 0."""
        if self.low <= 0 or math.isinf(self.high):
            return math.inf
        return max(abs(math.log(self.low)), abs(math.log(self.high)))


def log_ratio(arm: Sequence[float], baseline: Sequence[float]) -> float:
    """Return one process's evidence: the median over its slices, paired in order, of log(arm / baseline).

    Raises StatisticUndefined for no slices, unequal numbers of slices, and values that are not above 0.
    """
    if not arm or len(arm) != len(baseline):
        raise StatisticUndefined("the slices of the two arms do not pair")
    if min(*arm, *baseline) <= 0:
        raise StatisticUndefined("a ratio needs values above 0")
    return median(math.log(first / second) for first, second in zip(arm, baseline, strict=True))


def walsh_averages(values: Sequence[float]) -> list[float]:
    """Return the sorted averages of all pairs, each value paired with itself too: n (n + 1) / 2 of them."""
    return sorted((first + second) / 2 for at, first in enumerate(values) for second in values[at:])


@lru_cache(maxsize=64)
def signed_rank_counts(n: int) -> tuple[int, ...]:
    """Return how many of the 2**n sign patterns give each value of the signed rank statistic, from 0 upward."""
    counts = [1] + [0] * (n * (n + 1) // 2)
    for rank in range(1, n + 1):
        for total in range(len(counts) - 1, rank - 1, -1):
            counts[total] += counts[total - rank]
    return tuple(counts)


def walsh_interval(values: Sequence[float], confidence: float = CONFIDENCE) -> tuple[float, float, float]:
    """Return the low and high end of the two-sided interval and the confidence that it attains.

    With too few values for the confidence asked for, that is the widest interval there is, and its own confidence.
    Raises StatisticUndefined for no values, values that are not finite, and a confidence outside 0 to 1.
    """
    if not values or not all(map(math.isfinite, values)):
        raise StatisticUndefined("an interval needs at least one value, all finite")
    if not 0 < confidence < 1:
        raise StatisticUndefined("a confidence lies between 0 and 1")
    averages = walsh_averages(values)
    counts = signed_rank_counts(len(values))
    patterns = 2 ** len(values)
    outside, cut = counts[0], 1
    # 1e-12 forgives 1 - 0.99 being a hair above 0.01 or below.
    while cut < len(averages) // 2 and 2 * (outside + counts[cut]) <= (1 - confidence + 1e-12) * patterns:
        outside += counts[cut]
        cut += 1
    return averages[cut - 1], averages[-cut], max(0.0, 1 - 2 * outside / patterns)


def estimate(log_ratios: Sequence[float], confidence: float = CONFIDENCE) -> Estimate:
    """Return Hodges and Lehmann's estimate over processes, as a ratio. Raises as `walsh_interval` does."""
    low, high, attained = walsh_interval(log_ratios, confidence)
    alike = len(log_ratios) > 1 and min(log_ratios) == max(log_ratios)
    return Estimate(
        ratio=math.exp(median(walsh_averages(log_ratios))),
        low=math.exp(low),
        high=math.exp(high),
        confidence=None if alike else attained,
        processes=len(log_ratios),
        spread=math.exp(max(log_ratios) - min(log_ratios)),
    )


def exact_estimate(arm: Sequence[float], baseline: Sequence[float]) -> Estimate:
    """Return the ratio of two counts that are the same in every process; 0 is a count like any other.

    Raises StatisticUndefined for no values, values below 0, and values that are not all equal.
    """
    if not arm or not baseline or len(set(arm)) > 1 or len(set(baseline)) > 1:
        raise StatisticUndefined("a count is exact only if every process counts the same")
    left, right = arm[0], baseline[0]
    if left < 0 or right < 0:
        raise StatisticUndefined("a count is never below 0")
    ratio = 1.0 if left == right else left / right if right else math.inf
    return Estimate(ratio=ratio, low=ratio, high=ratio, confidence=None, processes=min(len(arm), len(baseline)))


def samples_for_quantile(quantile: float) -> int:
    """Return the number of samples from which a quantile may be printed: 10 / (1 - quantile).

    Raises StatisticUndefined outside 0 to 1.
    """
    if not 0 <= quantile < 1:
        raise StatisticUndefined("a quantile is at least 0 and below 1")
    return math.ceil(round(10 / (1 - quantile), 6))


def growth_exponent(costs: Sequence[tuple[float, float]]) -> float:
    """Return b of cost = a * size**b by least squares on the logarithms of (size, cost per task): 0 is flat.

    Raises StatisticUndefined for fewer than two different sizes and for values that are not above 0.
    """
    if len({size for size, _ in costs}) < 2:
        raise StatisticUndefined("growth needs at least two sizes")
    if min(min(pair) for pair in costs) <= 0:
        raise StatisticUndefined("growth needs sizes and costs above 0")
    across = [math.log(size) for size, _ in costs]
    upward = [math.log(cost) for _, cost in costs]
    middle, height = sum(across) / len(costs), sum(upward) / len(costs)
    over = sum((x - middle) * (y - height) for x, y in zip(across, upward, strict=True))
    return over / sum((x - middle) ** 2 for x in across)
