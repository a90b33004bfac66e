"""The tables of sweeps: the shapes of each target's workers by the number of tasks at once, with the knee."""

from collections.abc import Iterator, Sequence

from taskgauge.reports.judging.shapes import is_swept, knee, total
from taskgauge.reports.judging.standings import Standing
from taskgauge.reports.rendering import numbers
from taskgauge.reports.rendering.document import Table

_WORDS = (
    "Compare shapes at equal numbers of tasks at once. The knee is the number from which twice as many are not faster "
    "by 5 %."
)


def shape_tables(title: str, rows: Sequence[Standing]) -> Iterator[Table]:
    """Yield the table of swept shapes, if there are any."""
    swept: dict[tuple[str, str], list[Standing]] = {}
    for row in filter(is_swept, rows):
        swept.setdefault((row.target, row.workload.row), []).append(row)
    if not swept:
        return
    knees = filter(None, map(knee, swept.values()))
    yield Table(
        caption=f"{title}: shapes of workers",
        headers=(
            "Target",
            "Tasks at once",
            "Workers",
            "Processes each",
            "Tasks at once each",
            "In advance for each",
            "Rate (tasks/s)",
            "Sessions",
        ),
        rows=tuple(_cells(row) for mine in swept.values() for row in sorted(mine, key=_key)),
        widths=(26, 8, 8, 10, 10, 10, 20, 8),
        notes=(_WORDS, *map(_knee_words, knees)),
    )


def _knee_words(row: Standing) -> str:
    load = row.workload
    best = f"best with {load.workers} workers of {load.concurrency}"
    return f"{row.target}: knee at {total(load)} tasks at once, {best}."


def _key(row: Standing) -> tuple[int, ...]:
    load = row.workload
    return total(load), load.workers, load.read_ahead or 0


def _cells(row: Standing) -> tuple[str, ...]:
    load, rate = row.workload, row.spreads["drain-rate"]
    return (
        row.target,
        str(total(load)),
        str(load.workers),
        "" if load.processes is None else str(load.processes),
        str(load.concurrency),
        "" if load.read_ahead is None else str(load.read_ahead),
        f"{numbers.value(rate.middle)} [{numbers.value(rate.low)} to {numbers.value(rate.high)}]",
        str(row.sessions),
    )
