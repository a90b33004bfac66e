"""Dispatch: one item is one target, arm and number of tasks; what is timed is one task of it, by the journal."""

from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from taskgauge.backends.descriptors.reader import load_target
from taskgauge.suites.dispatch.clock import advance, journal_clock
from taskgauge.suites.dispatch.errors import DispatchError, TasksUnaccounted
from taskgauge.suites.dispatch.launch import Dispatched, dispatch, dispatch_in_turns
from taskgauge.suites.dispatch.plan import REFERENCE, Item, left_out, plan, repetitions
from taskgauge.suites.dispatch.prediction import CHEAP, cheap_need, predict
from taskgauge.suites.dispatch.results import conditions, microseconds, rates, write_dispatched, write_unaccounted
from taskgauge.suites.dispatch.session_config import SessionConfig
from taskgauge.suites.run_control.memory import Need
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.shapes.option_set import options_of

PATIENCE = 60.0
"""Seconds without any progress after which an item is given up."""
TURNS = 10
"""Parts of the tasks, in each of which every arm has its turn."""


_START, _WORKER_START = 0.6, 4.0
"""Seconds until a target is set up, without a worker and with one."""
_IMMEDIATE = 4e-5
"""Seconds of a task that runs in its enqueue."""
_TASK = {"reference-memory": 9e-5, "reference-process": 2.2e-4, "django-tasks-db@sqlite": 5e-3}
"""Seconds of a task of other targets."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make an item of each target, arm and size of this repetition."""
    if "item" not in metafunc.fixturenames:
        return
    options = options_of(metafunc.config)
    times = repetitions(options)
    metafunc.parametrize(
        "item",
        [
            pytest.param(
                item,
                id=str(item),
                marks=[pytest.mark.measures(*MEASURES, item.target, item.arm), pytest.mark.repetitions(times[item])],
            )
            for item in plan(options)
        ],
    )


MEASURES = ("dispatch-rate", "enqueue-latency", "start-latency")


def memory_need(options: Options) -> Need:
    """Return the need of the largest item, or of those of a target that run side by side."""
    needs = []
    for target in REFERENCE:
        items = [item for item in plan(options) if item.target == target and not left_out(item, load_target(target))]
        if not items:
            continue
        needs.append(cheap_need(*(item.size for item in items if item.in_turns)))
        largest = max(items, key=lambda item: item.size)
        small = largest.size <= CHEAP
        needs.append(cheap_need(largest.size) if small else predict(target, largest.arm, largest.size).need)
    return max(needs, key=lambda need: need.total)


def predicted_seconds(_options: Options, _name: str, *, item: Item) -> float:
    """Return about how many seconds an item takes."""
    start = _WORKER_START if load_target(item.target).descriptor.worker else _START
    return start + item.size * _TASK.get(item.target, _IMMEDIATE)


@pytest.fixture(scope="session")
def in_turns(request: pytest.FixtureRequest) -> Callable[[Item], Dispatched]:
    """Return what gives an item's outcome: the first of a target to ask has all its arms measured, side by side."""
    params = [each.callspec.params.get("item") for each in request.session.items if hasattr(each, "callspec")]
    chosen = [one for one in params if isinstance(one, Item)]
    found: dict[Item, Dispatched | DispatchError] = {}

    def outcome(item: Item) -> Dispatched:
        if item not in found:
            beside = [one for one in chosen if one.in_turns and one.target == item.target]
            able = [one for one in beside if not left_out(one, load_target(one.target))]
            found.update(zip(able, dispatch_in_turns([_order(one) for one in able]), strict=True))
        dispatched = found[item]
        if isinstance(dispatched, DispatchError):
            raise dispatched
        return dispatched

    return outcome


def _order(item: Item) -> SessionConfig:
    turns = min(TURNS, item.size) if item.in_turns else 1
    return SessionConfig(target=item.target, arm=item.arm, size=item.size, patience=PATIENCE, turns=turns)


@pytest.mark.benchmark(timer=journal_clock)
def test_dispatch(
    item: Item,
    options: Options,
    run_folder: Path,
    progress: Progress,
    benchmark: Any,
    *,
    in_turns: Callable[[Item], Dispatched],
) -> None:
    """Every task runs exactly once; the seconds of one are those from first start to last finish, divided by all."""
    target = load_target(item.target)
    reason = left_out(item, target)
    if reason:
        pytest.skip(reason)
    benchmark.group = f"{target.name}, {item.size} tasks, seconds a task"

    def run() -> Dispatched:
        dispatched = in_turns(item) if item.in_turns else dispatch(_order(item))
        advance(dispatched.outcome.span_ns / 1e9 / item.size)
        return dispatched

    try:
        dispatched = benchmark.pedantic(run, rounds=1, iterations=1)
    except DispatchError as error:
        if isinstance(error, TasksUnaccounted):
            write_unaccounted(run_folder, item, target, options.repetition, error.count)
        pytest.fail(f"{type(error).__name__}: {error}", pytrace=False)
    write_dispatched(run_folder, item, target, options.repetition, dispatched)
    benchmark.extra_info.update(
        conditions(target),
        arm=item.arm,
        size=item.size,
        tasks_per_second=median(rates(item, dispatched)),
        enqueue_us=dict(microseconds(dispatched.enqueue)),
        start_us=dict(microseconds(dispatched.start)),
        garbage_collector=dispatched.outcome.garbage_collector,
    )
    progress.step(1, 1, item.arm)
