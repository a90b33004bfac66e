"""Counts allocations with memray, if it is installed, and the bytes that objects hold with tracemalloc."""

import gc
import sys
import tracemalloc
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_CLEAR_CACHES: Callable[[], None] = vars(sys).get("_clear_internal_caches") or vars(sys)["_clear_type_cache"]
_NOT_COUNTED = ("FREE", "PYMALLOC_FREE", "MMAP", "MUNMAP")
"""Kinds of records that are not counted: an arena is mapped now and then for many objects, not for one operation."""


def allocated(work: Callable[[int], object], loops: int, folder: Path) -> dict[str, int]:
    """Return the number of allocations of the work and their bytes; empty if memray is missing."""
    if find_spec("memray") is None:
        return {}
    import memray  # noqa: PLC0415 -- not in every environment

    capture = folder / "capture.bin"
    _quiet()
    gc.disable()
    try:
        destination = memray.FileDestination(str(capture), overwrite=True)
        with memray.Tracker(destination=destination, trace_python_allocators=True):
            work(loops)
    finally:
        gc.enable()
    skipped = {getattr(memray.AllocatorType, name).value for name in _NOT_COUNTED}
    allocations = size = 0
    with memray.FileReader(str(capture)) as reader:
        for record in reader.get_allocation_records():
            if record.allocator not in skipped:
                allocations += record.n_allocations
                size += record.size
    capture.unlink()
    return {"allocations": allocations, "allocated_bytes": size}


def held(call: Callable[[], Any], loops: int) -> dict[str, int]:
    """Return the bytes that `loops` kept objects hold, including everything that was made for them."""
    kept: list[Any] = [None] * loops
    _quiet()
    tracemalloc.start()
    try:
        for number in range(loops):
            kept[number] = call()
        # Free lists and the attribute cache do not belong to the objects.
        _quiet()
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return {"bytes_per_object": size}


def _quiet() -> None:
    _CLEAR_CACHES()
    gc.collect()
