"""The ways to call a task's function, which are the arms: the first is the baseline, the second its A/A control."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any

from asgiref.sync import sync_to_async

ARMS = ("func", "func-again", "call", "acall", "acall-not-thread-sensitive", "to-thread")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStyle:
    """
    One way to call one function, of which exactly one is set.

    `blocking(number)` returns the value; `start(number)` returns an awaitable of it. A blocking way is called inside
    the running loop, as by a view that does not know better, unless asgiref refuses to (`in_loop` is False); such a way
    is never at work more than once, so it is measured at a concurrency of 1 only.
    """

    blocking: Callable[[int], int] | None = None
    start: Callable[[int], Awaitable[int]] | None = None
    in_loop: bool = True


def way(arm: str, task: Any) -> CallStyle | None:
    """Return how an arm calls the task's function; None where it cannot: threads run no coroutine function."""
    if iscoroutinefunction(task.func):
        return {
            "func": CallStyle(start=task.func),
            "func-again": CallStyle(start=task.func),
            # async_to_sync() raises where a loop is running, so this one is for synchronous code only.
            "call": CallStyle(blocking=task.call, in_loop=False),
            "acall": CallStyle(start=task.acall),
        }.get(arm)
    function = task.func

    def any_thread(number: int) -> Awaitable[int]:
        # Wrapped anew in each call, as acall() does it.
        return sync_to_async(function, thread_sensitive=False)(number)

    return {
        "func": CallStyle(blocking=function),
        "func-again": CallStyle(blocking=function),
        "call": CallStyle(blocking=task.call),
        "acall": CallStyle(start=task.acall),
        "acall-not-thread-sensitive": CallStyle(start=any_thread),
        "to-thread": CallStyle(start=lambda number: asyncio.to_thread(function, number)),
    }.get(arm)
