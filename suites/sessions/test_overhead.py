"""Overhead: Django's share of an enqueue and of an execution, by timers around the real functions."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from taskgauge.reports.run_folder.traces import Arrival, Workload
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.sessions.items import enqueue_seconds, parametrize, predicted, run_item
from taskgauge.suites.sessions.plan import Measured, depth
from taskgauge.suites.sessions.session import SessionPlan

PART = "overhead"
DEPTH = 1_000
"""The tasks of a session, at most: each of its steps then has hundreds of times."""
BOX = 15.0
"""The seconds of a drain, at most."""


def loads(entry: Measured, options: Options) -> Iterator[Workload]:
    """Yield the workload of a target; a floor has no Django, and a running thread disturbs an enqueue."""
    descriptor = entry.target.descriptor
    has_running_workers = descriptor.runs in {"threads", "processes"} and not descriptor.pausable
    if entry.is_floor or has_running_workers:
        return
    arrivals: dict[str, Arrival] = {"never": "calls", "inside": "burst"}
    yield Workload(arrival=arrivals.get(descriptor.runs, "backlog"), tasks=depth(options, DEPTH), box=BOX, stepped=True)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make an item for each session."""
    parametrize(metafunc, PART, loads)


def predicted_seconds(_options: Options, _name: str, *, plan: SessionPlan | None) -> float:
    """Return the predicted seconds of a session."""
    return predicted(plan, BOX / 2 + enqueue_seconds(plan))


def test_overhead(plan: SessionPlan, run_folder: Path, progress: Progress) -> None:
    """Time the steps of each enqueue and of each execution, with timers on and off in turn."""
    run_item(plan, run_folder, progress)
