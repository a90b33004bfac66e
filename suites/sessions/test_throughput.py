"""Throughput: one depth of waiting tasks, drained by 1, 2 and 4 workers, and on request by workers of every shape."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from taskgauge.reports.metrics.deliveries import rate, seconds
from taskgauge.reports.run_folder.traces import Trace, Workload
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.sessions.items import enqueue_seconds, parametrize, predicted, run_item
from taskgauge.suites.sessions.plan import DEPTH, Measured, depth
from taskgauge.suites.sessions.session import SessionPlan
from taskgauge.suites.sessions.sweep import walk

PART = "throughput"
WORKERS = (1, 2, 4)
BOX = 15.0
"""The seconds of a drain, at most."""
ONE_CELL_BOX = 10.0
"""The same in a run with one cell for each target, which has many targets."""
SHORT = 2.0
"""The seconds from which a drain is too short: a deeper backlog then gets a row of its own."""
DEEPER = 10
"""The times that this backlog is deeper."""
_DRAIN_IN_PROCESS = 1.0
"""The seconds of a drain without a store, about."""
_SWEPT = 12
"""The cells of a sweep, about."""


def loads(entry: Measured, options: Options) -> Iterator[Workload]:
    """Yield the workloads of a target."""
    descriptor, box = entry.target.descriptor, ONE_CELL_BOX if options.one_cell else BOX
    if descriptor.runs == "never":
        return
    if entry.target.worker is not None:
        for workers in WORKERS:
            yield Workload(arrival="backlog", tasks=depth(options), workers=workers, box=box)
    else:
        yield Workload(arrival="backlog" if descriptor.pausable else "burst", tasks=depth(options), box=box)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make an item for each session."""
    parametrize(metafunc, PART, loads)


def is_swept(plan: SessionPlan, options: Options) -> bool:
    """Return True if the item of a plan sweeps the shape of the worker too: in a full run, with the first workload."""
    return options.scale.name == "full" and not plan.is_floor and plan.workload.workers == 1 and has_worker(plan)


def has_worker(plan: SessionPlan) -> bool:
    """Return True if the target of a plan has worker processes of its own."""
    return plan.load().worker is not None


def predicted_seconds(options: Options, _name: str, *, plan: SessionPlan | None) -> float:
    """Return the predicted seconds of a session, and of its sweep."""
    if plan is None:
        return 0.0
    cells = 1 + _SWEPT if is_swept(plan, options) else 1
    drain = plan.workload.box / 2 if plan.load().kinds else _DRAIN_IN_PROCESS
    return cells * predicted(plan, drain + enqueue_seconds(plan))


@dataclass(frozen=True, slots=True)
class Decisions:
    """The decisions of the first repetition, which later repetitions keep."""

    is_short: dict[tuple[str, Workload], bool] = field(default_factory=dict)
    """By target and workload, True if its drain was too short."""
    cells: dict[tuple[str, str], list[Workload]] = field(default_factory=dict)
    """By target and row, the cells of its sweep."""


@pytest.fixture(scope="session")
def decisions() -> Decisions:
    """Return the decisions of this run."""
    return Decisions()


def test_throughput(
    plan: SessionPlan,
    run_folder: Path,
    options: Options,
    progress: Progress,
    decisions: Decisions,
) -> None:
    """Enqueue all tasks before a worker runs, then drain them until all ran or the box is over.

    A backlog that is gone too soon gets a second session with a deeper one, in every repetition or in none. A full run
    sweeps the shape of the worker.
    """
    trace = run_item(plan, run_folder, progress)
    key = plan.target, plan.workload
    if options.backlog is None and key not in decisions.is_short:
        decisions.is_short[key] = is_short(trace)
    if decisions.is_short.get(key):
        deeper = replace(plan.workload, tasks=DEEPER * plan.workload.tasks)
        run_item(replace(plan, workload=deeper), run_folder, progress)
    if is_swept(plan, options):
        sweep(plan, run_folder, progress, decisions)


def is_short(trace: Trace) -> bool:
    """Return True if a drain of the usual depth is too short for a rate that lasts."""
    return trace.header.workload.tasks == DEPTH and trace.header.ending == "all ran" and seconds(trace) < SHORT


def sweep(plan: SessionPlan, run_folder: Path, progress: Progress, decisions: Decisions) -> None:
    """Drain the backlog by workers of one shape after another; later repetitions repeat the cells of the first."""
    key = plan.target, plan.workload.row

    def measure(load: Workload) -> float | None:
        return rate(run_item(replace(plan, workload=load), run_folder, progress))

    if key in decisions.cells:
        for load in decisions.cells[key]:
            measure(load)
        return
    cells: list[Workload] = []
    decisions.cells[key] = cells
    steps = walk(plan.workload, plan.load())
    cell = next(steps, None)
    while cell is not None:
        cells.append(cell)
        try:
            cell = steps.send(measure(cell))
        except StopIteration:
            return
