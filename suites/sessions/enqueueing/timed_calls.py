"""Times enqueue() and aenqueue() with pytest-benchmark, in a pytest process of its own in a target's project.

The times of aenqueue() contain the entry into a running event loop. The empty coroutine is timed in the same way.
"""

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import django
import pytest
from django.utils.module_loading import import_string

from taskgauge.suites.sessions.timed_environment import FLOOR, TARGET

_WARM_UP = 20

type Run = Callable[[Callable[[], Coroutine[Any, Any, object]]], object]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Name each item after its target, so that the tables of pytest-benchmark do so."""
    metafunc.parametrize("target", [os.environ[TARGET]], scope="session")


@pytest.fixture(scope="session", autouse=True)
def _named(target: str) -> None:
    """Take the parameter, which is only a name."""


@pytest.fixture(scope="session")
def task() -> Any:
    """Return the task of the target; its methods are measured."""
    django.setup()
    from taskgauge.suites.sessions.tasks import record  # noqa: PLC0415 -- needs the settings

    return record


@pytest.fixture
def run() -> Iterator[Run]:
    """Yield a function that runs a coroutine on one event loop."""
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        yield lambda call: loop.run_until_complete(call())


@pytest.mark.benchmark(group="enqueue")
def test_empty_function(benchmark: Any) -> None:
    """Time a function that does nothing: what the timing itself costs."""
    benchmark(lambda _: None, 0)


@pytest.mark.benchmark(group="enqueue")
def test_enqueue(benchmark: Any, request: pytest.FixtureRequest) -> None:
    """Time enqueue(), or a floor's put()."""
    floor = os.environ.get(FLOOR)
    enqueue = import_string(floor)().put if floor else request.getfixturevalue("task").enqueue
    for _ in range(_WARM_UP):
        enqueue(0)
    benchmark(enqueue, 0)


@pytest.mark.benchmark(group="aenqueue")
def test_empty_coroutine(benchmark: Any, run: Run) -> None:
    """Time a coroutine that does nothing."""

    async def nothing() -> None:
        """Do nothing."""

    benchmark(run, nothing)


@pytest.mark.benchmark(group="aenqueue")
@pytest.mark.skipif(bool(os.environ.get(FLOOR)), reason="a floor has no aenqueue()")
def test_aenqueue(benchmark: Any, run: Run, task: Any) -> None:
    """Time aenqueue()."""

    def call() -> Coroutine[Any, Any, object]:
        coroutine: Coroutine[Any, Any, object] = task.aenqueue(0)
        return coroutine

    for _ in range(_WARM_UP):
        run(call)
    benchmark(run, call)
