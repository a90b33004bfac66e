"""Finds the longest stall of an event loop: a task that should wake every millisecond, and how late it did at worst."""

import asyncio
import time

INTERVAL = 0.001
"""Seconds between two beats."""


class Heartbeat:
    """Beats on the running loop between `start()` and `stop()`."""

    def __init__(self) -> None:
        self._last = 0
        self._longest = 0.0
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to beat, and return once the first beat is due."""
        self._last, self._longest = time.perf_counter_ns(), 0.0
        self._task = asyncio.create_task(self._beat())
        await asyncio.sleep(0)

    async def stop(self) -> float:
        """Return the longest stall in milliseconds: how much later than due a beat came, the one now due included."""
        self._look()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        return self._longest * 1000

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL)
            self._look()

    def _look(self) -> None:
        now = time.perf_counter_ns()
        self._longest = max(self._longest, (now - self._last) / 1e9 - INTERVAL)
        self._last = now


async def resolution(seconds: float) -> float:
    """Return the longest stall, in milliseconds, of a loop that does nothing for some seconds: what is no finding."""
    heartbeat = Heartbeat()
    await heartbeat.start()
    await asyncio.sleep(seconds)
    return await heartbeat.stop()
