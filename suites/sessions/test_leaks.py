"""Leaks: the memory that a worker keeps for each task, and the connections that it holds at the store."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from taskgauge.reports.run_folder.traces import Arrival, Workload
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.sessions.items import enqueue_seconds, parametrize, predicted, rows_of, run_item
from taskgauge.suites.sessions.plan import Measured, depth
from taskgauge.suites.sessions.session import SessionPlan
from taskgauge.suites.sessions.sweep import says

PART = "leaks"
TASKS, ALL_TASKS = 5_000, 50_000
"""The tasks of a session, without and with `--all-cells`."""
AT_ONCE = 4
"""The tasks that one worker process runs at once in the second session."""
BOX, ALL_BOX = 20.0, 120.0
"""The seconds of a drain, at most, without and with `--all-cells`."""


def loads(entry: Measured, options: Options) -> Iterator[Workload]:
    """Yield the workloads of a target that runs tasks in a process that lives on. A floor keeps nothing.

    A worker that can run several tasks at once, and does not in any case, has a second one: each task may hold a
    connection.
    """
    descriptor = entry.target.descriptor
    if entry.is_floor or descriptor.runs in {"never", "inside"}:
        return
    arrival: Arrival = "backlog" if descriptor.worker is not None or descriptor.pausable else "burst"
    tasks, box = (ALL_TASKS, ALL_BOX) if options.all_cells else (TASKS, BOX)
    load = Workload(arrival=arrival, tasks=depth(options, tasks), box=box, inspected=True)
    yield load
    usual = {entry.target.row(name).concurrency or 1 for name in rows_of(entry, options)}
    if says(entry.target, "concurrency") and max(usual) == 1:
        yield replace(load, concurrency=AT_ONCE)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make an item for each session."""
    parametrize(metafunc, PART, loads)


def predicted_seconds(_options: Options, _name: str, *, plan: SessionPlan | None) -> float:
    """Return the predicted seconds of a session."""
    return predicted(plan, BOX / 2 + enqueue_seconds(plan))


def test_leaks(plan: SessionPlan, run_folder: Path, progress: Progress) -> None:
    """Drain tasks with a worker that lives on; the tasks note its memory, and the store's connections are counted."""
    run_item(plan, run_folder, progress)
