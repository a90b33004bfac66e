"""Enqueue: the time of each call of enqueue() and aenqueue(), where no worker runs.

A run has the default cells. `--all-cells` or `--full` adds the further cells, and `--only` chooses among them by name.
A run with one cell for each target has no process of pytest-benchmark. If it drains backlogs too, it takes the calls
from there: they enqueue alike.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from taskgauge.reports.run_folder.traces import Workload, write_trace
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.sessions.benchmark_process import SECONDS
from taskgauge.suites.sessions.drained_calls import drained_calls
from taskgauge.suites.sessions.items import enqueue_seconds, parametrize, predicted, run_benchmark_item, run_item
from taskgauge.suites.sessions.plan import Measured, depth
from taskgauge.suites.sessions.session import SessionPlan

PART = "enqueue"
BOX = 15.0
"""The seconds in which a producer enqueues, at most."""
PAYLOAD_TOTAL = 64 * 2**20
"""The characters of all payloads of a session, at most: a store in memory must hold them."""
_DATABASES = {"sqlite", "postgresql"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A way to enqueue; by default one thread calls enqueue() outside of a transaction, without a payload."""

    call: Literal["enqueue", "aenqueue"] = "enqueue"
    producers: int = 1
    payload: int = 0
    transaction: bool = False

    def fits(self, entry: Measured) -> bool:
        """Return True if the target can have this cell.

        Only a store in Django's database knows the caller's transaction. A floor has one connection, and no aenqueue().
        """
        if entry.is_floor:
            return self == Cell(payload=self.payload)
        return not self.transaction or bool(_DATABASES.intersection(entry.target.kinds))

    def workload(self, tasks: int) -> Workload:
        """Return the workload of so many tasks, or of fewer if their payloads are large."""
        most = max(1, PAYLOAD_TOTAL // self.payload) if self.payload else tasks
        return Workload(
            arrival="calls",
            tasks=min(tasks, most),
            box=BOX,
            call=self.call,
            producers=self.producers,
            payload=self.payload,
            transaction=self.transaction,
        )


DEFAULT_CELLS = (Cell(), Cell(transaction=True), Cell(call="aenqueue"))
"""The cells of every run."""
FURTHER_CELLS = (
    *(Cell(producers=number) for number in (4, 16)),
    *(Cell(call="aenqueue", producers=number) for number in (4, 16)),
    *(Cell(payload=size) for size in (1_000, 64_000, 1_000_000)),
)
"""The cells that run with `--all-cells`. Each differs from the first in one or two fields."""


def loads(entry: Measured, options: Options) -> Iterator[Workload]:
    """Yield the workloads of a target."""
    for cell in (*DEFAULT_CELLS, *(FURTHER_CELLS if options.all_cells else ())):
        if cell.fits(entry):
            yield cell.workload(depth(options))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make an item for each session, and for each process of pytest-benchmark."""
    parametrize(metafunc, PART, loads)
    parametrize(metafunc, PART, _benchmarks, "benchmark_plan", reason="pytest-benchmark is not for --one-cell")


def _benchmarks(_entry: Measured, options: Options) -> list[Workload]:
    return [] if options.one_cell else [Workload(arrival="calls", tasks=1)]


def predicted_seconds(
    options: Options, _name: str, *, plan: SessionPlan | None = None, benchmark_plan: SessionPlan | None = None
) -> float:
    """Return the predicted seconds of a session, or of a process of pytest-benchmark."""
    if plan is not None and options.calls_from_drains and plan.load().descriptor.runs != "never":
        return 0.0
    # Four functions are calibrated and then timed.
    return predicted(plan, min(BOX, enqueue_seconds(plan))) + predicted(benchmark_plan, 4 * 2 * SECONDS)


def test_enqueue(plan: SessionPlan, run_folder: Path, options: Options, progress: Progress) -> None:
    """Enqueue tasks, and keep the times of each call; a run with drains has them already."""
    drained = drained_calls(plan, run_folder) if options.calls_from_drains else None
    if drained is None:
        run_item(plan, run_folder, progress)
    else:
        write_trace(run_folder, drained)


def test_with_pytest_benchmark(benchmark_plan: SessionPlan, run_folder: Path, progress: Progress) -> None:
    """Time enqueue() and aenqueue() with pytest-benchmark in a fresh process, whose file its own command compares."""
    run_benchmark_item(benchmark_plan, run_folder, progress)
