"""Latency: an open loop at shares of each target's own capacity, which the same run searches for first."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from taskgauge.reports.metrics.capacities import is_sustained
from taskgauge.reports.metrics.deliveries import rate
from taskgauge.reports.metrics.latencies import enqueue_times
from taskgauge.reports.run_folder.traces import Trace, Workload
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.sessions.capacity import QUICK_SESSIONS, SESSIONS, search
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
"""The tasks of the drain whose rate begins the search, at most."""
_DRAIN = 5.0
"""The seconds of that drain, at most."""
_BEGIN = 0.8
"""The share of the drain's rate at which the search begins."""
_OFFERED = 0.5
"""The share of its time for which a producer may be inside enqueue() at that rate."""


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
def capacity(run_folder: Path, options: Options) -> Callable[[SessionPlan], float]:
    """Return a function that gives the capacity of a target in tasks a second; its first call searches for it."""
    known: dict[tuple[str, str], float | str] = {}

    def measure(plan: SessionPlan) -> float:
        key = plan.target, plan.workload.row
        if key not in known:
            known[key] = _search(plan, run_folder, options)
        value = known[key]
        if isinstance(value, str):
            pytest.skip(f"its capacity is not known: {value}")
        return value

    return measure


def _search(plan: SessionPlan, run_folder: Path, options: Options) -> float | str:
    """Return the capacity of a target, or the reason why it has none; the rate of a drain is where it begins."""
    load = replace(plan.workload, arrival="backlog", box=_DRAIN, share=None)
    session = run_kept(replace(plan, repetition=0, workload=load), run_folder)
    trace = session.trace()
    drained = None if trace is None else rate(trace)
    if trace is None or drained is None:
        pytest.fail(session.error or "its drain has no rate, so its capacity is not known", pytrace=False)
    begin = first_rate(trace, drained)
    quick = options.scale.name == "quick"
    numbers = count()

    def sustains(offered: float) -> bool:
        tasks = _tasks(offered, _QUICK_SECONDS if quick else SECONDS)
        probe = replace(load, arrival="rate", rate=offered, tasks=tasks, probe=next(numbers))
        searched = replace(plan, repetition=0, workload=probe)
        trace = run_kept(searched, run_folder).trace()
        return trace is not None and is_sustained(trace)

    capacity = search(sustains, begin, QUICK_SESSIONS if quick else SESSIONS)
    return capacity or f"it sustained no rate from {begin:.3g} tasks a second downwards, in a bounded search"


def first_rate(drain: Trace, drained: float) -> float:
    """Return the rate with which a search begins: near that of the drain, and one that one producer can offer."""
    times = enqueue_times(drain)
    return min(_BEGIN * drained, _OFFERED * 1e9 * len(times) / max(1, sum(times)))


def _tasks(offered: float, seconds: float) -> int:
    return min(_MOST, max(_FEWEST, round(offered * seconds)))


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
    load = replace(plan.workload, rate=offered, tasks=_tasks(offered, seconds))
    run_item(replace(plan, workload=load), run_folder, progress)
