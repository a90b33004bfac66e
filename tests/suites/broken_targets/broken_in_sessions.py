"""Backends with one fault each, for sessions to notice."""

# ruff: noqa: D102 -- the classes say what is broken

from typing import Any

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
