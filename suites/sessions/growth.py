"""The steps of a session of growing size: fill, measure, and go on until a box of seconds is over.

At each size it measures tasks that are enqueued while no worker runs, calls of get_result(), and the first claims of a
worker. `waiting`: tasks wait, and few results are kept. `retained`: results are kept, and few tasks wait.
"""

import time
from collections.abc import Callable, MutableSequence
from dataclasses import dataclass

from taskgauge.reports.metrics.growth import SIZES
from taskgauge.reports.run_folder.traces import Arrival, Mark
from taskgauge.suites.event_log.watch import EventLogWatch

PROBE = 100
"""The tasks that are enqueued and claimed to be measured at each size."""
_LOOKUPS = 50
"""The calls of get_result() at each size."""
_BETWEEN = 3
"""The factor from the last size to one that was reached when time was over, from which that one is measured too."""
_CHUNK = 1_000
"""The tasks that wait at most while results are collected."""
_DRAIN = 10.0
"""The seconds in which a worker must run the tasks that are measured, or those that are left."""
_LOOK = 0.02


@dataclass(slots=True, kw_only=True)
class Growth:
    """A session of growing size; its functions start the work in the session's processes."""

    kind: Arrival
    tasks: int
    seconds: float
    begin: int
    """Nanoseconds of the monotonic clock at the begin of the session."""
    watch: EventLogWatch
    enqueue: Callable[[int, int, float], int]
    """Enqueues a number of tasks from a number on, for at most so many seconds; returns how many it did."""
    look_up: Callable[[list[int]], tuple[int, ...]]
    """Returns the nanoseconds of get_result() for each of these tasks."""
    start: Callable[[], object]
    stop: Callable[[], object]
    check: Callable[[], object]
    """Raises an error if a worker ended."""
    marks: MutableSequence[Mark]
    """The list that takes what is measured at each size."""
    _enqueued: int = 0
    _deadline: float = 0.0

    def run(self) -> None:
        """Measure at each size until the box is over."""
        self._deadline = time.monotonic() + self.seconds
        for size in SIZES:
            if size + PROBE > self.tasks:
                return
            if self.kind == "waiting":
                self._fill(size)
            else:
                self._collect(size)
            reached = self._size()
            if reached < size:
                if self.marks and reached > _BETWEEN * self.marks[-1].size:
                    self._measure(reached)
                return
            self._measure(reached)

    @property
    def _waiting(self) -> int:
        self.watch.look()
        return self._enqueued - self.watch.finished

    def _size(self) -> int:
        waiting = self._waiting
        return waiting if self.kind == "waiting" else self.watch.finished

    @property
    def _left(self) -> float:
        return self._deadline - time.monotonic()

    def _enqueue(self, count: int, seconds: float) -> int:
        first, room = self._enqueued, self.tasks - self._enqueued
        self._enqueued += self.enqueue(first, min(count, room), max(0.0, seconds))
        return self._enqueued - first

    def _fill(self, size: int) -> None:
        """Enqueue until so many tasks wait."""
        if (missing := size - self._waiting) > 0:
            self._enqueue(missing, self._left)

    def _collect(self, size: int) -> None:
        """Let a worker run tasks until so many results are kept and nothing waits."""
        self.start()
        try:
            while self._left > 0 and self._size() < size:
                missing = size - self._enqueued
                if missing > 0 and self._waiting < _CHUNK:
                    self._enqueue(min(missing, _CHUNK), self._left)
                self.check()
                time.sleep(_LOOK)
            self._await_finished(self._enqueued)
        finally:
            self.stop()

    def _measure(self, size: int) -> None:
        first = self._enqueued
        count = self._enqueue(PROBE, _DRAIN)
        wanted = self.kind == "retained"
        known = [number for number in range(first) if self.watch.is_finished(number) == wanted]
        lookups = self.look_up(known[:: max(1, len(known) // _LOOKUPS)][:_LOOKUPS])
        drained_from = time.monotonic_ns() - self.begin
        finished = self.watch.finished + count
        self.start()
        try:
            self._await_finished(finished)
        finally:
            self.stop()
        # A worker that ends finishes what it runs.
        self.watch.look()
        self.marks.append(Mark(size=size, first=first, count=count, lookups=lookups, drained_from=drained_from))

    def _await_finished(self, count: int) -> None:
        deadline = time.monotonic() + _DRAIN
        while time.monotonic() < deadline:
            self.watch.look()
            if self.watch.finished >= count:
                return
            self.check()
            time.sleep(_LOOK)
