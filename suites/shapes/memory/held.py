"""Holds many results of one arm at once; run as `python -m taskgauge.suites.shapes.memory.held`."""

import gc
import os
import pickle
import random
import time
from collections.abc import Callable
from typing import Any

import psutil

from taskgauge.backends.processes.json_lines_child import answer_request
from taskgauge.suites.shapes.objects import FINISHED, result_of
from taskgauge.suites.shapes.operation import OperationNotApplicable
from taskgauge.suites.shapes.operations import BATCH, dumped
from taskgauge.suites.shapes.variants import Variant, load

COLLECTIONS = 3
_HEADER = 33
"""Bytes of an empty bytes object."""
_SIZES = range(48, 513, 16)
"""Bytes of the objects that the allocator keeps in pools, one pool for each size."""
_POOL = 16384
"""Bytes of a pool."""
_LENGTHS, _TUPLES = range(1, 20), 200
_KEPT: list[list[Any]] = []
"""Objects that lie in memory before the results."""


def run(job: dict[str, Any]) -> dict[str, Any]:
    """
    Hold `count` results of all `arms`, arm after arm, and release none.

    Return for each arm `resident` (bytes per result by which the process grew), `collect` (CPU nanoseconds per result
    of a full garbage collection, several times; later arms' values include earlier arms' results) and `pickle` (CPU
    nanoseconds per result, in batches of 1,000). Return `left_out` instead of `pickle` where Django 6.0 cannot pickle.
    """
    # The results of all arms stay alive until the last arm is done.
    rooms = {arm: room_for(arm, job["count"]) for arm in job["arms"]}
    return {arm: _hold(variant, held) for arm, (variant, held) in rooms.items()}


def _hold(variant: Variant, held: list[Any]) -> dict[str, Any]:
    resident = fill(variant, held)
    return {"resident": resident, "collect": [collected(held) for _ in range(COLLECTIONS)], **pickled(variant, held)}


def room_for(arm: str, count: int) -> tuple[Variant, list[Any]]:
    """
    Return a variant and an empty list for its results, in memory with a random layout.

    The places of objects in memory make a collection of equal objects up to a third slower or faster. A fresh process
    would use the same places each time, which could favour a shape. So the process's hash seed chooses the objects that
    lie before the results, and whether the list or the variant is made first.
    """
    chance = random.Random(os.environ.get("PYTHONHASHSEED"))  # noqa: S311 -- a layout, no secret
    list_first = chance.random() < 0.5
    held: list[Any] = [None] * count if list_first else []
    variant = load(arm)
    held = held or [None] * count
    _KEPT.append([bytes(size - _HEADER) for size in _SIZES for _ in range(chance.randrange(_POOL // size))])
    _KEPT.append([(object(),) * length for length in _LENGTHS for _ in range(chance.randrange(_TUPLES))])
    chance.shuffle(_KEPT[-1])
    gc.collect()
    gc.freeze()
    return variant, held


def fill(variant: Variant, held: list[Any]) -> float:
    """Fill a list with results; return the bytes per result by which the process grew."""
    process = psutil.Process()
    result_of(variant, 0, FINISHED.name)
    gc.disable()
    before = process.memory_info().rss
    for number in range(len(held)):
        held[number] = result_of(variant, number, FINISHED.name)
    resident = (process.memory_info().rss - before) / len(held)
    # The first collection also moves everything to the oldest generation, so it does not count.
    gc.collect()
    return resident


def collected(held: list[Any]) -> float:
    """Return the CPU nanoseconds per result of a full garbage collection."""
    return _nanoseconds(gc.collect) / len(held)


def pickled(variant: Variant, held: list[Any]) -> dict[str, Any]:
    """Return `pickle`, a list with the CPU nanoseconds per result, or an empty list and the reason as `left_out`."""
    try:
        dumped(variant, held[0], pickle.HIGHEST_PROTOCOL)
    except OperationNotApplicable as reason:
        return {"pickle": [], "left_out": str(reason)}
    return {"pickle": [_nanoseconds(lambda: _pickle(held)) / len(held)]}


def _pickle(held: list[Any]) -> None:
    for start in range(0, len(held), BATCH):
        pickle.dumps(held[start : start + BATCH], pickle.HIGHEST_PROTOCOL)


def _nanoseconds(function: Callable[[], object]) -> int:
    begin = time.process_time_ns()
    function()
    return time.process_time_ns() - begin


if __name__ == "__main__":
    answer_request(run)
