"""Dispatch: tasks of each result type through the reference backends, from enqueue() to the last finish."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from taskgauge.reports.run_folder.records import add_left_out, add_samples
from taskgauge.suites.dispatch.errors import DispatchError, TasksUnaccounted
from taskgauge.suites.dispatch.needed_memory import need_of
from taskgauge.suites.dispatch.plan import AtScale, Slices, at_scale, left_out, slices
from taskgauge.suites.dispatch.results import PART, samples_of, write_latencies, write_unaccounted
from taskgauge.suites.dispatch.turns import Dispatched, Turns, run_in_turns
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.shapes.option_set import options_of
from taskgauge.suites.shapes.time.rounds import hash_seed

_LATENCIES = tuple(f"{what}-{name}" for what in ("enqueue", "start") for name in ("p50", "p99", "p99.9", "max"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make an item for each comparison of arms, and for what is dispatched at scale."""
    options = options_of(metafunc.config)
    items: list[Slices] | list[AtScale] = []
    if "compared" in metafunc.fixturenames:
        items = slices(options)
    elif "scaled" in metafunc.fixturenames:
        items = at_scale(options)
    else:
        return
    metafunc.parametrize(
        "compared" if "compared" in metafunc.fixturenames else "scaled",
        [pytest.param(item, id=str(item), marks=pytest.mark.measures(item.target, *item.arms)) for item in items],
    )


def predicted_seconds(
    _options: Options, _name: str, *, compared: Slices | None = None, scaled: AtScale | None = None
) -> float:
    """Return the predicted seconds of an item."""
    return sum(item.seconds for item in (compared, scaled) if item is not None)


@pytest.mark.measures("dispatch-rate")
def test_dispatch(compared: Slices, options: Options, run_folder: Path, progress: Progress) -> None:
    """Compare the rates of arms in sets of fresh processes, one an arm, that dispatch slices in turn."""
    if reason := left_out(compared.target):
        add_left_out(run_folder, PART, "dispatch-rate", dict.fromkeys(compared.arms, f"{compared.target}: {reason}"))
        pytest.skip(reason)
    for number in range(compared.sets):
        results = run_in_turns(
            Turns(
                target=compared.target,
                arms=compared.arms,
                tasks=compared.tasks,
                turns=compared.slices,
                pinned=compared.pinned,
                first=number,
                hash_seed=hash_seed(options.seed, number),
            )
        )
        _record(run_folder, compared.target, results, process=number)
        progress.step(number + 1, compared.sets, "sets of processes")


@pytest.mark.measures("dispatch-rate", *_LATENCIES)
def test_dispatch_at_scale(scaled: AtScale, options: Options, run_folder: Path, progress: Progress) -> None:
    """Record rate and latencies of many tasks that are kept; each is found exactly once in the event log."""
    if reason := left_out(scaled.target):
        pytest.skip(reason)
    need_of(scaled).check(options.memory)
    results = run_in_turns(
        Turns(
            target=scaled.target,
            arms=scaled.arms,
            tasks=scaled.tasks // scaled.turns,
            turns=scaled.turns,
            kind="keep",
            together=scaled.together,
            hash_seed=hash_seed(options.seed, scaled.number),
        ),
        lambda done, of: progress.step(done, of, "turns"),
    )
    _record(run_folder, scaled.target, results, process=scaled.number, size=scaled.tasks)


def _record(
    run_folder: Path,
    target: str,
    results: Mapping[str, Dispatched | DispatchError],
    *,
    process: int,
    size: int | None = None,
) -> None:
    """Write what was dispatched; fail the item if an arm has an error, after the other arms were written."""
    failures = []
    for arm, result in results.items():
        if isinstance(result, Dispatched):
            add_samples(run_folder, samples_of(result, target, arm, process=process, size=size))
            if size is not None:
                write_latencies(run_folder, f"{process:04d}-{target}-{arm}-{size}", result)
            continue
        if isinstance(result, TasksUnaccounted):
            write_unaccounted(run_folder, target, arm, result.count, process=process, size=size)
        failures.append(f"{type(result).__name__}: {arm}: {result}")
    if failures:
        pytest.fail("; ".join(failures), pytrace=False)
