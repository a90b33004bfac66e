"""Order: the order in which workers start tasks, the lateness of deferred tasks, and the tasks that starve."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from taskgauge.reports.metrics.orders import LOWEST, SECOND
from taskgauge.reports.run_folder.traces import Workload
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.sessions.items import enqueue_seconds, parametrize, predicted, run_item
from taskgauge.suites.sessions.plan import Measured, depth
from taskgauge.suites.sessions.session import SessionPlan

PART = "order"
TASKS = 1_000
"""The tasks of a session, at most."""
BOX = 15.0
"""The seconds of a drain, at most."""
PRIORITIES = (-50, -10, 0, 10, 50)
LOW = 10
"""The tasks with the lowest priority, or on the second queue, that are enqueued before all others."""
DEFERRALS = (0.5, 3.0)
"""The shortest and the longest seconds for which a task is deferred."""
_DEFERRED = 100
_WORKERS = (2, 4)


def loads(entry: Measured, options: Options) -> Iterator[Workload]:
    """Yield the workloads of a target: first come, first served; priorities; two kinds of starvation; deferral.

    A floor knows neither priorities nor queues. `--all-cells` adds more workers, and the order of tasks that are due.
    """
    descriptor = entry.target.descriptor
    if descriptor.runs in {"never", "inside"} or (descriptor.worker is None and not descriptor.pausable):
        return
    plain = Workload(arrival="backlog", tasks=depth(options, TASKS), box=BOX)
    workers = _WORKERS if options.all_cells and descriptor.worker is not None else ()
    yield from (replace(plain, workers=number) for number in (1, *workers))
    if entry.is_floor:
        return
    chance = random.Random(options.seed)  # noqa: S311 -- no secret
    shuffled = tuple(chance.choice(PRIORITIES) for _ in range(plain.tasks))
    few = min(LOW, plain.tasks // 2)
    yield from (replace(plain, priorities=shuffled, workers=number) for number in (1, *workers))
    yield replace(plain, priorities=(LOWEST,) * few + (0,) * (plain.tasks - few))
    yield replace(plain, queues=(SECOND,) * few + ("default",) * (plain.tasks - few))
    deferrals = tuple(round(chance.uniform(*DEFERRALS), 3) for _ in range(min(_DEFERRED, plain.tasks)))
    deferred = replace(plain, tasks=len(deferrals), deferrals=deferrals)
    yield replace(deferred, arrival="burst")
    if options.all_cells:
        yield deferred


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make an item for each session."""
    parametrize(metafunc, PART, loads)


def predicted_seconds(_options: Options, _name: str, *, plan: SessionPlan | None) -> float:
    """Return the predicted seconds of a session."""
    deferred = DEFERRALS[1] if plan is not None and plan.workload.deferrals else 0.0
    return predicted(plan, BOX / 3 + deferred + enqueue_seconds(plan))


def test_order(plan: SessionPlan, run_folder: Path, progress: Progress) -> None:
    """Enqueue tasks with priorities, queues or due times, drain them, and keep the times of their starts."""
    run_item(plan, run_folder, progress)
