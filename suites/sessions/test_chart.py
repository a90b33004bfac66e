"""The published chart: its exact recipe, and the same with one depth, quiet logging and a store on disk, one by one."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from taskgauge.reports.judging.published_chart import BY_TARGET, PART, SAME_DEPTH
from taskgauge.reports.run_folder.traces import Workload
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.sessions.items import enqueue_seconds, parametrize, predicted, run_item
from taskgauge.suites.sessions.plan import Measured, depth
from taskgauge.suites.sessions.session import SessionPlan

BOX = 15.0
"""The seconds of a drain under equal conditions, at most."""
RECIPE_BOX = 300.0
"""The seconds that the recipe allows."""
_SLOWER = 3
"""The times that this machine is assumed to be slower than the published one, for predictions."""


def loads(entry: Measured, options: Options) -> Iterator[Workload]:
    """Yield the workloads of a target of the chart; equal ones are one."""
    bar = BY_TARGET.get(entry.target.name)
    if bar is None:
        return
    recipe = Workload(arrival="backlog", tasks=depth(options, bar.tasks), box=RECIPE_BOX, row="chart", in_memory=True)
    same = replace(recipe, tasks=depth(options, SAME_DEPTH), box=BOX)
    yield replace(recipe, tasks=1)
    yield recipe
    if same.tasks != recipe.tasks:
        yield same
    yield replace(same, silenced=True)
    yield replace(same, silenced=True, in_memory=False)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make an item for each session."""
    parametrize(metafunc, PART, loads)


def predicted_seconds(_options: Options, _name: str, *, plan: SessionPlan | None) -> float:
    """Return the predicted seconds of a session."""
    if plan is None:
        return 0.0
    load = plan.workload
    return predicted(
        plan, enqueue_seconds(plan) + min(load.box, _SLOWER * load.tasks / BY_TARGET[plan.target].published)
    )


def test_chart(plan: SessionPlan, run_folder: Path, progress: Progress) -> None:
    """Enqueue all tasks before the worker of the recipe runs, then drain them."""
    run_item(plan, run_folder, progress)
