"""Holds many results of one arm at once, as `python -m taskgauge.suites.result_types.held`."""

import gc
import pickle
import time
from collections.abc import Callable
from typing import Any

import psutil

from taskgauge.suites.fresh_process import answer
from taskgauge.suites.result_types.objects import FINISHED, result_of
from taskgauge.suites.result_types.operations import VerbNotApplicable
from taskgauge.suites.result_types.verbs import BATCH, dumped
from taskgauge.suites.variants import Variant, load

COLLECTIONS = 3


def run(job: dict[str, Any]) -> dict[str, Any]:
    """
    Hold `count` results of each of the `arms`, one arm after the other, and let none go.

    Return for each arm `resident` (bytes per result by which the process grew), `collect` (CPU nanoseconds per result
    of one full garbage collection, several times; of the first arm alone) and `pickle` (CPU nanoseconds per result, in
    batches of 1,000), or `left_out` where Django 6.0 cannot pickle.
    """
    gc.collect()
    gc.freeze()
    held: dict[str, list[Any]] = {arm: [None] * job["count"] for arm in job["arms"]}
    return {arm: _hold(load(arm), results) for arm, results in held.items()}


def _hold(variant: Variant, held: list[Any]) -> dict[str, Any]:
    process = psutil.Process()
    count = len(held)
    result_of(variant, 0, FINISHED.name)
    gc.disable()
    before = process.memory_info().rss
    for number in range(count):
        held[number] = result_of(variant, number, FINISHED.name)
    answer: dict[str, Any] = {"resident": (process.memory_info().rss - before) / count, "pickle": []}
    # The first collection also moves everything to the oldest generation; it is not one of those that count.
    gc.collect()
    answer["collect"] = [_nanoseconds(gc.collect) / count for _ in range(COLLECTIONS)]
    try:
        dumped(variant, held[0], pickle.HIGHEST_PROTOCOL)
    except VerbNotApplicable as reason:
        answer["left_out"] = str(reason)
    else:
        answer["pickle"].append(_nanoseconds(lambda: _pickle(held)) / count)
    return answer


def _pickle(held: list[Any]) -> None:
    for start in range(0, len(held), BATCH):
        pickle.dumps(held[start : start + BATCH], pickle.HIGHEST_PROTOCOL)


def _nanoseconds(function: Callable[[], object]) -> int:
    begin = time.process_time_ns()
    function()
    return time.process_time_ns() - begin


if __name__ == "__main__":
    answer(run)
