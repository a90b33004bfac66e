"""Times operations, all arms in turn, slice by slice; run as `python -m taskgauge.suites.shapes.time.slices`."""

import gc
import random
import time
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from timeit import Timer
from typing import Any

from taskgauge.backends.processes.json_lines_child import answer_requests
from taskgauge.suites.shapes.operation import Operation, OperationNotApplicable
from taskgauge.suites.shapes.variants import load

CLOCK = time.process_time
WARM_UP = 20
"""The loops of a slice, divided by this number, run before it, so that library code specialises for the arm again.

An operation that takes longer than a slice needs no such loops.
"""
TOO_SLOW = 5
"""An arm that is this many times slower than the baseline runs fewer loops in a slice."""
FEWEST = 20
"""Least slices of an operation that takes longer than a slice."""


def begin(job: dict[str, Any]) -> tuple[dict[str, Any], Callable[[dict[str, Any]], dict[str, Any]]]:
    """Load the `arms` of a job, and return the function that times an operation."""
    for arm in job["arms"]:
        load(arm)
    return {}, time_operation


def time_operation(request: dict[str, Any]) -> dict[str, Any]:
    """
    Time an operation, all arms in turn.

    The request has `operations` (module and name of a mapping of them), `operation`, `arms` (the first one is the
    baseline), `order` (any text: the seed of the order in which arms are made and timed), `loops` (of each arm; null:
    calibrate), `slices` and `slice_seconds`. The answer has `left_out` (arm: reason), the used `loops` and `slices`,
    and `seconds` (CPU seconds per operation: a list of slices for each arm). Without the baseline, nothing is timed,
    because there is nothing to compare with.
    """
    operation: Operation = getattr(import_module(request["operations"]["module"]), request["operations"]["name"])[
        request["operation"]
    ]
    order = random.Random(request["order"])  # noqa: S311 - an order, no secret
    timers, left_out = _timers(operation, order.sample(request["arms"], len(request["arms"])))
    baseline = request["arms"][0]
    if baseline not in timers:
        return {"left_out": left_out, "loops": {}, "slices": 0, "seconds": {}}
    loops, slices = request["loops"], request["slices"]
    if not loops:
        loops, longer = calibrate(timers, baseline, request["slice_seconds"])
        slices = max(min(slices, FEWEST), round(slices / longer))
    seconds = _time(timers, loops, slices)
    operations = operation.unroll * operation.repeats
    return {
        "left_out": left_out,
        "loops": loops,
        "slices": slices,
        "seconds": {arm: [value / (loops[arm] * operations) for value in values] for arm, values in seconds.items()},
    }


def _timers(operation: Operation, arms: Sequence[str]) -> tuple[dict[str, Timer], dict[str, str]]:
    # The order differs in each process, because the first arm finds other memory and caches than the later arms.
    timers, left_out = {}, {}
    for arm in arms:
        try:
            prepared = operation.prepare(load(arm))
        except OperationNotApplicable as reason:
            left_out[arm] = str(reason)
            continue
        prepared.check(arm)
        timers[arm] = prepared.timer(CLOCK, operation.unroll)
    return timers, left_out


def calibrate(timers: Mapping[str, Timer], baseline: str, slice_seconds: float) -> tuple[dict[str, int], float]:
    """
    Return each arm's number of loops, and the baseline's slice time divided by the requested time (1 or more).

    With this number of loops, the baseline takes one slice, in CPU seconds. An arm that is many times slower gets a
    smaller number; otherwise its slices would last for seconds and would not pair with other slices.
    """
    loops = 1
    while timers[baseline].timeit(loops) < slice_seconds / 4:
        loops *= 2
    # Measure again, warm: the first loops include specialisation.
    loops = max(1, round(loops * slice_seconds / timers[baseline].timeit(loops)))
    trial = max(1, loops // TOO_SLOW)
    counts = {}
    for arm, timer in timers.items():
        slower = timer.timeit(trial) / trial * loops / slice_seconds
        counts[arm] = loops if slower < TOO_SLOW else max(1, round(loops / slower))
    return counts, max(1.0, timers[baseline].timeit(loops) / slice_seconds) if loops == 1 else 1.0


def _time(timers: Mapping[str, Timer], loops: Mapping[str, int], slices: int) -> dict[str, list[float]]:
    order = list(timers)
    seconds: dict[str, list[float]] = {arm: [] for arm in timers}
    # The collector must not look at earlier objects between the slices.
    gc.collect()
    gc.freeze()
    for arm in order:
        timers[arm].timeit(max(1, loops[arm] // 4))
    for number in range(slices):
        turn = number % len(order)
        gc.collect()
        for arm in order[turn:] + order[:turn]:
            if loops[arm] > 1:
                timers[arm].timeit(max(1, loops[arm] // WARM_UP))
            seconds[arm].append(timers[arm].timeit(loops[arm]))
    return seconds


if __name__ == "__main__":
    answer_requests(begin)
