"""Finds the longest stall of an event loop, with a task that wakes every millisecond and records its largest delay."""

import asyncio
import time

INTERVAL = 0.001
"""The seconds between two beats."""


class Heartbeat:
    """A task that wakes on the running loop every `INTERVAL` between `start()` and `stop()`."""

    def __init__(self) -> None:
        self._last = 0
        self._longest = 0.0
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the task, and return once the first beat is scheduled."""
        self._last, self._longest = time.perf_counter_ns(), 0.0
        self._task = asyncio.create_task(self._beat())
        await asyncio.sleep(0)

    async def stop(self) -> float:
        """Stop, and return the longest delay of a beat in milliseconds, including the beat that is due now."""
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
    """Return the longest stall of an idle loop in milliseconds; stalls below this value are noise."""
    heartbeat = Heartbeat()
    await heartbeat.start()
    await asyncio.sleep(seconds)
    return await heartbeat.stop()
