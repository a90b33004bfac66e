"""An operation that can be repeated."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import repeat
from typing import Any


class OperationMissing(Exception):
    """This side lacks an operation; the text says why."""


def ready_already() -> None:
    """Do nothing: most operations need no preparation."""


def nothing(operations: int) -> None:
    """Do nothing: most operations leave nothing to clean up."""
    del operations


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedOperation:
    """
    The functions of an operation: one call, its preparation (`ready`) and the clean-up after some calls (`settle`).

    Either `call` or `acall` is set. `makes` is True if a call returns an object with its own memory. `sized` is True if
    the length of its pickle is a figure (for bytes: their length).
    """

    call: Callable[[], Any] | None = None
    acall: Callable[[], Awaitable[Any]] | None = None
    ready: Callable[[], None] = ready_already
    settle: Callable[[int], object] = nothing
    makes: bool = False
    sized: bool = False

    def run(self, loops: int, runner: asyncio.Runner) -> None:
        """Repeat the operation `loops` times."""
        if self.call is not None:
            call = self.call
            for _ in repeat(None, loops):
                call()
        else:
            runner.run(self._arun(loops))

    async def _arun(self, loops: int) -> None:
        if self.acall is not None:
            acall = self.acall
            for _ in repeat(None, loops):
                await acall()

    def once(self, runner: asyncio.Runner) -> Any:
        """Run the operation once and return its value."""
        if self.call is not None:
            return self.call()
        return runner.run(self._aonce())

    async def _aonce(self) -> Any:
        return None if self.acall is None else await self.acall()
