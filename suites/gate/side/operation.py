"""One operation of a verb, ready to be repeated."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import repeat
from typing import Any


class VerbMissing(Exception):
    """This side has no such verb; the text says why."""


def ready_already() -> None:
    """Do nothing: most operations need nothing new."""


def nothing(operations: int) -> None:
    """Do nothing: most operations leave nothing behind."""
    del operations


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """
    What a verb does once, what must be there before, and what is to be tidied up after so many times of it.

    Either `call` or `acall` is set. `makes` says that what is returned is an object whose memory is its own, `sized`
    that the length of its pickle means something (for bytes: their own length).
    """

    call: Callable[[], Any] | None = None
    acall: Callable[[], Awaitable[Any]] | None = None
    ready: Callable[[], None] = ready_already
    settle: Callable[[int], object] = nothing
    makes: bool = False
    sized: bool = False

    def run(self, loops: int, runner: asyncio.Runner) -> None:
        """Do it so many times."""
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
        """Do it once and return what it gave."""
        if self.call is not None:
            return self.call()
        return runner.run(self._aonce())

    async def _aonce(self) -> Any:
        return None if self.acall is None else await self.acall()
