"""Growth: the cost of enqueue(), of a claim and of get_result() at different sizes of the queue and of the store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from taskgauge.reports.run_folder.traces import Workload
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.sessions.items import enqueue_seconds, parametrize, predicted, run_item
from taskgauge.suites.sessions.plan import Measured, depth
from taskgauge.suites.sessions.session import SessionPlan

PART = "growth"
LARGEST, ALL_LARGEST = 100_000, 1_000_000
"""The largest size, without and with `--all-cells`."""
BOX, ALL_BOX = 20.0, 120.0
"""The seconds in which a session reaches the sizes that it can, without and with `--all-cells`."""


def loads(entry: Measured, options: Options) -> Iterator[Workload]:
    """Yield the workloads of a target whose tasks can wait: waiting tasks, kept results, and one drain.

    A floor keeps no results.
    """
    descriptor = entry.target.descriptor
    if descriptor.runs == "never" or (descriptor.worker is None and not descriptor.pausable):
        return
    largest, box = (ALL_LARGEST, ALL_BOX) if options.all_cells else (LARGEST, BOX)
    # What is measured at one size is no longer there at the next, and is enqueued anew.
    tasks = depth(options, largest) * 12 // 10
    yield Workload(arrival="waiting", tasks=tasks, box=box)
    if not entry.is_floor:
        yield Workload(arrival="retained", tasks=tasks, box=box)
    yield Workload(arrival="backlog", tasks=depth(options), box=BOX)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make an item for each session."""
    parametrize(metafunc, PART, loads)


def predicted_seconds(_options: Options, _name: str, *, plan: SessionPlan | None) -> float:
    """Return the predicted seconds of a session."""
    if plan is None or plan.workload.arrival == "backlog":
        return predicted(plan, BOX / 2 + enqueue_seconds(plan))
    return predicted(plan, 1.5 * plan.workload.box)


def test_growth(plan: SessionPlan, run_folder: Path, progress: Progress) -> None:
    """Grow what waits or is kept from 100 on by factors of 10, and measure at each size."""
    run_item(plan, run_folder, progress)
