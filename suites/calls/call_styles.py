"""The ways to call a task's function, which are the arms: the first is the baseline, the second its placebo."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any

from asgiref.sync import sync_to_async

ARMS = ("func", "func-again", "call", "acall", "acall-not-thread-sensitive", "to-thread")


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """
    One way to call one function, of which exactly one is set.

    `blocking(number)` returns the value; `start(number)` returns an awaitable of it. A blocking way is called inside
    the running loop, as by a view that does not know better, unless asgiref refuses to (`in_loop` is False); such a way
    is never at work more than once, so it is measured at a concurrency of 1 only.
    """

    blocking: Callable[[int], int] | None = None
    start: Callable[[int], Awaitable[int]] | None = None
    in_loop: bool = True


def way(arm: str, task: Any) -> Way | None:
    """Return how an arm calls the task's function; None where it cannot: threads run no coroutine function."""
    if iscoroutinefunction(task.func):
        return {
            "func": Way(start=task.func),
            "func-again": Way(start=task.func),
            # async_to_sync() raises where a loop is running, so this one is for synchronous code only.
            "call": Way(blocking=task.call, in_loop=False),
            "acall": Way(start=task.acall),
        }.get(arm)
    function = task.func

    def any_thread(number: int) -> Awaitable[int]:
        # Wrapped anew in each call, as acall() does it.
        return sync_to_async(function, thread_sensitive=False)(number)

    return {
        "func": Way(blocking=function),
        "func-again": Way(blocking=function),
        "call": Way(blocking=task.call),
        "acall": Way(start=task.acall),
        "acall-not-thread-sensitive": Way(start=any_thread),
        "to-thread": Way(start=lambda number: asyncio.to_thread(function, number)),
    }.get(arm)
