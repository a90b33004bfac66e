"""The costs of each variant of Django's task objects against today's: in words, with ratio and interval."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from taskgauge.reports.judging.claims.analysis import Analysis
from taskgauge.reports.judging.claims.claim import EFFECT
from taskgauge.reports.judging.claims.measurements import Measurement, separates
from taskgauge.reports.rendering import numbers
from taskgauge.reports.rendering.document import Table
from taskgauge.reports.run_folder.commands import command
from taskgauge.reports.site.names import safe_name
from taskgauge.reports.statistics.estimates import Estimate

HEADLINES = ("create", "read-first", "pickle-dumps-5", "pickle-loads-5", "collect", "resident-bytes")
"""The measures of the table at a glance; of several conditions, the last settled one with the most variants counts."""
_MEMORY = "allocated-bytes"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeCost:
    """A figure of a variant beside that of the baseline."""

    title: str
    condition: str
    unit: str
    arm: Measurement
    baseline: float | None
    better: str

    @property
    def words(self) -> str:
        """The difference in words: 52 % less, no difference that matters, or the reason why it is withheld."""
        return words(self.arm, self.better)


def words(cell: Measurement, better: str) -> str:
    """Return the difference from the baseline in words; `better` is the direction that is better, less or more."""
    if cell.arm == cell.baseline:
        return "baseline"
    if cell.standing.startswith(("withheld", "not printed")):
        return cell.standing
    if cell.estimate is None:
        return "no ratio: the arms do not pair"
    return _difference(cell.estimate, better)


def _difference(estimate: Estimate, better: str) -> str:
    if not estimate.exact and estimate.processes == 1:
        return "not settled: one process"
    if estimate.exact and estimate.ratio == 1:
        return "no difference"
    if not separates(estimate):
        return "no difference that shows"
    if abs(estimate.ratio - 1) < EFFECT:
        return "no difference that matters"
    if estimate.ratio == float("inf"):
        return "from zero"
    way = "less" if estimate.ratio < 1 else "more"
    size = f"{abs(estimate.ratio - 1):.0%}".replace("%", " %")
    return f"{size} {way} ({'better' if way == better else 'worse'})"


def variants(analysis: Analysis) -> tuple[str, ...]:
    """Return the variants that were compared with the baseline, without the baseline and its A/A control."""
    registry = analysis.run.registry
    known = {cell.arm: None for cell in analysis.measurements if registry.part(cell.row.part).subject == "variants"}
    left_out = {name for part in registry.parts for name in (part.baseline, part.control)}
    return tuple(name for name in known if name not in left_out)


def variant_page(name: str) -> str:
    """Return the page of a variant, relative to the pages of its run."""
    return f"result-types/{safe_name(name)}.html"


def costs_of(analysis: Analysis, variant: str) -> tuple[ShapeCost, ...]:
    """Return all figures of a variant, in the order of a report."""
    registry = analysis.run.registry
    baselines = {cell.row: cell.value for cell in analysis.measurements if cell.arm == cell.baseline}
    return tuple(
        ShapeCost(
            title=registry.metric(cell.row.measure).title,
            condition=cell.row.words,
            unit=cell.unit,
            arm=cell,
            baseline=baselines.get(cell.row),
            better=registry.metric(cell.row.measure).better,
        )
        for cell in analysis.measurements
        if cell.arm == variant and registry.part(cell.row.part).subject == "variants"
    )


def glance_table(analysis: Analysis) -> Table | None:
    """Return the variants with their differences from today's in a few measures; None if nothing was measured."""
    names = variants(analysis)
    columns = [(measure, _chosen(analysis.measurements, measure)) for measure in (*HEADLINES, _MEMORY)]
    columns = [(measure, cells) for measure, cells in columns if cells]
    if not names or not columns:
        return None
    registry = analysis.run.registry
    rows = []
    for name in names:
        said = [
            _cell(cells[name], registry.metric(measure).better) if name in cells else "not measured"
            for measure, cells in columns
        ]
        rows.append((name, *said))
    headers = [_header(registry.metric(measure).title, cells) for measure, cells in columns]
    return Table(
        caption="Differences from today's classes: the Hodges-Lehmann estimate of the ratio, and its interval",
        headers=("Variant", *headers),
        rows=tuple(rows),
        commands=(("these figures", command(registry.part("time"), HEADLINES[:4], scale=analysis.run.scale)),),
    )


def _chosen(cells: Sequence[Measurement], measure: str) -> dict[str, Measurement]:
    rows = [
        cell for cell in cells if cell.row.measure == measure and ("held", "side by side") not in cell.row.condition
    ]
    if measure == _MEMORY:
        rows = [cell for cell in rows if ("object", "whole") in cell.row.condition]
    if not rows:
        return {}
    counts = Counter(cell.row for cell in rows)
    settled = {cell.row for cell in rows if cell.estimate and (cell.estimate.exact or cell.estimate.processes > 1)}
    chosen = max(reversed(counts), key=lambda row: (row in settled, counts[row]))
    return {cell.arm: cell for cell in rows if cell.row == chosen}


def _header(title: str, cells: dict[str, Measurement]) -> str:
    condition = next(iter(cells.values())).row.words
    return f"{title} ({condition})" if condition else title


def _cell(cell: Measurement, better: str) -> str:
    said = words(cell, better)
    if cell.estimate is None or said == cell.standing or said.startswith("not settled"):
        return said
    return f"{said}: {numbers.ratio(cell.estimate.ratio)} ({numbers.interval(cell.estimate)})"
