"""The calls suite: what it measures, and that it would see the opposite."""

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from taskgauge.reports.run_folder.documents import read_stream
from taskgauge.reports.run_folder.records import Sample
from taskgauge.suites.calls import rounds as rounds_module
from taskgauge.suites.calls.call_styles import ARMS, CallStyle, way
from taskgauge.suites.calls.figures import samples_of
from taskgauge.suites.calls.functions import FUNCTIONS, overlap
from taskgauge.suites.calls.heartbeat import Heartbeat, resolution
from taskgauge.suites.calls.measuring import calibrate
from taskgauge.suites.calls.quantile import quantile
from taskgauge.suites.calls.rounds import CallRounds
from taskgauge.suites.calls.scale import slices_of
from taskgauge.suites.calls.slices import CallsWrong, Slice, run_slice
from taskgauge.suites.run_control.options import Options, Scale
from taskgauge.suites.run_control.progress import Progress


def run(each: CallStyle | None, *, rounds: int = 2, width: int = 10, watched: bool = True) -> Slice:
    """Run one slice in a loop of its own."""
    assert each is not None
    with asyncio.Runner() as runner:
        return run_slice(runner, each, rounds=rounds, width=width, watched=watched)


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_way_gives_every_value(function: str, arm: str) -> None:
    """Each way calls the function as often as it says, watched or not; threads run no coroutine."""
    each = way(arm, FUNCTIONS[function])
    if each is None:
        assert function.startswith("coroutine")
        assert arm in {"acall-not-thread-sensitive", "to-thread"}
        return
    for watched in (False, True):
        for width in (1, 3):
            made = run(each, rounds=2, width=width, watched=watched)
            assert made.calls == 2 * width
            assert made.seconds > 0
            assert len(made.latencies) == (made.calls if watched else 0)
            assert (made.stall is not None) == (watched and each.in_loop)


def test_acall_serialises() -> None:
    """Of ten bodies that block, acall() runs one at a time, and a thread-insensitive call several."""
    assert overlap(run(way("acall", FUNCTIONS["sync-sleep"])).bodies) == 1
    assert overlap(run(way("func", FUNCTIONS["sync-sleep"])).bodies) == 1
    assert overlap(run(way("acall-not-thread-sensitive", FUNCTIONS["sync-sleep"])).bodies) > 1
    assert overlap(run(way("to-thread", FUNCTIONS["sync-sleep"])).bodies) > 1


def test_acall_that_does_not_serialise_is_seen() -> None:
    """An acall() of another kind, which takes any thread, is seen not to serialise."""
    function = FUNCTIONS["sync-sleep"].func

    async def acall(number: int) -> Any:
        return await sync_to_async(function, thread_sensitive=False)(number)

    assert overlap(run(way("acall", SimpleNamespace(func=function, call=function, acall=acall))).bodies) > 1


def test_coroutines_overlap() -> None:
    """All bodies that wait without blocking wait together."""
    assert overlap(run(way("acall", FUNCTIONS["coroutine-sleep"]), rounds=1, width=10).bodies) == 10


@pytest.mark.parametrize(
    ("spans", "most"),
    [
        ([], 0),
        ([(0, 1), (1, 2)], 1),
        ([(0, 5), (1, 2), (3, 4)], 2),
        ([(0, 5), (1, 5), (2, 5), (6, 7)], 3),
    ],
)
def test_overlap(spans: list[tuple[int, int]], most: int) -> None:
    """Bodies that touch do not overlap; the most at any moment counts, not their sum."""
    assert overlap(spans) == most


@pytest.mark.parametrize("watched", [False, True])
@pytest.mark.parametrize("width", [1, 10])
def test_wrong_values_give_no_speed(width: int, watched: bool) -> None:
    """A way whose calls return something else is not timed."""
    with pytest.raises(CallsWrong, match="wrong or missing"):
        run(CallStyle(blocking=lambda _number: 1), width=width, watched=watched)


def test_lost_calls_give_no_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that is not made is missed."""

    async def forgetful(*_awaitables: Any) -> list[int]:
        for awaitable in _awaitables:
            awaitable.close()
        return []

    monkeypatch.setattr(asyncio, "gather", forgetful)

    with pytest.raises(CallsWrong, match="0 of 20 calls"):
        run(way("acall", FUNCTIONS["coroutine"]))


def test_heartbeat_sees_a_block() -> None:
    """A loop that is blocked for 50 ms has stalled for nearly as long, also when nothing happens after it."""

    async def blocked(after: float) -> float:
        heartbeat = Heartbeat()
        await heartbeat.start()
        time.sleep(0.05)  # noqa: ASYNC251 - the block that has to be seen
        await asyncio.sleep(after)
        return await heartbeat.stop()

    assert asyncio.run(blocked(0)) >= 49
    assert asyncio.run(blocked(0.01)) >= 49


def test_resolution_is_what_an_idle_loop_stalls() -> None:
    """An idle loop stalls less than one that does nothing but block."""

    async def block() -> float:
        heartbeat = Heartbeat()
        await heartbeat.start()
        time.sleep(0.5)  # noqa: ASYNC251 - the block that has to be seen
        return await heartbeat.stop()

    assert 0 <= asyncio.run(resolution(0.02)) < asyncio.run(block())


@pytest.mark.parametrize(
    ("count", "share", "expected"),
    [(19, 0.5, None), (20, 0.5, 10), (999, 0.99, None), (1000, 0.99, 990), (9_999, 0.999, None), (10_000, 0.999, 9990)],
)
def test_percentile_needs_a_tail(count: int, share: float, expected: int | None) -> None:
    """A percentile q is told only from at least 10 / (1 - q) numbers."""
    assert quantile(list(range(count, 0, -1)), share) == expected


def test_samples() -> None:
    """A rate for each slice; latencies, the stall and the overlap from all watched slices together."""
    watched = [
        Slice(calls=500, seconds=0.5, latencies=[2_000] * 500, stall=0.5, bodies=[(0, 2), (1, 3)]),
        Slice(calls=500, seconds=1.0, latencies=[4_000] * 500, stall=0.25, bodies=[(0, 2)]),
    ]

    samples = samples_of("acall", watched, watched, {"function": "sync-sleep", "concurrency": 10})

    assert [(sample.metric, sample.slice, sample.value) for sample in samples] == [
        ("call-rate", 0, 1000),
        ("call-rate", 1, 500),
        ("call-p50", 0, 2),
        ("call-p99", 0, 4),
        ("loop-stall", 0, 0.5),
        ("overlap", 0, 2),
    ]


def test_calibrated_slices_last_as_asked() -> None:
    """The number of rounds grows with the length of a slice, and is never below one."""
    with asyncio.Runner() as runner:
        each = way("func", FUNCTIONS["sync-sleep"])
        assert each is not None
        assert calibrate(runner, each, 100, 0.001, instant=False) == 1
        assert 1 < calibrate(runner, each, 1, 0.02, instant=False) <= 40


@pytest.mark.parametrize("scale", [Scale.default(), Scale.full(), Scale.quick()], ids=lambda scale: scale.name)
def test_concurrencies(scale: Scale) -> None:
    """Every scale has 1, 10 and 100 at once; all but the quick one have 1,000."""
    assert list(slices_of(scale)) == ["1", "10", "100"] + ([] if scale.name == "quick" else ["1000"])
    assert min(slices_of(scale).values()) >= 1


def test_processes_share_rounds_and_grow_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first process calibrates, the next one takes its numbers over, and the file has each process's samples."""
    monkeypatch.setattr(rounds_module, "slices_of", lambda _scale: {"1": 2, "10": 1})
    jobs = recording(monkeypatch)
    scale = Scale(**{**fields_of(Scale.quick()), "processes": 2, "slice_seconds": 0.001})
    rounds = CallRounds(functions=["sync", "coroutine"], options=Options(scale=scale, run_folder=tmp_path))

    rounds.run(Progress(None))
    rounds.run(Progress(None))

    assert [job["rounds"] is None for job in jobs] == [True, False]
    assert set(jobs[1]["rounds"]) == {"sync", "coroutine"}
    assert len({job["order"] for job in jobs}) == 2
    samples = read_stream(tmp_path / "calls/samples.jsonl", Sample)
    assert {sample.process for sample in samples} == {0, 1}
    rates = [sample for sample in samples if sample.metric == "call-rate"]
    assert {sample.arm for sample in rates} == set(ARMS)
    assert all(sample.value > 0 for sample in rates)
    at = [sample.condition for sample in rates if sample.arm == "call"]
    assert {(condition["function"], condition["concurrency"]) for condition in at} == {
        ("sync", 1),
        ("sync", 10),
        # asgiref refuses this in a running loop, so there are never ten at once.
        ("coroutine", 1),
    }
    assert rounds.arms_measured("coroutine") == {"func", "func-again", "call", "acall"}


def recording(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Note the jobs that the real measuring processes get."""
    jobs: list[dict[str, Any]] = []
    measure: Callable[..., Any] = rounds_module.measure

    def noting(module: str, job: dict[str, Any], **options: Any) -> Any:
        jobs.append(json.loads(json.dumps(job)))
        return measure(module, job, **options)

    monkeypatch.setattr(rounds_module, "measure", noting)
    return jobs


def fields_of(scale: Scale) -> dict[str, Any]:
    """Return a scale's fields by name."""
    return {name: getattr(scale, name) for name in Scale.__dataclass_fields__}


def test_call_of_a_coroutine_is_refused_in_a_loop() -> None:
    """What keeps call() of a coroutine function out of the loop is asgiref, and no choice of ours."""

    async def inside() -> Any:
        return FUNCTIONS["coroutine"].call(1)

    with pytest.raises(RuntimeError, match="same thread"):
        asyncio.run(inside())


def test_bodies_of_an_instant_function_are_not_noted() -> None:
    """A function that returns at once notes nothing, since that would be most of its cost."""
    assert run(way("func", FUNCTIONS["sync"])).bodies == []
