"""The tables that say how far to trust the others: the A/A control, and growth with size."""

import math
from collections.abc import Sequence
from itertools import groupby
from statistics import median

from taskgauge.reports.judging.claims.analysis import Analysis
from taskgauge.reports.judging.claims.measurements import Control
from taskgauge.reports.rendering import numbers
from taskgauge.reports.rendering.document import Section, Table
from taskgauge.reports.run_folder.commands import command


def control_section(analyses: Sequence[Analysis]) -> Section | None:
    """Return what the A/A control shows in each part, and in every row; None where no run has one."""
    tables = []
    for analysis in analyses:
        if not analysis.controls:
            continue
        summaries = control_summaries(analysis.controls)
        tables += [
            Table(
                caption=f"The A/A control by part: {analysis.label}",
                headers=("Part", "Rows", "Interval holds 1 in", "Furthest ratio from 1", "Median half-width"),
                rows=tuple(
                    (part, f"{rows}", f"{holding}", numbers.ratio(furthest), numbers.percent(width))
                    for part, rows, holding, furthest, width in summaries
                ),
            ),
            Table(
                caption=f"The A/A control in each row, against the baseline that it repeats: {analysis.label}",
                headers=("Part", "Measure", "Condition", "Ratio", numbers.INTERVAL, "Holds 1"),
                rows=tuple(
                    (
                        found.row.part,
                        found.row.measure,
                        found.row.words,
                        numbers.ratio(found.estimate.ratio),
                        numbers.interval(found.estimate),
                        "yes" if found.holds_one else "no",
                    )
                    for found in analysis.controls
                ),
                commands=(("the A/A control alone", command(analysis.run.registry.part("time"), arms=["today"])),),
            ),
        ]
    words = (
        "today-again is the baseline's source executed a second time; func-again and key-tuple-again are the "
        "baselines of their parts once more: any difference between the two is noise."
    )
    return Section(title="A/A control", paragraphs=(words,), tables=tuple(tables)) if tables else None


def control_summaries(found: Sequence[Control]) -> list[tuple[str, int, int, float, float]]:
    """Return for each part: rows, rows whose interval holds 1, the ratio furthest from 1, the median half-width."""
    summaries = []
    for part, group in groupby(found, key=lambda control: control.row.part):
        mine = list(group)
        finite = [each.estimate for each in mine if each.estimate.ratio > 0 and math.isfinite(each.estimate.ratio)]
        furthest = max((each.ratio for each in finite), key=lambda ratio: abs(math.log(ratio)), default=1.0)
        width = median(each.half_width for each in finite) if finite else 0.0
        summaries.append((part, len(mine), sum(each.holds_one for each in mine), furthest, width))
    return summaries


def growth_section(analyses: Sequence[Analysis]) -> Section | None:
    """Return how costs per task change with the number of tasks; None where only one size was measured."""
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
                commands=(("this table", "taskgauge bench --part memory --part transport --part dispatch"),),
            )
        )
    words = (
        "An exponent of 0 means that a task costs the same however many there are, 1 that its cost grows with their "
        "number. For a rate it is that of the time per task. It is fitted by least squares on logarithms."
    )
    return Section(title="Growth", paragraphs=(words,), tables=tuple(tables)) if tables else None
