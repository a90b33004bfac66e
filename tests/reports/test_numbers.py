"""How numbers are printed."""

import math

import pytest

from taskgauge.reports.rendering import numbers
from taskgauge.reports.statistics.estimates import Estimate


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (1234567, "1,234,567"),
        (1234.5, "1,234"),
        (12.345, "12.35"),
        (1, "1.000"),
        (0.012345, "0.01235"),
        (-12.3, "-12.30"),
        (1e-12, "0.000000000"),
        (math.inf, "infinite"),
    ],
)
def test_values_have_four_significant_digits(number: float, text: str) -> None:
    """Large or small, a value says as much as was measured."""
    assert text == numbers.value(number)


@pytest.mark.parametrize(
    ("number", "text"),
    [(1.23456, "1.235"), (12.3456, "12.35"), (0.000123456, "0.0001235"), (0, "0"), (math.inf, "from zero")],
)
def test_ratios_have_three_digits(number: float, text: str) -> None:
    """A ratio of nought is nought, one to nought is in words."""
    assert text == numbers.ratio(number)


@pytest.mark.parametrize(
    ("confidence", "processes", "text"),
    [
        (0.9902, 10, "0.900 to 1.100"),
        (0.75, 3, "0.900 to 1.100 (at 75.0 %)"),
        (0, 1, "none: one process"),
        (None, 2, "exact"),
    ],
)
def test_intervals_say_how_sure_they_are(confidence: float | None, processes: int, text: str) -> None:
    """Only the usual confidence goes without saying."""
    found = Estimate(ratio=1, low=0.9, high=1.1, confidence=confidence, processes=processes)

    assert text == numbers.interval(found)


def test_no_exponent_is_minus_nought() -> None:
    """Flat is flat."""
    assert "+0.000" == numbers.exponent(-0.0001)
    assert "not known" == numbers.seconds(None)
