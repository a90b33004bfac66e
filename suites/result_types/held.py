"""Holds many results of one arm at once, as `python -m taskgauge.suites.result_types.held`."""

import gc
import pickle
import random
import time
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
    Hold `count` results of each of the `arms`, one arm after the other, in an order that `order` seeds.

    Return for each arm `resident` (bytes per result by which the process grew; meaningful for the first arm of a
    process alone), `collect` (nanoseconds per result of one full garbage collection, several times), `pickle` (CPU
    nanoseconds per result, in batches of 1,000) and `pickled_bytes`; `pickle` is null where Django 6.0 cannot. With
    `keep`, nothing is let go, so that `resident` is right for all arms.
    """
    order = list(job["arms"])
    random.Random(job["order"]).shuffle(order)  # noqa: S311 - an order, not a secret
    gc.collect()
    gc.freeze()
    kept: list[list[Any]] = []
    answers = {}
    for arm in order:
        held: list[Any] = [None] * job["count"]
        answers[arm] = _hold(load(arm), held)
        if job["keep"]:
            kept.append(held)
        del held
        gc.collect()
    return answers


def _hold(variant: Variant, held: list[Any]) -> dict[str, Any]:
    process = psutil.Process()
    count = len(held)
    result_of(variant, 0, FINISHED.name)
    gc.disable()
    before = process.memory_info().rss
    for number in range(count):
        held[number] = result_of(variant, number, FINISHED.name)
    resident = process.memory_info().rss - before
    # The first collection also moves everything to the oldest generation; it is not one of those that count.
    gc.collect()
    collections = [_nanoseconds(gc.collect) / count for _ in range(COLLECTIONS)]
    return {"resident": resident / count, "collect": collections, **_pickle(variant, held)}


def _pickle(variant: Variant, held: list[Any]) -> dict[str, Any]:
    protocol = pickle.HIGHEST_PROTOCOL
    try:
        dumped(variant, held[0], protocol)
    except VerbNotApplicable as reason:
        return {"pickle": None, "pickled_bytes": None, "left_out": str(reason)}
    size = 0
    begin = time.process_time_ns()
    for start in range(0, len(held), BATCH):
        size += len(pickle.dumps(held[start : start + BATCH], protocol))
    return {"pickle": (time.process_time_ns() - begin) / len(held), "pickled_bytes": size / len(held)}


def _nanoseconds(function: Any) -> int:
    begin = time.process_time_ns()
    function()
    return time.process_time_ns() - begin


if __name__ == "__main__":
    answer(run)
