"""One slice: a way is called so many times at once, so many times over, and every value is checked."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from taskgauge.suites.calls.call_styles import CallStyle
from taskgauge.suites.calls.functions import spans
from taskgauge.suites.calls.heartbeat import Heartbeat

Start = Callable[[int], Awaitable[int]]


class CallsWrong(Exception):
    """Calls gave wrong values, so their speed is not told."""


@dataclass(slots=True, kw_only=True)
class Slice:
    """
    What one slice gave: how many calls in how many seconds.

    A watched slice has latencies (nanoseconds, from the moment when all calls of a round were made) and the longest
    stall of the loop (milliseconds; None without a loop); `bodies` are the spans of the bodies that noted them.
    """

    calls: int
    seconds: float
    latencies: list[int] = field(default_factory=list)
    stall: float | None = None
    bodies: list[tuple[int, int]] = field(default_factory=list)


def run_slice(runner: asyncio.Runner, way: CallStyle, *, rounds: int, width: int, watched: bool) -> Slice:
    """Make `width` calls at once, `rounds` times over. Raise CallsWrong."""
    spans.clear()
    if way.blocking is not None and not (way.in_loop and (width > 1 or watched)):
        made, values = _plain(way.blocking, rounds * width, watched=watched)
    else:
        run = _watched if watched else _unwatched
        made, values = runner.run(run(_start(way), rounds, width))
    if values != list(range(1, rounds * width + 1)):
        raise CallsWrong(f"{len(values)} of {rounds * width} calls returned, and not the values that they should")
    made.bodies = list(spans)
    return made


def _start(way: CallStyle) -> Start:
    if way.start is not None:
        return way.start
    blocking = way.blocking

    async def start(number: int) -> int:
        return blocking(number)  # type: ignore[misc]  # one of the two is set

    return start


def _plain(function: Callable[[int], int], calls: int, *, watched: bool) -> tuple[Slice, list[int]]:
    """Call one after the other, with no loop in between."""
    clock = time.perf_counter_ns
    begin = clock()
    if not watched:
        values = [function(number) for number in range(calls)]
        return Slice(calls=calls, seconds=(clock() - begin) / 1e9), values
    values, latencies = [], []
    for number in range(calls):
        sent = clock()
        values.append(function(number))
        latencies.append(clock() - sent)
    return Slice(calls=calls, seconds=(clock() - begin) / 1e9, latencies=latencies), values


async def _unwatched(start: Start, rounds: int, width: int) -> tuple[Slice, list[int]]:
    begin = time.perf_counter_ns()
    if width == 1:
        values = [await start(number) for number in range(rounds)]
    else:
        values = []
        for first in range(0, rounds * width, width):
            values += await asyncio.gather(*map(start, range(first, first + width)))
    return Slice(calls=rounds * width, seconds=(time.perf_counter_ns() - begin) / 1e9), values


async def _watched(start: Start, rounds: int, width: int) -> tuple[Slice, list[int]]:
    clock = time.perf_counter_ns
    latencies: list[int] = []

    async def timed(number: int, sent: int) -> int:
        value = await start(number)
        latencies.append(clock() - sent)
        return value

    heartbeat = Heartbeat()
    await heartbeat.start()
    begin = clock()
    values: list[int] = []
    for first in range(0, rounds * width, width):
        sent = clock()
        if width == 1:
            values.append(await timed(first, sent))
        else:
            values += await asyncio.gather(*(timed(number, sent) for number in range(first, first + width)))
        # The loop gets its turn between rounds, or a blocking way would stall it for as long as the slice is.
        await asyncio.sleep(0)
    seconds = (clock() - begin) / 1e9
    stall = await heartbeat.stop()
    return Slice(calls=rounds * width, seconds=seconds, latencies=latencies, stall=stall), values
