"""Closed loops that call enqueue(): one after another, from threads, and from coroutines; and what the loops cost."""

import asyncio
import itertools
import statistics
import threading
import time
from array import array
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from taskgauge.suites.calls.heartbeat import Heartbeat, resolution

NS_PER_S = 1_000_000_000
_IDLE_SECONDS = 0.3
"""The seconds in which the stall of an idle event loop is measured."""
_COST_TASKS = 10_000
"""The calls of an empty function that measure the cost of a loop."""

type Enqueue = Callable[[int], Any]
type AsyncEnqueue = Callable[[int], Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stalls:
    """The longest stalls of an event loop in nanoseconds."""

    working: int
    idle: int
    """The longest stall before the first call; shorter stalls are noise."""


@dataclass(slots=True, kw_only=True)
class CallLog:
    """The times of calls by task number, in nanoseconds of the monotonic clock, and the ids of their results."""

    begin: array[int]
    end: array[int]
    ids: dict[int, str] = field(default_factory=dict)

    def call_each(self, enqueue: Enqueue, numbers: Iterable[int], deadline: int) -> int:
        """Call `enqueue` with each number until the deadline; return the number of calls."""
        now, begin, end, ids = time.monotonic_ns, self.begin, self.end, self.ids
        done = 0
        for number in numbers:
            before = now()
            result = enqueue(number)
            after = now()
            begin[number], end[number] = before, after
            # A result that lives until the next call ends would be freed within that call's time.
            ids[number] = getattr(result, "id", "")
            del result
            done += 1
            if after > deadline:
                break
        return done

    def call_each_in_transaction(
        self, enqueue: Enqueue, numbers: Iterable[int], deadline: int, atomic: Callable[[], Any]
    ) -> int:
        """Do the same with each call in a transaction of its own; the commit is outside of the times."""
        now, begin, end, ids = time.monotonic_ns, self.begin, self.end, self.ids
        done = 0
        for number in numbers:
            with atomic():
                before = now()
                result = enqueue(number)
                after = now()
            begin[number], end[number] = before, after
            ids[number] = getattr(result, "id", "")
            del result
            done += 1
            if after > deadline:
                break
        return done

    async def await_each(self, aenqueue: AsyncEnqueue, numbers: Iterable[int], deadline: int) -> int:
        """Await `aenqueue` with each number until the deadline; return the number of calls."""
        now, begin, end, ids = time.monotonic_ns, self.begin, self.end, self.ids
        done = 0
        for number in numbers:
            before = now()
            result = await aenqueue(number)
            after = now()
            begin[number], end[number] = before, after
            ids[number] = getattr(result, "id", "")
            del result
            done += 1
            if after > deadline:
                break
        return done


def deadline_in(seconds: float) -> int:
    """Return the nanoseconds of the monotonic clock in so many seconds."""
    return time.monotonic_ns() + round(seconds * NS_PER_S)


def from_threads(
    threads: int,
    *,
    warm_up: Callable[[int], object],
    work: Callable[[range, int], int],
    clean_up: Callable[[], object],
    count: int,
    seconds: float,
) -> int:
    """Share the numbers 0 to `count` - 1 among threads that start together; return the number of calls.

    Each thread first calls `warm_up` with its number, which opens its connection, and at its end `clean_up`. Raise the
    first error of a thread.
    """
    ready = threading.Barrier(threads)
    done = [0] * threads
    failures: list[Exception] = []

    def run(thread: int) -> None:
        try:
            warm_up(thread)
            ready.wait()
            done[thread] = work(range(thread, count, threads), deadline_in(seconds))
        except threading.BrokenBarrierError:
            pass  # another thread failed, and its error is kept
        except Exception as error:
            failures.append(error)
            ready.abort()
        finally:
            clean_up()

    running = [threading.Thread(target=run, args=(number,), name=f"producer-{number}") for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    if failures:
        raise failures[0]
    return sum(done)


async def from_coroutines(
    coroutines: int,
    *,
    warm_up: Callable[[], Awaitable[object]],
    work: Callable[[range, int], Awaitable[int]],
    count: int,
    seconds: float,
) -> tuple[int, Stalls]:
    """Share the numbers 0 to `count` - 1 among coroutines of this event loop; return the calls, and its stalls."""
    await warm_up()
    idle = await resolution(_IDLE_SECONDS)
    heartbeat = Heartbeat()
    await heartbeat.start()
    deadline = deadline_in(seconds)
    done = await asyncio.gather(*(work(range(number, count, coroutines), deadline) for number in range(coroutines)))
    working = await heartbeat.stop()
    return sum(done), Stalls(working=round(working * 1_000_000), idle=round(idle * 1_000_000))


def loop_cost() -> float:
    """Return the nanoseconds that `CallLog.call_each` takes for each call of a function that does nothing."""
    return _cost(lambda log, numbers: log.call_each(_nothing, numbers, deadline_in(60)))


def async_loop_cost() -> float:
    """Return the nanoseconds that `CallLog.await_each` takes for each call of a coroutine that does nothing."""

    def run(log: CallLog, numbers: range) -> None:
        with asyncio.Runner() as runner:
            runner.run(log.await_each(_anothing, numbers, deadline_in(60)))

    return _cost(run)


def _cost(run: Callable[[CallLog, range], object]) -> float:
    log = CallLog(begin=array("q", bytes(8 * _COST_TASKS)), end=array("q", bytes(8 * _COST_TASKS)))
    run(log, range(_COST_TASKS))
    # A loop that the machine interrupts has a few long steps, which the median leaves out.
    return statistics.median(after - before for before, after in itertools.pairwise(log.begin))


def _nothing(_: int) -> None:
    """Do nothing."""


async def _anothing(_: int) -> None:
    """Do nothing."""
