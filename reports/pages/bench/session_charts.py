"""Charts of sessions on whole backends, and of growth with the number of tasks; their tables have all figures."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from taskgauge.reports.judging.claims.measurements import Growth
from taskgauge.reports.judging.standings import Standing, is_withheld
from taskgauge.reports.metrics.session_figures import COLUMNS
from taskgauge.reports.rendering.chart import ChartRow, Curve, CurveChart, IntervalChart, Mark
from taskgauge.reports.run_folder.registry import Registry
from taskgauge.reports.run_folder.traces import Workload

_WORDS = "A dot is the median over sessions, a line reaches from the lowest to the highest."
_WITHHELD = "A line without a dot is withheld, since its sessions differ too much."


def session_charts(
    rows: Sequence[Standing], registry: Registry, title: str, words_of: Callable[[Workload], str]
) -> Iterator[IntervalChart]:
    """Yield the chart of a table of sessions: the metric that decides its order, with its other quantiles."""
    if not rows:
        return
    columns = COLUMNS[rows[0].part]
    unit = registry.metric(columns[0]).unit
    kind = columns[0].partition("-")[0]
    metrics = [name for name in columns if name.partition("-")[0] == kind and registry.metric(name).unit == unit]
    drawn = [
        ChartRow(label=f"{row.target}, {words_of(row.workload)}", marks=marks)
        for row in rows
        if row.sessions > 1 and (marks := tuple(_marks(row, metrics, registry)))  # one session has no interval
    ]
    if len(drawn) < 2:
        return
    is_any_withheld = any(mark.value is None for row in drawn for mark in row.marks)
    yield IntervalChart(
        title=title,
        words=f"{_WORDS} {_WITHHELD}" if is_any_withheld else _WORDS,
        axis=f"{registry.metric(columns[0]).title} ({unit})" if len(metrics) == 1 else f"Time ({unit})",
        rows=tuple(drawn),
    )


def _marks(row: Standing, metrics: Sequence[str], registry: Registry) -> Iterator[Mark]:
    for name in metrics:
        if (spread := row.spreads.get(name)) and not row.hidden:
            value = None if is_withheld(row, name) else spread.middle
            yield Mark(name=registry.metric(name).title, low=spread.low, value=value, high=spread.high)


def growth_charts(growths: Sequence[Growth], registry: Registry, label: str) -> Iterator[CurveChart]:
    """Yield a chart for each measure and condition: a curve for each arm, with at least two sizes."""

    def place(growth: Growth) -> tuple[str, str]:
        return growth.row.measure, growth.row.words

    for (measure, condition), group in groupby(sorted(growths, key=place), key=place):
        mine = list(group)
        curves = tuple(
            Curve(label=growth.arm, points=points)
            for growth in mine
            if len(points := tuple((size, value) for size, value in growth.values if value > 0)) > 1
        )
        if curves:
            metric = registry.metric(measure)
            yield CurveChart(
                title=f"{metric.title}{f', {condition}' if condition else ''}: {label}",
                words="A line is an arm.",
                across="Tasks",
                axis=f"{mine[0].unit}",
                curves=curves,
            )
