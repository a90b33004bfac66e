"""The arms of the calls suite: styles of calling a task's function. The first is the baseline, then its A/A control."""

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
    A style of calling a function; exactly one of `blocking` and `start` is set.

    `blocking(number)` returns the value; `start(number)` returns an awaitable of it. A blocking style is called inside
    the running loop, as a naive view would call it. Where asgiref refuses that, `in_loop` is False and the style is
    measured at a concurrency of 1 only.
    """

    blocking: Callable[[int], int] | None = None
    start: Callable[[int], Awaitable[int]] | None = None
    in_loop: bool = True


def way(arm: str, task: Any) -> CallStyle | None:
    """Return the style in which an arm calls the task's function; None if the arm cannot: threads run no coroutines."""
    if iscoroutinefunction(task.func):
        return {
            "func": CallStyle(start=task.func),
            "func-again": CallStyle(start=task.func),
            # async_to_sync() raises while a loop is running, so this style is for synchronous code only.
            "call": CallStyle(blocking=task.call, in_loop=False),
            "acall": CallStyle(start=task.acall),
        }.get(arm)
    function = task.func

    def any_thread(number: int) -> Awaitable[int]:
        # Every call wraps the function again, as acall() does.
        return sync_to_async(function, thread_sensitive=False)(number)

    return {
        "func": CallStyle(blocking=function),
        "func-again": CallStyle(blocking=function),
        "call": CallStyle(blocking=task.call),
        "acall": CallStyle(start=task.acall),
        "acall-not-thread-sensitive": CallStyle(start=any_thread),
        "to-thread": CallStyle(start=lambda number: asyncio.to_thread(function, number)),
    }.get(arm)
