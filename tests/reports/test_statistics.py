"""The statistics against known results, brute force and scipy."""

import itertools
import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from taskgauge.reports.statistics.estimates import (
    StatisticUndefined,
    estimate,
    exact_estimate,
    growth_exponent,
    log_ratio,
    samples_for_quantile,
    signed_rank_counts,
    walsh_averages,
    walsh_interval,
)

numbers = st.floats(-5, 5).map(lambda number: round(number, 6))
samples = st.lists(numbers, min_size=1, max_size=14)


@pytest.mark.parametrize("n", range(1, 11))
def test_signed_rank_counts_are_those_of_all_sign_patterns(n: int) -> None:
    """The counts equal an enumeration of every pattern of signs."""
    found = [0] * (n * (n + 1) // 2 + 1)
    for signs in itertools.product((0, 1), repeat=n):
        found[sum(rank for rank, sign in enumerate(signs, 1) if sign)] += 1

    assert tuple(found) == signed_rank_counts(n)


@given(st.lists(st.floats(-5, 5).filter(bool), min_size=8, max_size=13, unique_by=abs), st.floats(-4, 4))
def test_interval_holds_exactly_the_shifts_that_wilcoxon_does_not_reject(values: list[float], shift: float) -> None:
    """A shift lies in the 99 % interval if and only if scipy's exact signed rank test keeps it at 1 %."""
    low, high, _ = walsh_interval(values)
    moved = [value - shift for value in values]
    if min(map(abs, moved)) < 1e-9 or len({round(abs(value), 9) for value in moved}) < len(moved):
        return  # The exact distribution of scipy is for data without zeros and ties.

    kept = stats.wilcoxon(moved, method="exact").pvalue > 0.01

    assert kept == (low <= shift <= high)


@pytest.mark.parametrize(("n", "attained"), [(10, 1 - 10 / 1024), (8, 1 - 2 / 256), (5, 1 - 2 / 32), (1, 0)])
def test_attained_confidence_is_that_of_the_exact_distribution(n: int, attained: float) -> None:
    """Ten values attain 99.02 %; too few for 99 % give the widest interval there is, and its own confidence."""
    low, high, confidence = walsh_interval(list(range(n)))

    assert attained == pytest.approx(confidence)
    if n < 8:
        assert (0, n - 1) == (low, high)


def test_interval_covers_the_truth_as_often_as_it_says() -> None:
    """Of 1,000 samples of ten, the interval at 90 % misses the centre in about a tenth, never in far more."""
    source = random.Random(7)  # noqa: S311 -- noise, not a secret
    missed = 0
    for _ in range(1000):
        low, high, _ = walsh_interval([source.gauss(0, 1) for _ in range(10)], 0.9)
        missed += not low <= 0 <= high

    assert 50 <= missed <= 140


@given(samples)
def test_estimate_lies_in_its_interval_and_its_interval_in_the_data(values: list[float]) -> None:
    """Estimate, interval and data are nested."""
    found = estimate(values)

    assert math.exp(min(values)) <= found.low * (1 + 1e-9)
    assert found.low <= found.ratio * (1 + 1e-9)
    assert found.ratio <= found.high * (1 + 1e-9)
    assert found.high <= math.exp(max(values)) * (1 + 1e-9)


@given(samples, st.floats(-1, 1))
def test_estimate_moves_with_the_data_and_mirrors_with_it(values: list[float], shift: float) -> None:
    """Multiplying every ratio multiplies the estimate; swapping the arms inverts it."""
    found = estimate(values)

    assert found.ratio * math.exp(shift) == pytest.approx(estimate([value + shift for value in values]).ratio)
    assert 1 / found.ratio == pytest.approx(estimate([-value for value in values]).ratio)
    assert 1 / found.low == pytest.approx(estimate([-value for value in values]).high)


def test_one_wild_process_does_not_move_the_estimate() -> None:
    """Nine quiet processes outweigh one that was disturbed."""
    quiet = [0.09, 0.1, 0.1, 0.11, 0.1, 0.09, 0.11, 0.1, 0.1]

    assert pytest.approx(math.exp(0.1), rel=0.01) == estimate([*quiet, 3.0]).ratio


@given(samples)
def test_walsh_averages_are_all_pairs(values: list[float]) -> None:
    """There are n (n + 1) / 2 of them, sorted."""
    found = walsh_averages(values)

    assert len(values) * (len(values) + 1) // 2 == len(found)
    assert sorted(found) == found


def test_log_ratio_is_the_median_over_paired_slices() -> None:
    """Slices pair in order, so a slow moment that hits both arms cancels."""
    assert math.log(1.1) == pytest.approx(log_ratio([1.1, 11, 110], [1, 10, 100]))


def test_equal_values_give_a_degenerate_interval() -> None:
    """What every process says alike is exact."""
    found = estimate([0.1, 0.1, 0.1])

    assert found.exact
    assert found.low == found.high == pytest.approx(math.exp(0.1))
    assert found.half_width == 0


def test_one_process_is_not_exact() -> None:
    """One value has nothing to agree with: its confidence is 0."""
    assert estimate([0.1]).confidence == 0


@pytest.mark.parametrize(("arm", "baseline", "ratio"), [(136, 128, 136 / 128), (0, 5, 0), (5, 0, math.inf), (0, 0, 1)])
def test_counts_may_be_nought(arm: float, baseline: float, ratio: float) -> None:
    """No Task copies left is a finding, not an error."""
    found = exact_estimate([arm, arm], [baseline])

    assert (ratio, ratio, ratio, True) == (found.ratio, found.low, found.high, found.exact)
    assert (ratio in {0, math.inf}) == math.isinf(found.deviation)


@given(st.floats(-1.5, 1.5), st.floats(0.001, 1000))
def test_growth_exponent_finds_a_known_power(exponent: float, factor: float) -> None:
    """A cost of factor * size**exponent has that exponent."""
    costs = [(size, factor * size**exponent) for size in (10_000, 100_000, 1_000_000)]

    assert exponent == pytest.approx(growth_exponent(costs), abs=1e-9)


@given(
    st.lists(st.tuples(st.floats(1, 1e6), st.floats(0.1, 100)), min_size=3, max_size=6, unique_by=lambda pair: pair[0])
)
def test_growth_exponent_is_scipys_slope(costs: list[tuple[float, float]]) -> None:
    """Scipy's linear regression on the logarithms gives the same slope."""
    across = [math.log(size) for size, _ in costs]
    if max(across) - min(across) < 0.01:
        return  # So close together that rounding decides.

    slope = stats.linregress(across, [math.log(cost) for _, cost in costs]).slope

    assert slope == pytest.approx(growth_exponent(costs), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(("quantile", "needed"), [(0.5, 20), (0.9, 100), (0.99, 1000), (0.999, 10_000), (0, 10)])
def test_quantiles_need_ten_samples_beyond_them(quantile: float, needed: int) -> None:
    """10 / (1 - q), exactly."""
    assert needed == samples_for_quantile(quantile)


@pytest.mark.parametrize(
    ("statistic", "numbers"),
    [
        (log_ratio, ([], [])),
        (log_ratio, ([1.0], [1.0, 2.0])),
        (log_ratio, ([0.0], [1.0])),
        (log_ratio, ([1.0], [-1.0])),
        (walsh_interval, ([],)),
        (walsh_interval, ([1.0, math.nan],)),
        (walsh_interval, ([1.0, math.inf],)),
        (walsh_interval, ([1.0], 1.0)),
        (estimate, ([],)),
        (exact_estimate, ([], [1])),
        (exact_estimate, ([1, 2], [1])),
        (exact_estimate, ([-1], [1])),
        (growth_exponent, ([(10, 1)],)),
        (growth_exponent, ([(10, 1), (10, 2)],)),
        (growth_exponent, ([(10, 1), (100, 0)],)),
        (samples_for_quantile, (1,)),
        (samples_for_quantile, (-0.1,)),
    ],
)
def test_statistics_refuse_what_they_cannot_say(statistic: Callable[..., object], numbers: tuple[object, ...]) -> None:
    """Too little, unpaired, or impossible numbers raise, and never give a figure."""
    with pytest.raises(StatisticUndefined):
        statistic(*numbers)
