"""The steps of a session of growing size: fill, measure, and go on until a box of seconds is over.

At each size it measures tasks that are enqueued while no worker runs, calls of get_result(), and the first claims of a
worker. `waiting`: tasks wait, and few results are kept. `retained`: results are kept, and few tasks wait.
"""

import time
from dataclasses import dataclass

from taskgauge.reports.metrics.growth import SIZES
from taskgauge.reports.run_folder.traces import Mark, Workload
from taskgauge.suites.event_log.watch import EventLogWatch
from taskgauge.suites.sessions.session.look_ups import look_up_times
from taskgauge.suites.sessions.session.planner_statistics import refresh_statistics
from taskgauge.suites.sessions.session.processes import SessionProcesses
from taskgauge.suites.sessions.session.session_trace import Observations

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


@dataclass(slots=True)
class Growth:
    """A session of growing size, which adds what it measures at each size to the marks of its observations."""

    processes: SessionProcesses
    watch: EventLogWatch
    observations: Observations
    _enqueued: int = 0
    _deadline: float = 0.0

    @property
    def _load(self) -> Workload:
        return self.processes.load

    def run(self) -> None:
        """Measure at each size until the box is over."""
        self._deadline = time.monotonic() + self._load.box
        for size in SIZES:
            if size + PROBE > self._load.tasks:
                return
            if self._load.arrival == "waiting":
                self._fill(size)
            else:
                self._collect(size)
            reached = self._size()
            if reached < size:
                if self.observations.marks and reached > _BETWEEN * self.observations.marks[-1].size:
                    self._measure(reached)
                return
            self._measure(reached)

    @property
    def _waiting(self) -> int:
        self.watch.look()
        return self._enqueued - self.watch.finished

    def _size(self) -> int:
        waiting = self._waiting
        return waiting if self._load.arrival == "waiting" else self.watch.finished

    @property
    def _left(self) -> float:
        return self._deadline - time.monotonic()

    def _enqueue(self, count: int, seconds: float) -> int:
        first, count, seconds = self._enqueued, min(count, self._load.tasks - self._enqueued), max(0.0, seconds)
        request = {"do": "enqueue_range", "first": first, "count": count, "seconds": seconds}
        self._enqueued += int(self.processes.ask(seconds + 60, **request)["count"])
        return self._enqueued - first

    def _stop(self) -> None:
        self.processes.stop_workers()
        self.processes.hold()

    def _fill(self, size: int) -> None:
        """Enqueue until so many tasks wait."""
        if (missing := size - self._waiting) > 0:
            self._enqueue(missing, self._left)

    def _collect(self, size: int) -> None:
        """Let a worker run tasks until so many results are kept and nothing waits."""
        self.processes.start_workers()
        try:
            while self._left > 0 and self._size() < size:
                missing = size - self._enqueued
                if missing > 0 and self._waiting < _CHUNK:
                    self._enqueue(min(missing, _CHUNK), self._left)
                self.processes.check_workers()
                time.sleep(_LOOK)
            self._await_finished(self._enqueued)
        finally:
            self._stop()

    def _measure(self, size: int) -> None:
        self.observations.conditions |= refresh_statistics(self.processes)
        first = self._enqueued
        count = self._enqueue(PROBE, _DRAIN)
        wanted = self._load.arrival == "retained"
        known = [number for number in range(first) if self.watch.is_finished(number) == wanted]
        lookups = look_up_times(self.processes, known[:: max(1, len(known) // _LOOKUPS)][:_LOOKUPS])
        drained_from = time.monotonic_ns() - self.observations.begin
        finished = self.watch.finished + count
        self.processes.start_workers()
        try:
            self._await_finished(finished)
        finally:
            self._stop()
        # A worker that ends finishes what it runs.
        self.watch.look()
        self.observations.marks.append(
            Mark(size=size, first=first, count=count, lookups=lookups, drained_from=drained_from)
        )

    def _await_finished(self, count: int) -> None:
        deadline = time.monotonic() + _DRAIN
        while time.monotonic() < deadline:
            self.watch.look()
            if self.watch.finished >= count:
                return
            self.processes.check_workers()
            time.sleep(_LOOK)
