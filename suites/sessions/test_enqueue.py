"""Enqueue: the time of each call of enqueue(), alone and in a transaction, where no worker runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from taskgauge.reports.run_folder.traces import Workload
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.sessions.items import enqueue_seconds, parametrize, predicted, run_item
from taskgauge.suites.sessions.plan import Measured, depth
from taskgauge.suites.sessions.session import SessionPlan

PART = "enqueue"
BOX = 15.0
"""The seconds in which a producer enqueues, at most."""
_DATABASES = {"sqlite", "postgresql"}


def loads(entry: Measured, options: Options) -> Iterator[Workload]:
    """Yield the workloads of a target; only a store in Django's database knows the caller's transaction."""
    yield Workload(arrival="calls", tasks=depth(options), box=BOX)
    if not entry.is_floor and _DATABASES.intersection(entry.target.kinds):
        yield Workload(arrival="calls", tasks=depth(options), box=BOX, transaction=True)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make an item for each session."""
    parametrize(metafunc, PART, loads)


def predicted_seconds(_options: Options, _name: str, *, plan: SessionPlan | None) -> float:
    """Return the predicted seconds of a session."""
    return predicted(plan, min(BOX, enqueue_seconds(plan)))


def test_enqueue(plan: SessionPlan, run_folder: Path, progress: Progress) -> None:
    """Enqueue tasks one after another, and keep the times of each call."""
    run_item(plan, run_folder, progress)
