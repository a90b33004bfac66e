"""Backends with one fault each, for sessions to notice."""

# ruff: noqa: ARG002, D102 -- the classes say what is broken

import itertools
import time
from typing import Any

from django.tasks.signals import task_started

from taskgauge.backends.reference import ReferenceProcessBackend
from taskgauge.backends.reference.life_cycle import enqueued

TARGET = 7
"""The task on which they do their damage."""


class DropsOne(ReferenceProcessBackend):
    """Accepts a task, calls it READY for ever, and never runs it."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        if tuple(args) != (TARGET,):
            return super().enqueue(task, args, kwargs)
        result = enqueued(self.types, task, args, kwargs, alias=self.alias)
        self._pool.store.add(result)
        return result


class RunsOneTwice(ReferenceProcessBackend):
    """Runs a task, and then again."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        result = super().enqueue(task, args, kwargs)
        if tuple(args) == (TARGET,):
            super().enqueue(task, args, kwargs)
        return result


class FailsInTheMiddle(ReferenceProcessBackend):
    """Raises an error in the middle of a producer's work."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        if tuple(args) == (TARGET,):
            raise ConnectionError("the store went away")
        return super().enqueue(task, args, kwargs)


class Nothing(ReferenceProcessBackend):
    """Returns the same result for every task, which no worker ever sees: what is left is the producer's own work."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        return None

    async def aenqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        return None


class BlocksTheLoop(Nothing):
    """Sleeps for 50 ms in one call of aenqueue(), and lets no other coroutine run."""

    async def aenqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        if args == (TARGET,):
            time.sleep(0.05)  # noqa: ASYNC251 -- the fault


class RefusesLarge(Nothing):
    """Raises an error if a task's arguments are larger than a kilobyte."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        if len(kwargs.get("payload", "")) > 1_000:
            raise ValueError("arguments have 1,000 characters at most")


class LastFirst(ReferenceProcessBackend):
    """Runs the task that came last before all others of its priority."""

    def _new_pool(self) -> Any:
        pool = super()._new_pool()
        pool.waiting._sequence = itertools.count(10**9, -1)
        return pool


class NoPriorities(ReferenceProcessBackend):
    """Declares that it knows no priorities."""

    supports_priority = False


class SlowerWithEach(ReferenceProcessBackend):
    """Looks at every waiting task a hundred times before it takes another."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        for _ in range(100 * len(self._pool.waiting._ready.queue)):
            pass
        return super().enqueue(task, args, kwargs)


_kept: list[bytes] = []


class KeepsEach(ReferenceProcessBackend):
    """Keeps a kilobyte of memory in the worker for each task that it runs."""

    def __init__(self, alias: str, params: Any) -> None:
        super().__init__(alias, params)
        task_started.connect(_keep_a_kilobyte)


def _keep_a_kilobyte(**_: Any) -> None:
    _kept.append(bytes(1_000))
    _kept.append(bytes(24))
