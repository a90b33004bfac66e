"""What the gate finds, by simulation, and how sure a rate is."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from taskgauge.reports.judging.gate.power import power, rate_at_most, smallest_found
from taskgauge.reports.statistics.estimates import StatisticUndefined

MARGIN = 0.05


def pairs(spread: float, number: int = 60, centre: float = 0.0) -> list[float]:
    """Return log-ratios with this spread."""
    source = random.Random(11)  # noqa: S311 -- noise, not a secret
    return [source.gauss(centre, spread) for _ in range(number)]


@given(st.integers(1, 400).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_bound_of_a_rate_is_scipys(seen: tuple[int, int]) -> None:
    """Clopper and Pearson's, one-sided."""
    times, of = seen
    expected = stats.binomtest(times, of, alternative="less").proportion_ci(0.95, method="exact").high

    assert expected == pytest.approx(rate_at_most(times, of), abs=1e-9)


def test_no_false_alarm_in_forty_gates_is_at_most_seven_per_cent() -> None:
    """The figure that a calibration of 400 pairs can reach."""
    assert rate_at_most(0, 40) == pytest.approx(1 - 0.05 ** (1 / 40))


@pytest.mark.parametrize(("times", "of", "level"), [(0, 0, 0.95), (2, 1, 0.95), (-1, 5, 0.95), (0, 5, 1), (0, 5, 0)])
def test_rates_of_nothing_are_refused(times: int, of: int, level: float) -> None:
    """No trials, more times than trials, a level that is none."""
    with pytest.raises(StatisticUndefined):
        rate_at_most(times, of, level)


def test_a_larger_change_is_found_more_often() -> None:
    """Nothing where there is none, all where it is large; and the margin itself is hardly ever called."""
    values = pairs(0.03)
    found = [power(values, change, MARGIN, 7, draws=60) for change in (0, 0.05, 0.08, 0.12)]

    assert found == sorted(found)
    assert found[0] == 0
    assert found[1] < 0.05
    assert found[3] == 1


def test_the_centre_of_the_pairs_does_not_count() -> None:
    """Only how they scatter: residuals are drawn."""
    here, there = (power(pairs(0.03, centre=centre), 0.08, MARGIN, 7, draws=60) for centre in (0.0, 0.02))

    assert here == pytest.approx(there, abs=0.02)


def test_the_smallest_change_found_grows_with_the_noise() -> None:
    """It lies above the margin; a quiet machine finds the smaller one."""
    quiet, loud = (smallest_found(pairs(spread), MARGIN, 7, draws=60) for spread in (0.01, 0.05))

    assert quiet is not None
    assert loud is not None
    assert MARGIN < quiet < loud


def test_what_is_never_found_has_no_smallest() -> None:
    """Noise of a factor of ten hides a doubling."""
    assert smallest_found(pairs(math.log(10)), MARGIN, 7, draws=20) is None


def test_too_few_pairs_are_refused() -> None:
    """Gates of ten cannot be drawn from nine."""
    with pytest.raises(StatisticUndefined, match="9 pairs are too few"):
        power(pairs(0.03, 9), 0.1, MARGIN, 7)
    with pytest.raises(StatisticUndefined):
        power([math.nan] * 10, 0.1, MARGIN, 7)
