"""Throughput: one depth of waiting tasks, drained by 1 and by 2 workers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from taskgauge.reports.run_folder.traces import Workload
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.sessions.items import enqueue_seconds, parametrize, predicted, run_item
from taskgauge.suites.sessions.plan import Measured, depth
from taskgauge.suites.sessions.session import SessionPlan

PART = "throughput"
WORKERS = (1, 2)
BOX = 15.0
"""The seconds of a drain, at most."""


def loads(entry: Measured, options: Options) -> Iterator[Workload]:
    """Yield the workloads of a target."""
    descriptor = entry.target.descriptor
    if descriptor.runs == "never":
        return
    if descriptor.worker is not None:
        for workers in WORKERS:
            yield Workload(arrival="backlog", tasks=depth(options), workers=workers, box=BOX)
    else:
        yield Workload(arrival="backlog" if descriptor.pausable else "burst", tasks=depth(options), box=BOX)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make an item for each session."""
    parametrize(metafunc, PART, loads)


def predicted_seconds(_options: Options, _name: str, *, plan: SessionPlan | None) -> float:
    """Return the predicted seconds of a session."""
    return predicted(plan, BOX / 2 + enqueue_seconds(plan))


def test_throughput(plan: SessionPlan, run_folder: Path, progress: Progress) -> None:
    """Enqueue all tasks before a worker runs, then drain them until all ran or the box is over."""
    run_item(plan, run_folder, progress)
