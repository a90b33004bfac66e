"""The shapes of workers compared: equal numbers of tasks at once side by side, and the knee."""

from collections.abc import Iterable, Sequence

from taskgauge.reports.judging.standings import Standing
from taskgauge.reports.run_folder.traces import Workload

GAIN = 1.05
"""The ratio by which a larger total must be faster; else the total before it is the knee."""
_RATE = "drain-rate"


def is_swept(row: Standing) -> bool:
    """Return True if the row is of a sweep, which sets the tasks at once."""
    return row.workload.concurrency is not None and _RATE in row.spreads


def total(load: Workload) -> int:
    """Return the tasks that all workers of a swept workload run at once."""
    return load.workers * (load.processes or 1) * (load.concurrency or 1)


def knee(rows: Sequence[Standing]) -> Standing | None:
    """Return the best shape at the knee of one target's sweep: no larger total is faster by more than 5 %."""
    best: Standing | None = None
    for row in sorted(_best_of_totals(rows), key=lambda row: total(row.workload)):
        if best is not None and _rate(row) < GAIN * _rate(best):
            break
        best = row
    return best


def _best_of_totals(rows: Iterable[Standing]) -> list[Standing]:
    best: dict[int, Standing] = {}
    for row in rows:
        if row.workload.read_ahead is None:
            mine = best.setdefault(total(row.workload), row)
            if _rate(row) > _rate(mine):
                best[total(row.workload)] = row
    return list(best.values())


def _rate(row: Standing) -> float:
    return row.spreads[_RATE].middle
