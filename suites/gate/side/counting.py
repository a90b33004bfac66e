"""The counters of the ledger: what one operation executes, sends and allocates, as exactly as possible."""

import asyncio
import contextlib
import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .allocating import allocated, held
from .executing import executed
from .operation import PreparedOperation
from .sending import sent

_FEW, _MANY = 20, 60
"""Two numbers of repetitions: the difference of their counters contains no constant cost."""
_FEW_OBJECTS, _MANY_OBJECTS = 50, 200
_FRESH = 20
"""The objects whose largest pickle counts: the integer of a pickled UUID has 16 or 17 bytes, equally often."""

type Counts = Mapping[str, int]


def count(prepared: PreparedOperation, runner: asyncio.Runner, folder: Path) -> dict[str, Any]:
    """Return the counters of one operation that are available here, as whole numbers where nothing varies."""
    prepared.ready()
    counters: dict[str, Any] = sent(prepared, runner)

    def run(loops: int) -> None:
        prepared.run(loops, runner)
        prepared.settle(loops)

    def keep(loops: int) -> None:
        kept = [None] * loops
        for number in range(loops):
            kept[number] = prepared.once(runner)
        prepared.settle(loops)

    # Keep the objects: memory in a free list would be reused, and the next allocation would not be counted.
    is_kept = prepared.makes and prepared.call is not None
    counters |= _per_operation(lambda loops: executed(lambda: run(loops)), _FEW, _MANY, 0)
    counters |= _per_operation(
        lambda loops: allocated(keep if is_kept else run, loops, folder), _FEW_OBJECTS, _MANY_OBJECTS, 1
    )
    counters["bytes_per_object"] = counters["pickle_bytes"] = None
    if is_kept and prepared.call is not None:
        call = prepared.call
        counters |= _per_operation(lambda loops: held(call, loops), _FEW_OBJECTS, _MANY_OBJECTS, 3)
        prepared.settle(2 * _FEW_OBJECTS + _MANY_OBJECTS)
    if prepared.sized:
        counters["pickle_bytes"] = _pickle_bytes(prepared, runner)
    return counters


def _per_operation(measure: Callable[[int], Counts], few: int, many: int, digits: int) -> dict[str, float]:
    """Return each counter for one operation; the first run fills caches and does not count."""
    measure(few)
    less, more = measure(few), measure(many)
    return {name: round((more[name] - less[name]) / (many - few), digits or None) for name in more}


def _pickle_bytes(prepared: PreparedOperation, runner: asyncio.Runner) -> int | None:
    sizes = []
    for _ in range(_FRESH):
        prepared.ready()
        sizes.append(_pickled(prepared.once(runner)))
    prepared.settle(_FRESH)
    return max((size for size in sizes if size is not None), default=None)


def _pickled(value: Any) -> int | None:
    if isinstance(value, bytes):
        return len(value)
    with contextlib.suppress(Exception):  # Django 6.0 cannot pickle a Task, and does not guarantee it
        return len(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
    return None
