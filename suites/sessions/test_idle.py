"""Idle: the cost of an idle worker, and the time in which it picks up a single task."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from taskgauge.reports.run_folder.traces import Workload
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.sessions.items import parametrize, predicted, run_item
from taskgauge.suites.sessions.plan import Measured
from taskgauge.suites.sessions.session import SessionPlan

PART = "idle"
TASKS = 20
"""The tasks of a session: as many as a median needs."""
QUIET = 10.0
"""The seconds of the window in which nothing is enqueued; a worker that looks once a second looks ten times."""
_QUICK_QUIET = 3.0
_SECONDS, _SECONDS_IN_PROCESS = 0.5, 0.1
"""The seconds from one task to the next, about, with a worker that does not poll, and without a worker process."""
_POLLS = 1.2
"""The poll intervals, about, by which these are longer with a worker that polls."""


def loads(entry: Measured, options: Options) -> Iterator[Workload]:
    """Yield the workload of a target; enqueue() itself runs the tasks of some, or nothing does.

    Without a store and a worker process, a quiet window has nothing to count.
    """
    target = entry.target
    if target.descriptor.runs not in {"never", "inside"}:
        quiet = 0.0 if not target.kinds and target.worker is None else _quiet(options)
        yield Workload(arrival="idle", tasks=TASKS, counted=True, quiet=quiet)


def _quiet(options: Options) -> float:
    return _QUICK_QUIET if options.scale.name == "quick" else QUIET


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make an item for each session."""
    parametrize(metafunc, PART, loads)


def predicted_seconds(_options: Options, _name: str, *, plan: SessionPlan | None) -> float:
    """Return the predicted seconds of a session."""
    if plan is None:
        return 0.0
    load, target = plan.workload, plan.load()
    seconds = _SECONDS_IN_PROCESS
    if target.worker is not None:
        seconds = _SECONDS + _POLLS * (target.row(load.row).poll_interval or target.worker.poll_interval or 0.0)
    return predicted(plan, load.quiet + load.tasks * seconds)


def test_idle(plan: SessionPlan, run_folder: Path, progress: Progress) -> None:
    """Count the costs of a quiet window, then enqueue one task at a time, each after a random pause."""
    run_item(plan, run_folder, progress)
