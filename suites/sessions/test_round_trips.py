"""Round trips: what the store gets for each task, and the throughput with a store that is 1 ms away."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from taskgauge.reports.judging.standings import CONNECTION
from taskgauge.reports.run_folder.traces import Workload
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.sessions.items import enqueue_seconds, parametrize, predicted, run_item
from taskgauge.suites.sessions.plan import Measured, depth
from taskgauge.suites.sessions.session import SessionPlan
from taskgauge.suites.sessions.session.counted_phases import WINDOW

PART = "round-trips"
_READ_AHEAD = 64
"""The tasks that a worker of the catalogue takes in advance for each processor, at most."""
COUNTED_BOX = 60.0
"""The seconds of such a session, at most: tasks wait at its gate."""
DEPTH = 2_000
"""The waiting tasks of a drain with a distant store, at most."""
DISTANCE = 1.0
"""The milliseconds that data takes in each direction."""
BOX = 15.0
"""The seconds of a drain, at most."""


def counted_tasks() -> int:
    """Return the tasks of a session that counts: those that are counted, and those that workers take in advance."""
    return 4 * WINDOW // 3 + _READ_AHEAD * max(2, os.cpu_count() or 1)


def loads(entry: Measured, options: Options) -> Iterator[Workload]:
    """Yield the workloads of a target; a target without a store sends it nothing, and a file is never away."""
    if entry.target.descriptor.runs == "never" or not entry.target.kinds:
        return
    is_connection = entry.is_floor and entry.target.descriptor.name == CONNECTION
    if is_connection and options.one_cell:
        return  # the cell that counts has no distant store
    if not is_connection:
        yield Workload(arrival="backlog", tasks=counted_tasks(), box=COUNTED_BOX, counted=True)
    if set(entry.target.kinds) != {"sqlite"}:
        yield Workload(arrival="backlog", tasks=depth(options, DEPTH), box=BOX, distance=DISTANCE)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make an item for each session."""
    parametrize(metafunc, PART, loads, connections=True)


def predicted_seconds(_options: Options, _name: str, *, plan: SessionPlan | None) -> float:
    """Return the predicted seconds of a session."""
    return predicted(plan, BOX / 3 + enqueue_seconds(plan))


def test_round_trips(plan: SessionPlan, run_folder: Path, progress: Progress) -> None:
    """Count what the store gets in each phase, or drain tasks from a distant store."""
    run_item(plan, run_folder, progress)
