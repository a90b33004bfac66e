"""Dispatch: an item is a target, an arm and a number of tasks; its time for one task comes from the event log."""

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

TIMEOUT = 60.0
"""The seconds without progress after which an item fails."""
TURNS = 10
"""The number of parts of the tasks; in each part every arm has its turn."""
_START, _WORKER_START = 0.6, 4.0
"""The seconds until a target is set up, without a worker and with one."""
_IMMEDIATE = 4e-5
"""The seconds of a task that runs in its enqueue()."""
_TASK = {"reference-memory": 9e-5, "reference-process": 2.2e-4, "django-tasks-db@sqlite": 5e-3}
"""The seconds of a task, by target."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make an item for each target, arm and size of this repetition."""
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
    """Return the need of the largest item, or of a target's items that run side by side if that is larger."""
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
    """Return the predicted seconds of an item."""
    start = _WORKER_START if load_target(item.target).worker else _START
    return start + item.size * _TASK.get(item.target, _IMMEDIATE)


@pytest.fixture(scope="session")
def in_turns(request: pytest.FixtureRequest) -> Callable[[Item], Dispatched]:
    """Return a function that gives an item's outcome; a target's first item measures all its arms side by side."""
    params = [test.callspec.params.get("item") for test in request.session.items if hasattr(test, "callspec")]
    chosen = [param for param in params if isinstance(param, Item)]
    outcomes: dict[Item, Dispatched | DispatchError] = {}

    def outcome(item: Item) -> Dispatched:
        if item not in outcomes:
            beside = [other for other in chosen if other.in_turns and other.target == item.target]
            able = [other for other in beside if not left_out(other, load_target(other.target))]
            outcomes.update(zip(able, dispatch_in_turns([_config(other) for other in able]), strict=True))
        dispatched = outcomes[item]
        if isinstance(dispatched, DispatchError):
            raise dispatched
        return dispatched

    return outcome


def _config(item: Item) -> SessionConfig:
    turns = min(TURNS, item.size) if item.in_turns else 1
    return SessionConfig(target=item.target, arm=item.arm, size=item.size, timeout=TIMEOUT, turns=turns)


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
    """Run every task exactly once; a task's time is the time from first start to last finish, divided by the tasks."""
    target = load_target(item.target)
    reason = left_out(item, target)
    if reason:
        pytest.skip(reason)
    benchmark.group = f"{target.name}, {item.size} tasks, seconds a task"

    def run() -> Dispatched:
        dispatched = in_turns(item) if item.in_turns else dispatch(_config(item))
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
