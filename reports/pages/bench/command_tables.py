"""The tables of statements and commands by name: one row for each target, phase and name."""

from collections.abc import Iterator, Sequence

from taskgauge.reports.judging.claims.analysis import Analysis
from taskgauge.reports.judging.standings import Spread, Standing, named_targets
from taskgauge.reports.pages.bench.spread_cells import spread_cell
from taskgauge.reports.rendering import numbers
from taskgauge.reports.rendering.document import Table
from taskgauge.reports.run_folder.commands import target_command

_PHASES = {
    "enqueue": "an enqueue",
    "run": "claim and finish",
    "get_result": "get_result",
    "idle": "the window of an idle worker",
}


def command_tables(analysis: Analysis, contract: str, rows: Sequence[Standing], *, several: bool) -> Iterator[Table]:
    """Yield the table of a group of targets; nothing if none of them was counted."""
    counted = [row for row in rows if row.commands]
    if not counted:
        return
    part = analysis.run.registry.part(rows[0].part)
    targets = named_targets(counted)
    where = f": {analysis.label}" if several else ""
    yield Table(
        caption=f"{part.title}: statements and commands by name, {contract}{where}",
        headers=("Target", "For", "Statement or command", "Times"),
        rows=tuple(
            (row.target, words, name, _times(spread))
            for row in counted
            for phase, words in _PHASES.items()
            for name, spread in row.commands.get(phase, {}).items()  # type: ignore[call-overload]
        ),
        commands=(("this table", target_command(part, targets, analysis.run.run)),),
        notes=("Statements with the same verb and table are added up. The traces have them in full.",),
        widths=(26, 20, 50, 16),
    )


def _times(spread: Spread) -> str:
    return numbers.value(spread.middle) if spread.low == spread.high else spread_cell(spread)
