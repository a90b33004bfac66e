"""Holds many results of one arm at once, as `python -m taskgauge.suites.result_types.held`."""

import gc
import pickle
import random
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
    Hold `count` results of each of the `arms`, one arm after the other, in an order that `order` seeds, `turns` times.

    Return for each arm `resident` (bytes per result by which the process grew; meaningful for the first arm of a
    process alone), `collect` (CPU nanoseconds per result of one full garbage collection, several in each turn) and
    `pickle` (CPU nanoseconds per result, in batches of 1,000, one for each turn), or `left_out` where Django 6.0 cannot
    pickle. With `keep`, nothing is let go, so that `resident` is right for all arms.
    """
    order = list(job["arms"])
    random.Random(job["order"]).shuffle(order)  # noqa: S311 - an order, not a secret
    gc.collect()
    gc.freeze()
    kept: list[list[Any]] = []
    answers: dict[str, dict[str, Any]] = {arm: {"collect": [], "pickle": []} for arm in order}
    for turn in range(job["turns"]):
        first = turn % len(order)
        for arm in order[first:] + order[:first]:
            held: list[Any] = [None] * job["count"]
            _hold(load(arm), held, answers[arm])
            if job["keep"]:
                kept.append(held)
            del held
            gc.collect()
    return answers


def _hold(variant: Variant, held: list[Any], answer: dict[str, Any]) -> None:
    process = psutil.Process()
    count = len(held)
    result_of(variant, 0, FINISHED.name)
    gc.disable()
    before = process.memory_info().rss
    for number in range(count):
        held[number] = result_of(variant, number, FINISHED.name)
    answer.setdefault("resident", (process.memory_info().rss - before) / count)
    # The first collection also moves everything to the oldest generation; it is not one of those that count.
    gc.collect()
    answer["collect"] += [_nanoseconds(gc.collect) / count for _ in range(COLLECTIONS)]
    try:
        dumped(variant, held[0], pickle.HIGHEST_PROTOCOL)
    except VerbNotApplicable as reason:
        answer["left_out"] = str(reason)
    else:
        answer["pickle"].append(_nanoseconds(lambda: _pickle(held)) / count)


def _pickle(held: list[Any]) -> None:
    for start in range(0, len(held), BATCH):
        pickle.dumps(held[start : start + BATCH], pickle.HIGHEST_PROTOCOL)


def _nanoseconds(function: Callable[[], object]) -> int:
    begin = time.process_time_ns()
    function()
    return time.process_time_ns() - begin


if __name__ == "__main__":
    answer(run)
