"""The chart of a variant: ratios to today's classes with their intervals; the table beside it has the same figures."""

import math
from collections.abc import Sequence

from taskgauge.reports.rendering.chart import ChartRow, IntervalChart, Mark
from taskgauge.reports.site.shape_costs import ShapeCost
from taskgauge.reports.statistics.estimates import CONFIDENCE


def interval_chart(name: str, costs: Sequence[ShapeCost]) -> IntervalChart | None:
    """Return the chart of the ratios whose interval has the full confidence; None if there are fewer than two."""
    rows = [
        ChartRow(
            label=f"{cost.title}, {cost.condition}" if cost.condition else cost.title,
            marks=(Mark(name="ratio", low=estimate.low, value=estimate.ratio, high=estimate.high),),
        )
        for cost in costs
        if (estimate := cost.arm.estimate) and _is_settled(cost)
    ]
    if len(rows) < 2:
        return None
    return IntervalChart(
        title=f"{name} against today's classes",
        words="A dot is the ratio, a line its 99 % interval.",
        axis="Ratio to today's",
        rows=tuple(rows),
        reference=1.0,
    )


def _is_settled(cost: ShapeCost) -> bool:
    estimate = cost.arm.estimate
    if estimate is None or cost.arm.standing.startswith(("withheld", "not printed")):
        return False
    ends = (estimate.low, estimate.ratio, estimate.high)
    is_sure = estimate.confidence is not None and estimate.confidence >= CONFIDENCE
    return not estimate.exact and is_sure and all(0 < end < math.inf for end in ends)
