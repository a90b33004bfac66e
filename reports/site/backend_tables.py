"""The tables of a backend's page: its facts, and its costs."""

from collections.abc import Sequence
from dataclasses import replace

from taskgauge.reports.judging.claims.analysis import Analysis
from taskgauge.reports.judging.conformance.checked_targets import Checked
from taskgauge.reports.pages.bench.target_tables import target_sections
from taskgauge.reports.rendering import numbers
from taskgauge.reports.rendering.document import Table
from taskgauge.reports.run_folder.commands import command
from taskgauge.reports.run_folder.verdict import Verdict
from taskgauge.reports.site.glance import FEATURES, backend_of, counts_of, feature

KILLS = {"WRK-04", "WRK-05", "WRK-06"}
"""The requirements on a worker that is stopped or killed, or loses its store."""


def facts_table(targets: Sequence[Checked]) -> Table:
    """Return the facts of a backend on its stores, side by side."""
    rows = [
        (
            "Kept",
            *(
                counts_of(checked.target.requirements).words if checked.target.is_judged else "not judged"
                for checked in targets
            ),
        ),
        *((word.value, *(f"{len(checked.target.rows(word)) or '-'}" for checked in targets)) for word in _COUNTED),
        *(
            (title, *(feature(checked, *known) if checked.target.is_judged else "" for checked in targets))
            for title, known in FEATURES.items()
        ),
        ("Backend", *(checked.target.backend for checked in targets)),
        ("Framework", *(checked.target.framework for checked in targets)),
        ("Tasks run", *(checked.target.runs for checked in targets)),
        ("Versions", *(_versions(checked) for checked in targets)),
        ("State", *(checked.target.state for checked in targets)),
    ]
    names = [checked.target.target for checked in targets]
    return Table(
        caption="At a glance",
        headers=("Fact", *(checked.name for checked in targets)),
        rows=tuple(rows),
        commands=(("this page again", " ".join(["taskgauge conformance", *names])),),
    )


_COUNTED = tuple(verdict for verdict in Verdict if verdict is not Verdict.PASS)


def _versions(checked: Checked) -> str:
    return ", ".join(f"{name} {version}" for name, version in checked.target.versions.items())


def dispatch_tables(analysis: Analysis, backend: str) -> tuple[Table, ...]:
    """Return the tables of the sessions on a backend's targets, with only its own rows and their floors."""
    names = {row.target for row in analysis.standings if row.is_floor or backend_of(row.target) == backend}
    if not any(backend_of(name) == backend for name in names):
        return ()
    own = replace(analysis, standings=tuple(row for row in analysis.standings if row.target in names))
    return tuple(table for section in target_sections([own]) for table in section.tables if _has(table, backend))


def _has(table: Table, backend: str) -> bool:
    return any(backend_of(cell) == backend for row in table.rows for cell in row)


def costs_table(analysis: Analysis, backend: str) -> Table | None:
    """Return the measurements on the targets of a backend; None if there are none."""
    registry = analysis.run.registry
    rows = []
    for cell in analysis.measurements:
        target = str(dict(cell.row.condition).get("target", ""))
        if backend_of(target) == backend:
            rows.append(
                (
                    registry.metric(cell.row.measure).title,
                    cell.row.words,
                    cell.arm,
                    "" if cell.value is None else f"{numbers.value(cell.value)} {cell.unit}",
                    f"{cell.processes}",
                    cell.standing,
                )
            )
    if not rows:
        return None
    return Table(
        caption=f"Costs of {backend} ({analysis.label})",
        headers=("Measure", "Condition", "Result type", "Median", "Processes", "Status"),
        rows=tuple(rows),
        commands=(("this table", command(registry.part("dispatch"), scale=analysis.run.scale)),),
    )
