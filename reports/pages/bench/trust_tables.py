"""The tables of trust: the A/A control, and growth with the number of tasks."""

import math
import shlex
from collections.abc import Sequence
from itertools import groupby
from statistics import median

from taskgauge.reports.judging.claims.analysis import Analysis
from taskgauge.reports.judging.claims.measurements import Control
from taskgauge.reports.pages.bench.session_charts import growth_charts
from taskgauge.reports.rendering import numbers
from taskgauge.reports.rendering.document import Section, Table
from taskgauge.reports.run_folder.commands import command


def control_section(analyses: Sequence[Analysis]) -> Section | None:
    """Return the figures of the A/A control by part and by row; None if no run has an A/A control."""
    tables = []
    for analysis in analyses:
        if not analysis.controls:
            continue
        summaries = control_summaries(analysis.controls)
        tables += [
            Table(
                caption=f"A/A control by part: {analysis.label}",
                headers=(
                    "Part",
                    "Rows",
                    "Rows whose interval includes 1",
                    "Furthest ratio from 1",
                    "Median half-width",
                ),
                rows=tuple(
                    (part, f"{rows}", f"{holding}", numbers.ratio(furthest), numbers.percent(width))
                    for part, rows, holding, furthest, width in summaries
                ),
            ),
            Table(
                caption=f"A/A control against its baseline, by row: {analysis.label}",
                headers=("Part", "Measure", "Condition", "Ratio", numbers.INTERVAL, "Includes 1"),
                rows=tuple(
                    (
                        control.row.part,
                        control.row.measure,
                        control.row.words,
                        numbers.ratio(control.estimate.ratio),
                        numbers.interval(control.estimate),
                        "yes" if control.holds_one else "no",
                    )
                    for control in analysis.controls
                ),
                commands=(("the A/A control alone", command(analysis.run.registry.part("time"), arms=["today"])),),
            ),
        ]
    words = (
        "today-again is the baseline's source, executed a second time. func-again and key-tuple-again repeat the "
        "baselines of their parts. Any difference between a baseline and its repetition is noise."
    )
    return Section(title="A/A control", paragraphs=(words,), tables=tuple(tables)) if tables else None


def control_summaries(controls: Sequence[Control]) -> list[tuple[str, int, int, float, float]]:
    """Return for each part: rows, rows whose interval includes 1, the ratio furthest from 1, the median half-width."""
    summaries = []
    for part, group in groupby(controls, key=lambda control: control.row.part):
        mine = list(group)
        finite = [
            control.estimate for control in mine if control.estimate.ratio > 0 and math.isfinite(control.estimate.ratio)
        ]
        furthest = max((estimate.ratio for estimate in finite), key=lambda ratio: abs(math.log(ratio)), default=1.0)
        width = median(estimate.half_width for estimate in finite) if finite else 0.0
        summaries.append((part, len(mine), sum(control.holds_one for control in mine), furthest, width))
    return summaries


def growth_section(analyses: Sequence[Analysis]) -> Section | None:
    """Return the change of costs per task with the number of tasks; None if only one size was measured."""
    tables = []
    for analysis in analyses:
        sizes = sorted({size for growth in analysis.growths for size, _ in growth.values})
        if not sizes:
            continue
        rows = []
        for growth in analysis.growths:
            known = dict(growth.values)
            cells = [numbers.value(known[size]) if size in known else "" for size in sizes]
            exponent = numbers.exponent(growth.exponent)
            rows.append((growth.row.measure, growth.row.words, growth.arm, growth.unit, *cells, exponent))
        words = [
            word for part in dict.fromkeys(growth.row.part for growth in analysis.growths) for word in ("--part", part)
        ]
        tables.append(
            Table(
                caption=f"Growth with the number of tasks: {analysis.label}",
                headers=(
                    "Measure",
                    "Condition",
                    "Arm",
                    "Unit",
                    *(f"At {size:,} tasks" for size in sizes),
                    "Exponent of the cost per task",
                ),
                rows=tuple(rows),
                charts=tuple(growth_charts(analysis.growths, analysis.run.registry, analysis.label)),
                commands=(("this table", shlex.join(["taskgauge", "bench", *words, *analysis.run.scale])),),
            )
        )
    explanation = (
        "Exponent 0: the cost of a task does not depend on the number of tasks. Exponent 1: it grows in proportion "
        "to that number. For a rate, the exponent is that of the time per task. It is fitted by least squares on "
        "logarithms."
    )
    return Section(title="Growth", paragraphs=(explanation,), tables=tuple(tables)) if tables else None
