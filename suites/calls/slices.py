"""One slice: rounds of concurrent calls in one call style, with every returned value checked."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from taskgauge.suites.calls.call_styles import CallStyle
from taskgauge.suites.calls.functions import spans
from taskgauge.suites.calls.heartbeat import Heartbeat

Start = Callable[[int], Awaitable[int]]


class CallsWrong(Exception):
    """Calls returned wrong values, so their speed is not reported."""


@dataclass(slots=True, kw_only=True)
class Slice:
    """
    The result of one slice: the number of calls and the seconds that they took.

    A watched slice also has latencies (nanoseconds, from the moment when all calls of a round are made) and the longest
    stall of the loop (milliseconds; None without a loop). `bodies` are the spans that function bodies recorded.
    """

    calls: int
    seconds: float
    latencies: list[int] = field(default_factory=list)
    stall: float | None = None
    bodies: list[tuple[int, int]] = field(default_factory=list)


def run_slice(runner: asyncio.Runner, style: CallStyle, *, rounds: int, width: int, watched: bool) -> Slice:
    """Run `rounds` rounds of `width` concurrent calls; raise CallsWrong."""
    spans.clear()
    if style.blocking is not None and not (style.in_loop and (width > 1 or watched)):
        measured, values = _plain(style.blocking, rounds * width, watched=watched)
    else:
        run = _watched if watched else _unwatched
        measured, values = runner.run(run(_start(style), rounds, width))
    if values != list(range(1, rounds * width + 1)):
        raise CallsWrong(f"{len(values)} of {rounds * width} calls returned, with values that are wrong or missing")
    measured.bodies = list(spans)
    return measured


def _start(style: CallStyle) -> Start:
    if style.start is not None:
        return style.start
    blocking = style.blocking

    async def start(number: int) -> int:
        return blocking(number)  # type: ignore[misc]  # one of the two is set

    return start


def _plain(function: Callable[[int], int], calls: int, *, watched: bool) -> tuple[Slice, list[int]]:
    """Make calls one after the other, without an event loop."""
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
        # Let the loop run between rounds; otherwise a blocking style would stall it for the whole slice.
        await asyncio.sleep(0)
    seconds = (clock() - begin) / 1e9
    stall = await heartbeat.stop()
    return Slice(calls=rounds * width, seconds=seconds, latencies=latencies, stall=stall), values
