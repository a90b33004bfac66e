"""Cells with the median and the range of a metric over sessions."""

from taskgauge.reports.judging.standings import Spread
from taskgauge.reports.rendering import numbers

NOTE = "A cell has the median over sessions, and in brackets the lowest and the highest."


def spread_cell(spread: Spread) -> str:
    """Return the median, and the range if there are several sessions."""
    return numbers.value(spread.middle) + (f" {range_cell(spread)}" if len(spread.values) > 1 else "")


def range_cell(spread: Spread) -> str:
    """Return the lowest and the highest value in brackets."""
    return f"[{numbers.value(spread.low)} to {numbers.value(spread.high)}]"
