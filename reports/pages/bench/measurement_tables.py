"""The tables of a run: provenance, parts and measurements."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import groupby

from taskgauge.reports.judging.claims.analysis import Analysis
from taskgauge.reports.judging.claims.measurements import Measurement
from taskgauge.reports.rendering import numbers
from taskgauge.reports.rendering.document import Section, Table
from taskgauge.reports.run_folder.commands import command
from taskgauge.reports.run_folder.registry import Metric, Part, Registry
from taskgauge.reports.run_folder.run_file import FINISHED, NOT_RUN


def run_section(analyses: Sequence[Analysis]) -> Section:
    """Return for each run its provenance, and the state and duration of each of its parts."""
    tables = []
    for analysis in analyses:
        facts = [fact for fact in flat(analysis.run.provenance) if not fact[0].startswith("parts")]
        # For a run that only checked targets, the parts that did not run are left out.
        parts = [part for part in analysis.run.parts if analysis.run.is_bench or part.state != NOT_RUN]
        tables += [
            Table(caption=f"The run: {analysis.label}", headers=("Fact", "Value"), rows=tuple(facts)),
            Table(
                caption=f"The parts of the run: {analysis.label}",
                headers=("Part", "State", "Predicted (s)", "Duration (s)", "Reason"),
                rows=tuple(
                    (
                        part.name,
                        part.state if part.state in {FINISHED, NOT_RUN} else f"PARTIAL: {part.state}",
                        numbers.seconds(part.predicted_seconds),
                        numbers.seconds(part.seconds),
                        part.reason,
                    )
                    for part in parts
                ),
                notes=analysis.faults,
            ),
        ]
        if hosts := list(_hosts(analysis)):
            headers = ("Host", "Targets and parts", "Processor", "Started")
            caption = f"The hosts of the run: {analysis.label}"
            tables.append(Table(caption=caption, headers=headers, rows=tuple(hosts), notes=tuple(_shared(analysis))))
        if analysis.run.left_out:
            rows = tuple((row.part, row.metric, row.arm, row.reason) for row in analysis.run.left_out)
            headers = ("Part", "Measure", "Arm", "Reason")
            tables.append(Table(caption=f"Arms left out: {analysis.label}", headers=headers, rows=rows))
    return Section(title="Run details", tables=tuple(tables))


def _hosts(analysis: Analysis) -> Iterator[tuple[str, ...]]:
    """Yield a row for each run that a cluster merged; a row of another table comes from one of these hosts."""
    merged = analysis.run.run.options.get("merged")
    for origin in merged if isinstance(merged, list) else ():
        machine = origin.get("machine", {})
        if host := machine.get("host"):
            work = ", ".join([*origin.get("targets", ()), *origin.get("groups", origin.get("parts", ()))])
            processor = f"{machine.get('cpu', '')}, {machine.get('cpus', '')} processors"
            yield str(host), work, processor, str(origin.get("started", ""))


def _shared(analysis: Analysis) -> Iterator[str]:
    """Yield a sentence for each group of hosts that are one machine."""
    cluster = analysis.run.run.options.get("cluster")
    for names in cluster.get("on one machine", ()) if isinstance(cluster, dict) else ():
        yield f"{' and '.join(names)} are one machine, and jobs there ran at once: take no time as evidence."


def measurement_sections(analyses: Sequence[Analysis]) -> tuple[Section, ...]:
    """Return a section for each part, with a table for each metric."""
    registry = reduce(Registry.over, (analysis.run.registry for analysis in analyses))
    cells = sorted(
        ((analysis.label, cell) for analysis in analyses for cell in analysis.measurements),
        key=lambda pair: registry.place(pair[1].row.part, pair[1].row.measure),
    )
    sections = []
    for name, mine in groupby(cells, key=lambda pair: pair[1].row.part):
        part = registry.part(name)
        tables = [
            _metric_table(part, registry.metric(metric), list(group), analyses[0].run.scale, several=len(analyses) > 1)
            for metric, group in groupby(mine, key=lambda pair: pair[1].row.measure)
        ]
        sections.append(Section(title=part.title, tables=tuple(tables)))
    return tuple(sections)


def _metric_table(
    part: Part, metric: Metric, cells: Sequence[tuple[str, Measurement]], scale: Sequence[str], *, several: bool
) -> Table:
    conditions = any(cell.row.words for _, cell in cells)
    rows = []
    for label, cell in cells:
        hidden = cell.standing.startswith("withheld")
        shown = cell.estimate if not hidden else None
        rows.append(
            (
                *((label,) if several else ()),
                *((cell.row.words,) if conditions else ()),
                cell.arm,
                "" if cell.value is None else numbers.value(cell.value),
                "1 (baseline)" if cell.arm == cell.baseline else numbers.ratio(shown.ratio) if shown else "",
                numbers.interval(shown) if shown else "",
                str(cell.processes),
                cell.standing,
            )
        )
    headers = (
        *(("Run",) if several else ()),
        *(("Condition",) if conditions else ()),
        "Arm",
        f"Median ({metric.unit})",
        f"Ratio to {part.baseline}",
        numbers.INTERVAL,
        "Processes",
        "Status",
    )
    arms = dict.fromkeys(cell.arm for _, cell in cells)
    return Table(
        caption=f"{metric.title} ({metric.name}, {metric.unit}; {metric.better} is better)",
        headers=headers,
        rows=tuple(rows),
        commands=(("this table", command(part, [metric.name], arms, scale)),),
    )


def flat(value: object, name: str = "") -> Iterable[tuple[str, str]]:
    """Yield each fact in nested lists and mappings as (names of its keys, value)."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from flat(inner, f"{name} {key}".strip().replace("_", " "))
    elif isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        yield name, ", ".join(map(str, value))
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            yield from flat(inner, f"{name} {number}")
    else:
        yield name, "" if value is None else str(value)
