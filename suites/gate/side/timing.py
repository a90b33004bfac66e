"""Slices: how long a number of operations takes without the garbage collector, with a burn where one is wanted."""

import asyncio
import gc
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import repeat
from statistics import median

from .operation import Operation

CLOCKS: Mapping[str, Callable[[], int]] = {"cpu": time.process_time_ns, "wall": time.perf_counter_ns}
_BITES = 10
"""A burn is spread over a slice in so many bites, each after as many operations."""
_TRIALS = 7
"""Slices of each kind from which a burn's size is found."""
_OPERATIONS_A_WAIT = 50
"""A verb that waits less often than once in so many operations computes."""
_LOOKS = 9
"""Slices in which waits are looked for."""
_SPINS = 20_000
"""How much is burned at once to learn what burning takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One slice: nanoseconds, and how often the process gave its CPU away of its own accord meanwhile."""

    ns: int
    waits: int


def timed(operation: Operation, loops: int, clock: str, runner: asyncio.Runner, spins: int | None = None) -> Slice:
    """Time so many operations; with `spins`, spread over them in bites, that much more work is done."""
    now = CLOCKS[clock]
    operation.ready()
    waits = _waits()
    gc.disable()
    begin = now()
    if spins is None:
        operation.run(loops, runner)
    else:
        _run_burning(operation, loops, spins, runner)
    taken = now() - begin
    gc.enable()
    waits = _waits() - waits
    operation.settle(loops)
    gc.collect()
    return Slice(ns=taken, waits=waits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """How many operations take about as long as a slice should, by which clock, and how often some slices waited."""

    loops: int
    clock: str
    waits: list[int]


def calibrate(operation: Operation, slice_ns: int, clock: str | None, runner: asyncio.Runner) -> Calibrated:
    """Return how a verb is timed.

    Without a clock it is `wall` where the process waits (for a store, a disk, a lock or another thread), and `cpu`
    where it only computes, or waits so seldom that this process alone cannot tell.
    """
    loops = 1
    while (taken := timed(operation, loops, "wall", runner).ns) < slice_ns / 4:
        loops *= 2
    # Once more, warm, and from several: one slice that was disturbed would make all others short.
    loops = max(1, round(loops * slice_ns / max(taken, 1)))
    waits: list[int] = []
    if clock is None:
        waits = [timed(operation, loops, "wall", runner).waits for _ in range(_LOOKS)]
        usual = median(waits)
        clock = "wall" if usual * _OPERATIONS_A_WAIT >= loops and usual else "cpu"
    taken = round(median(timed(operation, loops, clock, runner).ns for _ in range(3)))
    return Calibrated(loops=max(1, round(loops * slice_ns / max(taken, 1))), clock=clock, waits=waits)


def spins_for(operation: Operation, loops: int, clock: str, share: float, runner: asyncio.Runner) -> int:
    """Return how much must be burned in a slice for it to take a share longer than it does by itself."""
    alone, bitten, burning = [], [], []
    for _ in range(_TRIALS):
        alone.append(timed(operation, loops, clock, runner).ns)
        bitten.append(timed(operation, loops, clock, runner, 0).ns)
        begin = CLOCKS[clock]()
        _spin(_SPINS)
        burning.append(CLOCKS[clock]() - begin)
    missing = (1 + share) * median(alone) - max(median(bitten), median(alone))
    return max(1, round(missing * _SPINS / median(burning)))


def _run_burning(operation: Operation, loops: int, spins: int, runner: asyncio.Runner) -> None:
    bites = min(_BITES, loops)
    for bite in range(bites):
        operation.run(loops * (bite + 1) // bites - loops * bite // bites, runner)
        _spin(spins // bites)


def _spin(count: int) -> int:
    value = 1
    for _ in repeat(None, count):
        value = value * 31 & 0xFFFF
    return value


def _waits() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw
