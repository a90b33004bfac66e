"""The functions that tasks call, and the count of bodies that ran at the same time."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from django.tasks import task

SECONDS = 0.0005
"""The seconds that a waiting function waits."""

Span = tuple[int, int]

spans: list[Span] = []
"""Start and end of each body that takes time, in nanoseconds; appending is atomic, so threads need no lock."""


def sync(number: int) -> int:
    """Return at once."""
    return number + 1


def sync_compute(number: int) -> int:
    """Compute for about 0.05 ms."""
    begin = time.perf_counter_ns()
    total = 0
    for step in range(1_000):
        total += step
    spans.append((begin, time.perf_counter_ns()))
    return number + (total > 0)


def sync_sleep(number: int) -> int:
    """Block the thread for 0.5 ms, as a query would."""
    begin = time.perf_counter_ns()
    time.sleep(SECONDS)
    spans.append((begin, time.perf_counter_ns()))
    return number + 1


async def coroutine(number: int) -> int:
    """Return at once."""
    return number + 1


async def coroutine_sleep(number: int) -> int:
    """Wait 0.5 ms without blocking the thread; the selector of a loop may round this up to 1 ms."""
    begin = time.perf_counter_ns()
    await asyncio.sleep(SECONDS)
    spans.append((begin, time.perf_counter_ns()))
    return number + 1


FUNCTIONS: dict[str, Any] = {
    "sync": task(sync),
    "sync-compute": task(sync_compute),
    "sync-sleep": task(sync_sleep),
    "coroutine": task(coroutine),
    "coroutine-sleep": task(coroutine_sleep),
}
"""The Task of each function."""
INSTANT = frozenset({"sync", "coroutine"})
"""Functions that return at once; a clock around each call would cost more than the call."""


def overlap(of: Sequence[Span]) -> int:
    """Return the largest number of spans that overlap; a span that begins when another ends does not overlap it."""
    edges = sorted([(end, -1) for _begin, end in of] + [(begin, 1) for begin, _end in of])
    running = most = 0
    for _moment, change in edges:
        running += change
        most = max(most, running)
    return most
