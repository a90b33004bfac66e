"""Latency: an open loop at shares of each target's own capacity, which a drain of the same run measures first."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from taskgauge.reports.metrics.deliveries import rate
from taskgauge.reports.run_folder.traces import Workload
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.sessions.items import enqueue_seconds, parametrize, predicted, run_item
from taskgauge.suites.sessions.plan import Measured, depth
from taskgauge.suites.sessions.session import SessionPlan
from taskgauge.suites.sessions.session_process import run_kept

PART = "latency"
SHARES = (10, 50, 80)
"""The percentages of the capacity that are offered."""
SECONDS = 10.0
"""The seconds of an open loop."""
_QUICK_SECONDS = 2.0
_FEWEST = 20
"""The tasks of an open loop at least: as many as a median needs."""
_MOST = 50_000
_DEPTH = 2_000
"""The tasks of the drain that measures the capacity, at most."""
_DRAIN = 5.0
"""The seconds of that drain, at most."""


def loads(entry: Measured, options: Options) -> Iterator[Workload]:
    """Yield the workloads of a target; their rates follow from the capacity."""
    if entry.target.descriptor.runs in {"never", "inside"}:
        return
    for share in SHARES:
        yield Workload(arrival="rate", tasks=depth(options, _DEPTH), share=share)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make an item for each session."""
    parametrize(metafunc, PART, loads)


def predicted_seconds(_options: Options, _name: str, *, plan: SessionPlan | None) -> float:
    """Return the predicted seconds of a session."""
    return predicted(plan, SECONDS + enqueue_seconds(plan))


@pytest.fixture(scope="session")
def capacity(run_folder: Path) -> Callable[[SessionPlan], float]:
    """Return a function that gives the capacity of a target in tasks a second; its first call measures it."""
    known: dict[str, float | str] = {}

    def measure(plan: SessionPlan) -> float:
        if plan.target not in known:
            load = Workload(arrival="backlog", tasks=plan.workload.tasks, box=_DRAIN)
            drain = replace(plan, repetition=0, workload=load)
            session = run_kept(drain, run_folder)
            trace = session.trace()
            known[plan.target] = (trace and rate(trace)) or session.error or "its drain has no rate"
        value = known[plan.target]
        if isinstance(value, str):
            pytest.fail(f"its capacity is not known: {value}", pytrace=False)
        return value

    return measure


def test_latency(
    plan: SessionPlan,
    run_folder: Path,
    options: Options,
    progress: Progress,
    capacity: Callable[[SessionPlan], float],
) -> None:
    """Offer tasks at fixed times, and keep the time from the intended time to the start of each."""
    assert plan.workload.share is not None
    offered = capacity(plan) * plan.workload.share / 100
    seconds = _QUICK_SECONDS if options.scale.name == "quick" else SECONDS
    tasks = min(_MOST, max(_FEWEST, round(offered * seconds)))
    run_item(replace(plan, workload=replace(plan.workload, rate=offered, tasks=tasks)), run_folder, progress)
