"""The functions that tasks call, and what tells how many of their bodies ran at the same time."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from django.tasks import task

SECONDS = 0.0005
"""How long the functions that wait do so."""

Span = tuple[int, int]

spans: list[Span] = []
"""Start and end of each body that lasts, in nanoseconds; appending is atomic, so that threads need no lock."""


def sync(number: int) -> int:
    """Return at once."""
    return number + 1


def sync_compute(number: int) -> int:
    """Compute for some twentieth of a millisecond."""
    begin = time.perf_counter_ns()
    total = 0
    for step in range(1_000):
        total += step
    spans.append((begin, time.perf_counter_ns()))
    return number + (total > 0)


def sync_sleep(number: int) -> int:
    """Block the thread for half a millisecond, as a query would."""
    begin = time.perf_counter_ns()
    time.sleep(SECONDS)
    spans.append((begin, time.perf_counter_ns()))
    return number + 1


async def coroutine(number: int) -> int:
    """Return at once."""
    return number + 1


async def coroutine_sleep(number: int) -> int:
    """Wait without blocking the thread: for half a millisecond, which the selector of a loop may round up to one."""
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
"""Functions so short that timing each call would be most of what is measured."""


def overlap(of: Sequence[Span]) -> int:
    """Return how many spans lay over one another at most; one that begins as another ends does not."""
    edges = sorted([(end, -1) for _begin, end in of] + [(begin, 1) for begin, _end in of])
    running = most = 0
    for _moment, change in edges:
        running += change
        most = max(most, running)
    return most
