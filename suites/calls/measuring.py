"""One measuring process, `python -m taskgauge.suites.calls.measuring`: every way to call each function, in turn."""

import asyncio
import gc
import random
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import django

from taskgauge.backends.processes.json_lines_child import answer_request
from taskgauge.reports.run_folder.records import Sample
from taskgauge.suites.calls.call_styles import ARMS, CallStyle, way
from taskgauge.suites.calls.figures import PART, samples_of
from taskgauge.suites.calls.functions import FUNCTIONS, INSTANT
from taskgauge.suites.calls.heartbeat import resolution
from taskgauge.suites.calls.slices import Slice, run_slice

type Rounds = dict[str, dict[str, int]]

IDLE_SECONDS = 0.05
"""How long the loop is watched with nothing to do."""
FEWEST_CALLS = 10
"""Calls in a slice: one alone would be the first after a pause, and dearer than those that follow."""
WATCHED_CALLS = 1_000
"""How many calls of a function that returns at once are watched: as many as its 99th percentile needs."""


def run(job: Mapping[str, Any]) -> dict[str, Any]:
    """
    Measure the ways to call some functions, at each concurrency.

    The job has `functions`, `slices` (how many at each concurrency, which is text: JSON knows no other keys),
    `slice_seconds`, `rounds` (of each function, concurrency and arm; null: calibrate) and `order` (any text: the seed
    of the order of arms). Return `rounds` and `samples`.
    """
    rounds: dict[str, Rounds] = job["rounds"] or {}
    with asyncio.Runner() as runner:
        idle = runner.run(resolution(IDLE_SECONDS))
        samples = [Sample(part=PART, metric="heartbeat-resolution", arm="idle", value=idle)]
        for name in job["functions"]:
            samples += _function(runner, name, job, rounds.setdefault(name, {}))
    return {"rounds": rounds, "samples": [asdict(sample) for sample in samples]}


def _function(runner: asyncio.Runner, name: str, job: Mapping[str, Any], rounds: Rounds) -> list[Sample]:
    instant = name in INSTANT
    ways = {arm: found for arm in ARMS if (found := way(arm, FUNCTIONS[name])) is not None}
    # Threads are started, and code is specialised, before anything is timed.
    for each in ways.values():
        run_slice(runner, each, rounds=2, width=10, watched=True)
    gc.collect()
    gc.freeze()
    samples = []
    for concurrency, slices in job["slices"].items():
        width = int(concurrency)
        able = {arm: each for arm, each in ways.items() if width == 1 or each.in_loop}
        if concurrency not in rounds:
            rounds[concurrency] = {
                arm: calibrate(runner, each, width, job["slice_seconds"], instant=instant) for arm, each in able.items()
            }
        order = list(able)
        random.Random(f"{job['order']} {name} {concurrency}").shuffle(order)  # noqa: S311 - an order, not a secret
        in_order = {arm: able[arm] for arm in order}
        made = _interleaved(runner, in_order, rounds[concurrency], width, slices, instant=instant)
        condition: dict[str, str | int] = {"function": name, "concurrency": width}
        for arm, (timed, watched) in made.items():
            samples += samples_of(arm, timed, watched, condition)
    return samples


def _without_collector(runner: asyncio.Runner, each: CallStyle, rounds: int, width: int, *, watched: bool) -> Slice:
    gc.collect()
    gc.disable()
    try:
        # The collection has emptied the processor's caches, which is nothing that the first call should pay for.
        run_slice(runner, each, rounds=1, width=min(width, FEWEST_CALLS), watched=watched)
        return run_slice(runner, each, rounds=rounds, width=width, watched=watched)
    finally:
        gc.enable()


def calibrate(runner: asyncio.Runner, each: CallStyle, width: int, slice_seconds: float, *, instant: bool) -> int:
    """Return how many rounds take about as long as a slice should; never fewer than make `FEWEST_CALLS` calls."""
    fewest = -(-FEWEST_CALLS // width)
    rounds = 1
    while (
        taken := run_slice(runner, each, rounds=rounds, width=width, watched=not instant).seconds
    ) < slice_seconds / 4:
        rounds *= 2
    return max(fewest, round(rounds * slice_seconds / taken))


def _interleaved(
    runner: asyncio.Runner,
    ways: dict[str, CallStyle],
    rounds: dict[str, int],
    width: int,
    slices: int,
    *,
    instant: bool,
) -> dict[str, tuple[list[Slice], list[Slice]]]:
    """
    Return each way's slices that give its rate, and its slices that were watched: the same ones where a call lasts.

    A clock around each call would be most of what is measured of a function that returns at once, so such a function's
    rate comes from slices without.
    """
    made: dict[str, tuple[list[Slice], list[Slice]]] = {arm: ([], []) for arm in ways}
    order = list(ways)
    for number in range(slices):
        turn = number % len(order)
        for arm in order[turn:] + order[:turn]:
            timed, watched = made[arm]
            if instant:
                timed.append(_without_collector(runner, ways[arm], rounds[arm], width, watched=False))
            # Watching an instant function takes many times as long as calling it.
            enough = min(rounds[arm], -(-WATCHED_CALLS // width)) if instant else rounds[arm]
            watched.append(_without_collector(runner, ways[arm], enough, width, watched=True))
    return {arm: (timed or watched, watched) for arm, (timed, watched) in made.items()}


if __name__ == "__main__":
    django.setup()
    answer_request(run)
