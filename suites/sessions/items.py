"""Sessions as pytest items: their names, their predicted seconds, and the test that runs one."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from taskgauge.backends.descriptors.errors import DescriptorError, TargetUnknown
from taskgauge.backends.descriptors.rows import ROW_NAMES
from taskgauge.reports.run_folder.traces import RowName, Trace, Workload, cell_words
from taskgauge.suites.pytest_plugin.base import progress_of
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.sessions.plan import Measured, interleaved, measured
from taskgauge.suites.sessions.session import SessionPlan
from taskgauge.suites.sessions.session_process import run_kept
from taskgauge.suites.shapes.option_set import options_of

_SET_UP = {"sqlite": 6.0, "postgresql": 9.0, "redis": 5.0, "rabbitmq": 20.0}
"""The seconds until a target is set up and ended again, by the kind of its store."""
_SET_UP_IN_PROCESS = 1.5
_ENQUEUE = {"sqlite": 5e-3, "postgresql": 3e-3}
"""The seconds of a call of enqueue(), by the kind of the store."""
_ENQUEUE_ELSEWHERE, _ENQUEUE_IN_PROCESS = 1e-3, 5e-5

type Loads = Callable[[Measured, Options], Iterable[Workload]]


def parametrize(
    metafunc: pytest.Metafunc,
    part: str,
    loads: Loads,
    argument: str = "plan",
    *,
    connections: bool = False,
    reason: str = "",
) -> None:
    """Make an item for each session of a part, and one for each target that cannot run here.

    `argument` is the name of the item's argument that takes the plan of the session. `connections`: the part has
    sessions of the floors of connections. `reason` says why there are no items, if there are none; else no target has
    the part.
    """
    if argument not in metafunc.fixturenames:
        return
    options = options_of(metafunc.config)
    try:
        targets = measured(options.targets, options, connections=connections)
    except (DescriptorError, TargetUnknown) as error:
        progress_of(metafunc.config).emit("wrong use", reason=str(error))
        raise pytest.UsageError(str(error)) from error
    params = []
    able = []
    for entry in targets:
        if lack := entry.left_out():
            if options.targets and not metafunc.config.option.collectonly:
                # The run says at its end that a target which it was to measure is not in it.
                progress_of(metafunc.config).emit("refused", item=entry.target.name, reason=lack)
            params.append(
                pytest.param(None, id=entry.target.name, marks=[pytest.mark.skip(reason=lack), *_marks(part, entry)])
            )
        else:
            able.append(entry)
    by_argument = {entry.argument: entry for entry in able}
    cells = 1 if options.one_cell else None
    # A small `--tasks` can make two workloads of a part equal: they are one cell.
    pairs = dict.fromkeys(
        (entry.target.name, load if load.row == "chart" else replace(load, row=row))
        for entry in able
        for row in rows_of(entry, options)
        for load in islice(loads(entry, options), cells)
    )
    params += [
        pytest.param(
            plan,
            id=item_name(plan, by_argument[plan.target]),
            marks=_marks(part, by_argument[plan.target], *cell_words(plan.workload)),
        )
        for plan in interleaved(part, able, pairs, options)
    ]
    # None of the targets has this part: an item without a plan says so.
    marks = pytest.mark.skip(reason=reason or f"no target has the part {part}")
    nothing = pytest.param(None, id="none", marks=marks)
    metafunc.parametrize(argument, params or [nothing])


def rows_of(entry: Measured, options: Options) -> tuple[RowName, ...]:
    """Return the rows of a target; one for which nothing is recommended, and a floor, has one row."""
    if options.rows != "both":
        return ("production",) if entry.is_floor else (options.rows,)
    return ROW_NAMES if entry.target.has_production and not entry.is_floor else ROW_NAMES[:1]


def _marks(part: str, entry: Measured, *cell: str) -> list[pytest.MarkDecorator]:
    name = entry.target.name
    return [pytest.mark.measures(part, name, *cell), pytest.mark.of_target(name)]


def item_name(plan: SessionPlan, entry: Measured) -> str:
    """Return the name of a session's item."""
    load = plan.workload
    cell = [load.arrival, f"{load.tasks}", f"{load.workers}w", *cell_words(load)]
    return "-".join([entry.target.name, *cell, f"{plan.repetition}"])


def run_item(plan: SessionPlan, run_folder: Path, progress: Progress) -> Trace:
    """Run a session, keep its trace and return it; fail the item if an error cut it short."""
    session = run_kept(plan, run_folder, is_alive=lambda: progress.step(0, 1, "enqueueing"))
    trace = session.trace()
    if session.error or trace is None:
        where = f"; partial trace {session.file.name}" if session.file else ""
        pytest.fail(f"{session.error}{where}", pytrace=False)
    return trace


def run_benchmark_item(plan: SessionPlan, run_folder: Path, progress: Progress) -> None:
    """Run pytest-benchmark on a target and keep its file; fail the item if there is none."""
    session = run_kept(plan, run_folder, lambda: progress.step(0, 1, "pytest-benchmark"), kind="benchmark")
    if session.error:
        pytest.fail(session.error, pytrace=False)


def predicted(plan: SessionPlan | None, seconds: float) -> float:
    """Return the predicted seconds of a session whose tasks run for so many seconds."""
    if plan is None:
        return 0.0
    return sum(_SET_UP.get(kind, 0.0) for kind in plan.load().kinds) + _SET_UP_IN_PROCESS + seconds


def enqueue_seconds(plan: SessionPlan | None) -> float:
    """Return the predicted seconds that enqueueing takes."""
    if plan is None:
        return 0.0
    kinds = plan.load().kinds
    seconds = max((_ENQUEUE.get(kind, _ENQUEUE_ELSEWHERE) for kind in kinds), default=_ENQUEUE_IN_PROCESS)
    return plan.workload.tasks * seconds
