"""Every arm of every row: its typical value, its ratio to the baseline, and how it stands to the best."""

from collections.abc import Iterator
from dataclasses import dataclass

from taskgauge.reports.judging.claims.claim import EFFECT
from taskgauge.reports.judging.claims.row_outcome import NOISE, margin
from taskgauge.reports.metrics.comparison import MetricRow, Rows
from taskgauge.reports.run_folder.registry import Metric
from taskgauge.reports.statistics.estimates import (
    CONFIDENCE,
    Estimate,
    StatisticUndefined,
    growth_exponent,
    samples_for_quantile,
)

SPREAD = 1.15
# Totals, not costs per task: an exponent of theirs would mean something else.
_TOTALS = {"task-copies", "unaccounted"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One arm of one row. `value` is None where it may not be printed; `standing` says why, or how good it is."""

    row: MetricRow
    arm: str
    baseline: str
    unit: str
    processes: int
    value: float | None
    estimate: Estimate | None
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """The change of the cost per task of one arm with the number of tasks; `costs` are (size, value) pairs."""

    row: MetricRow
    arm: str
    unit: str
    values: tuple[tuple[int, float], ...]
    exponent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """The A/A control's estimate in one row: what no difference looks like there."""

    row: MetricRow
    estimate: Estimate

    @property
    def holds_one(self) -> bool:
        """True if the interval includes "no difference", as it must."""
        return self.estimate.low <= 1 <= self.estimate.high


def measurements(rows: Rows) -> list[Measurement]:
    """Return all measurements in the order of a report."""
    return [cell for row in sorted(rows, key=lambda row: _place(row, rows)) for cell in _row(row, rows)]


def controls(rows: Rows) -> list[Control]:
    """Return the A/A control's estimate for each row that has one."""
    return [
        Control(row=row, estimate=estimate)
        for row in sorted(rows, key=lambda row: _place(row, rows))
        if (again := rows.part(row).control)
        and again in rows.arms(row)
        and (estimate := _compare(rows, row, again, rows.part(row).baseline))
    ]


def growths(rows: Rows) -> list[Growth]:
    """Return the growth of each arm that was measured at two sizes or more."""
    sizes: dict[tuple[MetricRow, str], dict[int, tuple[float, Metric]]] = {}
    for row in sorted(rows, key=lambda row: _place(row, rows)):
        if row.size is not None and row.measure not in _TOTALS:
            key = MetricRow(part=row.part, measure=row.measure, condition=row.condition)
            for arm in rows.arms(row):
                sizes.setdefault((key, arm), {})[row.size] = rows.typical(row, arm), rows.metric(row)
    return list(_growths(sizes))


def withheld(estimate: Estimate) -> bool:
    """Return True if the figure is too noisy to print: processes lie far apart, and the interval decides nothing."""
    if estimate.exact:
        return False
    far = 1 + margin(estimate, EFFECT)
    apart, alike = estimate.low > far or estimate.high < 1 / far, 1 / far <= estimate.low <= estimate.high <= far
    sure = (estimate.confidence or 0) >= CONFIDENCE and (apart or alike)
    return not sure and (estimate.half_width > NOISE or estimate.spread > SPREAD)


def separates(estimate: Estimate) -> bool:
    """Return True if two arms differ: their interval excludes 1, by the larger margin where processes are few."""
    if estimate.exact or (estimate.confidence or 0) >= CONFIDENCE:
        return not estimate.low <= 1 <= estimate.high
    far = 1 + margin(estimate, EFFECT)
    return estimate.low > far or estimate.high < 1 / far


def _growths(sizes: dict[tuple[MetricRow, str], dict[int, tuple[float, Metric]]]) -> Iterator[Growth]:
    for (row, arm), by_size in sizes.items():
        metric = next(iter(by_size.values()))[1]
        rate = metric.better == "more"
        values = tuple((size, value) for size, (value, _) in sorted(by_size.items()))
        if len(values) < 2 or min(value for _, value in values) <= 0:
            continue
        exponent = growth_exponent([(size, 1 / value if rate else value) for size, value in values])
        yield Growth(row=row, arm=arm, unit=metric.unit, values=values, exponent=exponent)


def _row(row: MetricRow, rows: Rows) -> list[Measurement]:
    base, known = rows.part(row).baseline, rows.metric(row)
    estimates = {arm: _compare(rows, row, arm, base) for arm in rows.arms(row) if arm != base}
    ratios = {arm: estimate.ratio for arm, estimate in estimates.items() if estimate and not withheld(estimate)}
    is_settled = all(estimate.exact or estimate.processes > 1 for estimate in estimates.values() if estimate)
    has_baseline = base in rows.arms(row)
    best = _best(known, base, ratios) if has_baseline else None
    # Where a figure is withheld, the best of all is not known.
    title = "best" if len(ratios) == len(estimates) else "best of those shown"
    few = _too_few(known, row)
    return [
        Measurement(
            row=row,
            arm=arm,
            baseline=base,
            unit=known.unit,
            processes=len(rows.values(row, arm)),
            value=None if few else rows.typical(row, arm),
            estimate=None if few else estimates.get(arm),
            standing=few
            or _doubt(estimates.get(arm), is_compared=has_baseline and arm != base, is_settled=is_settled)
            or (title if arm == best else _tie(arm, best, row, rows)),
        )
        for arm in sorted(rows.arms(row), key=lambda arm: arm != base)
    ]


def _compare(rows: Rows, row: MetricRow, arm: str, base: str) -> Estimate | None:
    try:
        return rows.compare(row, arm, base)
    except StatisticUndefined:
        # Two arms that do not pair have their own values in the table, and no ratio.
        return None


def _too_few(known: Metric, row: MetricRow) -> str:
    if known.quantile is None or row.size is None:
        return ""
    needed = samples_for_quantile(known.quantile)
    return f"not printed: needs {needed:,} tasks" if row.size < needed else ""


def _best(known: Metric, base: str, ratios: dict[str, float]) -> str | None:
    if not ratios:
        return None
    choose = max if known.better == "more" else min
    return choose({base: 1.0, **ratios}.items(), key=lambda pair: pair[1])[0]


def _doubt(estimate: Estimate | None, *, is_compared: bool, is_settled: bool) -> str:
    """Return the reason why a figure is not shown or compared, or an empty text."""
    if estimate is not None and withheld(estimate):
        return f"withheld: spread {estimate.spread:.2f}"
    if estimate is None and is_compared:
        return "no ratio: the arms do not pair, or a value is zero"
    return "" if is_settled else "at scale: one process"


def _tie(arm: str, best: str | None, row: MetricRow, rows: Rows) -> str:
    against = _compare(rows, row, arm, best) if best is not None else None
    if against is None:
        return ""
    matters = against.exact or abs(against.ratio - 1) >= EFFECT
    return "" if matters and separates(against) else "tie with the best"


def _place(row: MetricRow, rows: Rows) -> tuple[tuple[int, int], list[tuple[str, str]], int]:
    # Numbers are filled up with zeros so that 10 comes after 2 and beside words.
    condition = [(name, str(value).zfill(12)) for name, value in row.condition]
    return rows.registry.place(row.part, row.measure), condition, row.size or 0
