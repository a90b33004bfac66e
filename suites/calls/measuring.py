"""One measuring process, `python -m taskgauge.suites.calls.measuring`: calls each function in every style, in turn."""

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
"""The seconds for which the idle loop is watched."""
FEWEST_CALLS = 10
"""The fewest calls in a slice: the first call after a pause is slower than those that follow."""
WATCHED_CALLS = 1_000
"""The watched calls of a function that returns at once: as many as its 99th percentile needs."""


def run(job: Mapping[str, Any]) -> dict[str, Any]:
    """
    Measure all styles of calling some functions, at each concurrency.

    The job has `functions`, `slices` (their number by concurrency, which is text because JSON keys are text),
    `slice_seconds`, `rounds` (by function, concurrency and arm; null: calibrate) and `order` (any text: the seed of the
    order of arms). Return `rounds` and `samples`.
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
    styles = {arm: style for arm in ARMS if (style := way(arm, FUNCTIONS[name])) is not None}
    # Start threads and let Python specialise the code before anything is timed.
    for style in styles.values():
        run_slice(runner, style, rounds=2, width=10, watched=True)
    gc.collect()
    gc.freeze()
    samples = []
    for concurrency, slices in job["slices"].items():
        width = int(concurrency)
        able = {arm: style for arm, style in styles.items() if width == 1 or style.in_loop}
        if concurrency not in rounds:
            rounds[concurrency] = {
                arm: calibrate(runner, style, width, job["slice_seconds"], instant=instant)
                for arm, style in able.items()
            }
        order = list(able)
        random.Random(f"{job['order']} {name} {concurrency}").shuffle(order)  # noqa: S311 - an order, not a secret
        in_order = {arm: able[arm] for arm in order}
        slices_by_arm = _interleaved(runner, in_order, rounds[concurrency], width, slices, instant=instant)
        condition: dict[str, str | int] = {"function": name, "concurrency": width}
        for arm, (timed, watched) in slices_by_arm.items():
            samples += samples_of(arm, timed, watched, condition)
    return samples


def _without_collector(runner: asyncio.Runner, style: CallStyle, rounds: int, width: int, *, watched: bool) -> Slice:
    gc.collect()
    gc.disable()
    try:
        # The collection evicts the processor's caches: warm them up before the first timed call.
        run_slice(runner, style, rounds=1, width=min(width, FEWEST_CALLS), watched=watched)
        return run_slice(runner, style, rounds=rounds, width=width, watched=watched)
    finally:
        gc.enable()


def calibrate(runner: asyncio.Runner, style: CallStyle, width: int, slice_seconds: float, *, instant: bool) -> int:
    """Return the number of rounds that take about `slice_seconds` and make at least `FEWEST_CALLS` calls."""
    fewest = -(-FEWEST_CALLS // width)
    rounds = 1
    while (
        taken := run_slice(runner, style, rounds=rounds, width=width, watched=not instant).seconds
    ) < slice_seconds / 4:
        rounds *= 2
    return max(fewest, round(rounds * slice_seconds / taken))


def _interleaved(
    runner: asyncio.Runner,
    styles: dict[str, CallStyle],
    rounds: dict[str, int],
    width: int,
    slices: int,
    *,
    instant: bool,
) -> dict[str, tuple[list[Slice], list[Slice]]]:
    """
    Return the slices that give each arm's rate, and the slices that were watched.

    A function that returns at once is not watched while its rate is measured: a clock around each call would cost more
    than the call. For other functions both are the same slices.
    """
    slices_by_arm: dict[str, tuple[list[Slice], list[Slice]]] = {arm: ([], []) for arm in styles}
    order = list(styles)
    for number in range(slices):
        turn = number % len(order)
        for arm in order[turn:] + order[:turn]:
            timed, watched = slices_by_arm[arm]
            if instant:
                timed.append(_without_collector(runner, styles[arm], rounds[arm], width, watched=False))
            # Watching an instant function takes many times as long as calling it.
            enough = min(rounds[arm], -(-WATCHED_CALLS // width)) if instant else rounds[arm]
            watched.append(_without_collector(runner, styles[arm], enough, width, watched=True))
    return {arm: (timed or watched, watched) for arm, (timed, watched) in slices_by_arm.items()}


if __name__ == "__main__":
    django.setup()
    answer_request(run)
