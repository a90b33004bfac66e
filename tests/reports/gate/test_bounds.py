"""Bounds and chances against scipy and brute force, and Holm's step-down against its definition."""

import itertools
import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from taskgauge.reports.statistics.bounds import (
    chance_above,
    chance_below,
    fewest_values,
    holm,
    location,
    lower_bound,
    upper_bound,
)
from taskgauge.reports.statistics.estimates import StatisticUndefined, walsh_interval

numbers = st.floats(-1, 1).map(lambda number: round(number, 6))
samples = st.lists(numbers, min_size=7, max_size=14)
levels = st.sampled_from([0.95, 0.99])
distinct = st.lists(st.floats(-1, 1).filter(bool), min_size=7, max_size=14, unique_by=abs)


def apart(values: list[float]) -> bool:
    """Whether scipy's exact distribution, which knows no zeros and ties, is theirs."""
    return min(map(abs, values)) > 1e-9 and len({round(abs(value), 9) for value in values}) == len(values)


@given(distinct, st.floats(-1, 1))
def test_chances_are_those_of_scipys_exact_test(values: list[float], threshold: float) -> None:
    """One-sided, each way, as scipy has them of the values moved by the threshold."""
    moved = [value - threshold for value in values]
    if not apart(moved):
        return

    above = stats.wilcoxon(moved, alternative="greater", method="exact").pvalue
    below = stats.wilcoxon(moved, alternative="less", method="exact").pvalue

    assert (above, below) == pytest.approx((chance_above(values, threshold), chance_below(values, threshold)))


@given(samples, st.floats(-1, 1), levels)
def test_a_bound_and_a_chance_say_the_same(values: list[float], threshold: float, level: float) -> None:
    """The lower bound lies above a threshold if and only if its chance is small enough, ties or none; so below."""
    small = 1 - level + 1e-12

    assert (chance_above(values, threshold) <= small) == (lower_bound(values, level) > threshold)
    assert (chance_below(values, threshold) <= small) == (upper_bound(values, level) < threshold)


@given(samples, levels)
def test_bounds_are_the_ends_of_the_interval_of_twice_the_error(values: list[float], level: float) -> None:
    """One-sided 99 % each way is two-sided 98 %."""
    low, high, _ = walsh_interval(values, 2 * level - 1)

    assert (low, high) == (lower_bound(values, level), upper_bound(values, level))


@given(samples, levels)
def test_location_lies_between_its_bounds(values: list[float], level: float) -> None:
    """Bounds and data are nested, and a stronger bound is the wider."""
    assert min(values) <= lower_bound(values, 0.99) <= lower_bound(values, level) <= location(values)
    assert location(values) <= upper_bound(values, level) <= upper_bound(values, 0.99) <= max(values)


@given(samples, st.floats(-1, 1))
def test_swapping_the_sides_mirrors_all(values: list[float], threshold: float) -> None:
    """A slow-down seen from one side is an improvement seen from the other."""
    mirrored = [-value for value in values]

    assert -upper_bound(values, 0.99) == lower_bound(mirrored, 0.99)
    assert chance_below(values, threshold) == chance_above(mirrored, -threshold)


def test_ten_pairs_all_above_are_the_strongest_there_is() -> None:
    """With 10 pairs the smallest chance is 1/1024, enough among 8 operations."""
    chance = chance_above([0.1 + at / 1000 for at in range(10)], 0.05)

    assert chance == 1 / 1024
    assert holm({"this": chance} | {str(at): 1.0 for at in range(7)}, 0.01) == {"this"}


def test_a_bound_misses_the_truth_as_often_as_it_says() -> None:
    """Of 2,000 samples of ten, the lower bound at 95 % lies above the centre in about a twentieth, not in more."""
    source = random.Random(5)  # noqa: S311 -- noise, not a secret
    missed = sum(lower_bound([source.gauss(0, 1) for _ in range(10)], 0.95) > 0 for _ in range(2000))

    assert 60 <= missed <= 120


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.floats(0, 0.05), min_size=1), st.integers(0, 3))
def test_holm_rejects_by_its_definition(chances: dict[str, float], others: int) -> None:
    """The k-th smallest falls if it and all smaller ones are within the error divided by those that are left."""
    ordered = sorted(chances.values())
    family = len(chances) + others
    falling = itertools.takewhile(lambda at: ordered[at] <= 0.01 / (family - at) + 1e-12, range(len(ordered)))

    assert len(list(falling)) == len(holm(chances, 0.01, others=others))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_lies_between_bonferroni_and_no_correction(chances: list[float]) -> None:
    """It rejects all that Bonferroni rejects, and nothing that a single test would not."""
    named = {str(at): chance for at, chance in enumerate(chances)}
    found = holm(named, 0.01)

    assert {name for name, chance in named.items() if chance <= 0.01 / len(named)} <= found
    assert found <= {name for name, chance in named.items() if chance <= 0.01 + 1e-9}


@pytest.mark.parametrize(("level", "family", "fewest"), [(0.99, 1, 7), (0.99, 8, 10), (0.95, 1, 5), (0.5, 1, 1)])
def test_fewest_values_are_those_with_a_bound(level: float, family: int, fewest: int) -> None:
    """One fewer has no bound; so many have one."""
    assert fewest_values(level, family) == fewest
    if family == 1 and fewest > 1:
        lower_bound([0.1] * fewest, level)
        with pytest.raises(StatisticUndefined, match=f"{level:.0%} needs {fewest}"):
            lower_bound([0.1] * (fewest - 1), level)


@pytest.mark.parametrize(
    ("statistic", "given_"),
    [
        (location, ([],)),
        (location, ([math.nan],)),
        (lower_bound, ([], 0.99)),
        (lower_bound, ([0.1] * 6, 0.99)),
        (lower_bound, ([0.1] * 9 + [math.nan], 0.99)),
        (lower_bound, ([0.1] * 9 + [math.inf], 0.99)),
        (lower_bound, ([0.1] * 10, 1.0)),
        (lower_bound, ([0.1] * 10, 0.0)),
        (upper_bound, ([0.1] * 6, 0.99)),
        (upper_bound, ([-math.inf] * 10, 0.99)),
        (chance_above, ([], 0.0)),
        (chance_above, ([math.nan], 0.0)),
        (chance_above, ([0.1], math.nan)),
        (chance_below, ([math.nan], 0.0)),
        (chance_below, ([0.1], math.inf)),
        (holm, ({"a": math.nan}, 0.01)),
        (holm, ({"a": 1.5}, 0.01)),
        (holm, ({"a": 0.5}, -0.01)),
        (fewest_values, (1.0,)),
        (fewest_values, (0.99, 0)),
    ],
)
def test_statistics_refuse_what_they_cannot_say(statistic: Callable[..., object], given_: tuple[object, ...]) -> None:
    """Too few, or impossible numbers raise, and never give a figure."""
    with pytest.raises(StatisticUndefined):
        statistic(*given_)


def test_holm_refuses_fewer_others_than_none() -> None:
    """A family is not smaller than its members."""
    with pytest.raises(StatisticUndefined):
        holm({"a": 0.5}, 0.01, others=-1)
