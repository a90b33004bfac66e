"""A chart of ratios with their intervals on a logarithmic axis; the table beside it has the same figures."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from taskgauge.reports.rendering import numbers
from taskgauge.reports.site.shape_costs import ShapeCost
from taskgauge.reports.statistics.estimates import CONFIDENCE

_LABELS, _PLOT, _ROW, _TOP = 360, 480, 18, 30
"""Pixels: the width of the labels, the width of the plot, the height of a row, and the space above the first row."""
_LARGEST = 4
"""The largest factor that the axis shows, as a power of two; what lies beyond is drawn at its end."""
_LABEL = 58
"""Characters of a label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartRow:
    """A row of the chart: the places of the ratio and of the ends of its interval, in pixels."""

    label: str
    words: str
    y: int
    low: float
    ratio: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A mark on the axis."""

    label: str
    x: float


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalChart:
    """A chart with its size in pixels."""

    rows: tuple[ChartRow, ...]
    ticks: tuple[Tick, ...]
    width: int
    height: int
    labels: int = _LABELS
    top: int = _TOP


def interval_chart(costs: Sequence[ShapeCost]) -> IntervalChart | None:
    """Return the chart of the ratios whose interval has the full confidence; None if there are fewer than two."""
    shown = [cost for cost in costs if _is_settled(cost)]
    if len(shown) < 2:
        return None
    ends = [
        abs(math.log2(end))
        for cost in shown
        if (estimate := cost.arm.estimate)
        for end in (estimate.low, estimate.high)
    ]
    reach = min(max(1, math.ceil(max(ends))), _LARGEST)

    def place(value: float) -> float:
        return round(_LABELS + _PLOT * (max(-reach, min(reach, math.log2(value))) + reach) / (2 * reach), 1)

    rows = tuple(
        ChartRow(
            label=_label(cost),
            words=f"{numbers.ratio(estimate.ratio)} ({numbers.interval(estimate)})",
            y=_TOP + _ROW * number,
            low=place(estimate.low),
            ratio=place(estimate.ratio),
            high=place(estimate.high),
        )
        for number, cost in enumerate(shown)
        if (estimate := cost.arm.estimate)
    )
    ticks = tuple(Tick(label=_factor(power), x=place(2.0**power)) for power in range(-reach, reach + 1))
    return IntervalChart(rows=rows, ticks=ticks, width=_LABELS + _PLOT + 30, height=_TOP + _ROW * len(rows) + 10)


def _is_settled(cost: ShapeCost) -> bool:
    estimate = cost.arm.estimate
    if estimate is None or cost.arm.standing.startswith(("withheld", "not printed")):
        return False
    ends = (estimate.low, estimate.ratio, estimate.high)
    is_sure = estimate.confidence is not None and estimate.confidence >= CONFIDENCE
    return not estimate.exact and is_sure and all(0 < end < math.inf for end in ends)


def _label(cost: ShapeCost) -> str:
    text = f"{cost.title}, {cost.condition}" if cost.condition else cost.title
    return text if len(text) <= _LABEL else f"{text[: _LABEL - 1]}…"


def _factor(power: int) -> str:
    return f"{2**power}" if power >= 0 else f"1/{2**-power}"
