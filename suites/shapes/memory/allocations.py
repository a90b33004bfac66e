"""Counts the allocations of objects with memray; run as `python -m taskgauge.suites.shapes.memory.allocations`."""

import gc
import itertools
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import memray

from taskgauge.backends.processes.json_lines_child import answer_request
from taskgauge.suites.shapes.objects import bare_arguments, parts_of, result_of
from taskgauge.suites.shapes.operation import OperationNotApplicable
from taskgauge.suites.shapes.operations import dumped
from taskgauge.suites.shapes.variants import Variant, load

STATES = ("READY", "SUCCESSFUL")
FEW, MANY = 200, 700
"""Two numbers of objects: the difference between their captures belongs to objects alone, without constants."""
WARM_UP = 300
"""Objects that are made and kept first; they and the first capture fill the caches."""
_TRIES = 3
"""The times that objects are counted, at most."""
NUMBERS = range(10_000, 10_000 + WARM_UP + FEW + MANY)
"""The objects' numbers: large, because Python shares small integers."""
CLEAR_CACHES: Callable[[], None] = vars(sys)[
    "_clear_internal_caches" if sys.version_info >= (3, 13) else "_clear_type_cache"
]
Make = Callable[[int], Any]


def run(job: dict[str, Any]) -> dict[str, Any]:
    """
    Count the allocations of one `arm`; captures go to the folder `captures`.

    Three kinds of object are counted in each state: `shape` (the object alone; its parts exist already), `whole` (the
    object with its own parts) and `received` (the object and its parts, unpickled one by one). Return `counted`, rows
    with `object`, `state`, and the `bytes` and `allocations` per object that are alive after all were made. Also return
    `left_out`, the reasons by object.
    """
    variant = load(job["arm"])
    counted, left_out = [], {}
    for (made, maker), state in itertools.product(MAKERS.items(), STATES):
        try:
            make = maker(variant, state)
        except OperationNotApplicable as reason:
            left_out[made] = str(reason)
            continue
        capture = Path(job["captures"]) / f"{job['arm']}-{made}-{state}.bin"
        counted.append({"object": made, "state": state, **_count(make, capture)})
    return {"counted": counted, "left_out": left_out}


def _count(make: Make, capture: Path) -> dict[str, float]:
    """Count again if an object has a fraction of an allocation: then the interpreter made one beside the objects."""
    for _ in range(_TRIES):
        counts = _count_once(make, capture)
        if all(value.is_integer() for value in counts.values()):
            break
    return counts


def _count_once(make: Make, capture: Path) -> dict[str, float]:
    numbers = list(NUMBERS)
    kept: list[Any] = [None] * len(numbers)
    gc.freeze()
    _captured(make, numbers[:WARM_UP], kept, capture)
    few = _captured(make, numbers[WARM_UP : WARM_UP + FEW], kept, capture)
    many = _captured(make, numbers[WARM_UP + FEW :], kept, capture)
    return {name: (many[name] - few[name]) / (MANY - FEW) for name in ("bytes", "allocations")}


def _captured(make: Make, numbers: list[int], kept: list[Any], capture: Path) -> dict[str, int]:
    # A full collection empties the interpreter's free lists, so that all captures start alike.
    gc.collect()
    gc.disable()
    destination = memray.FileDestination(str(capture), overwrite=True)
    with memray.Tracker(destination=destination, trace_python_allocators=True):
        for number in numbers:
            kept[number - NUMBERS.start] = make(number)
        # Free lists and the cache of attributes hold memory that belongs to no object; clear both.
        CLEAR_CACHES()
        gc.collect()
    gc.enable()
    with memray.FileReader(str(capture)) as reader:
        alive = list(reader.get_leaked_allocation_records(merge_threads=True))
    return {
        "bytes": sum(record.size for record in alive),
        "allocations": sum(record.n_allocations for record in alive),
    }


def _shape(variant: Variant, state: str) -> Make:
    if variant.bare is None:
        raise OperationNotApplicable("a user's own variant has no copy without its constructor's own work")
    create = variant.bare.TaskResult
    arguments = {number: bare_arguments(variant, parts_of(variant, number, state)) for number in NUMBERS}
    return lambda number: create(**arguments[number])


def _whole(variant: Variant, state: str) -> Make:
    return lambda number: result_of(variant, number, state)


def _received(variant: Variant, state: str) -> Make:
    protocol = pickle.HIGHEST_PROTOCOL
    pickled = {number: dumped(variant, result_of(variant, number, state), protocol) for number in NUMBERS}
    return lambda number: pickle.loads(pickled[number])


MAKERS = {"shape": _shape, "whole": _whole, "received": _received}


if __name__ == "__main__":
    answer_request(run)
