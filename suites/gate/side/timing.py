"""Slices: the time of some repetitions of an operation without the garbage collector, optionally with extra work."""

import asyncio
import gc
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import repeat
from statistics import median

from .operation import PreparedOperation

CLOCKS: Mapping[str, Callable[[], int]] = {"cpu": time.process_time_ns, "wall": time.perf_counter_ns}
_BITES = 10
"""The extra work is spread over a slice in this many equal parts."""
_TRIALS = 7
"""The slices of each kind from which the amount of extra work is computed."""
_OPERATIONS_A_WAIT = 50
"""An operation that waits less often than once in this many repetitions counts as computing."""
_LOOKS = 9
"""The slices in which waits are counted."""
_SPINS = 20_000
"""The spins that are timed to learn the time of a spin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One slice: its nanoseconds, and the number of times that the process gave up its CPU voluntarily."""

    ns: int
    waits: int


def timed(
    prepared: PreparedOperation, loops: int, clock: str, runner: asyncio.Runner, spins: int | None = None
) -> Slice:
    """Time `loops` repetitions of an operation; with `spins`, add that much work in parts."""
    now = CLOCKS[clock]
    prepared.ready()
    waits = _waits()
    gc.disable()
    begin = now()
    if spins is None:
        prepared.run(loops, runner)
    else:
        _run_with_extra_work(prepared, loops, spins, runner)
    taken = now() - begin
    gc.enable()
    waits = _waits() - waits
    prepared.settle(loops)
    gc.collect()
    return Slice(ns=taken, waits=waits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """The repetitions in a slice, the clock, and the number of waits in some slices."""

    loops: int
    clock: str
    waits: list[int]


def calibrate(prepared: PreparedOperation, slice_ns: int, clock: str | None, runner: asyncio.Runner) -> Calibrated:
    """Return the timing of an operation.

    Without a clock, choose `wall` if the process waits (for a store, a disk, a lock or another thread), and `cpu` if it
    only computes, or waits so seldom that this process alone cannot tell.
    """
    loops = 1
    while (taken := timed(prepared, loops, "wall", runner).ns) < slice_ns / 4:
        loops *= 2
    # Repeat it after the warm-up, with several slices: one disturbed slice would make all others too short.
    loops = max(1, round(loops * slice_ns / max(taken, 1)))
    waits: list[int] = []
    if clock is None:
        waits = [timed(prepared, loops, "wall", runner).waits for _ in range(_LOOKS)]
        usual = median(waits)
        clock = "wall" if usual * _OPERATIONS_A_WAIT >= loops and usual else "cpu"
    taken = round(median(timed(prepared, loops, clock, runner).ns for _ in range(3)))
    return Calibrated(loops=max(1, round(loops * slice_ns / max(taken, 1))), clock=clock, waits=waits)


def spins_for(prepared: PreparedOperation, loops: int, clock: str, share: float, runner: asyncio.Runner) -> int:
    """Return the spins that make a slice take `share` longer than without them."""
    alone, bitten, burning = [], [], []
    for _ in range(_TRIALS):
        alone.append(timed(prepared, loops, clock, runner).ns)
        bitten.append(timed(prepared, loops, clock, runner, 0).ns)
        begin = CLOCKS[clock]()
        _spin(_SPINS)
        burning.append(CLOCKS[clock]() - begin)
    missing = (1 + share) * median(alone) - max(median(bitten), median(alone))
    return max(1, round(missing * _SPINS / median(burning)))


def _run_with_extra_work(prepared: PreparedOperation, loops: int, spins: int, runner: asyncio.Runner) -> None:
    bites = min(_BITES, loops)
    for bite in range(bites):
        prepared.run(loops * (bite + 1) // bites - loops * bite // bites, runner)
        _spin(spins // bites)


def _spin(count: int) -> int:
    value = 1
    for _ in repeat(None, count):
        value = value * 31 & 0xFFFF
    return value


def _waits() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw
