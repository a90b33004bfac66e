"""The queue of tasks that wait for a worker, by priority and then by age; deferred tasks enter when they are due."""

import heapq
import itertools
import math
import queue
import threading
import time
from datetime import datetime, timedelta
from typing import Any, NamedTuple

_LONGEST_SLEEP = 60.0
"""The seconds that the deferral thread sleeps at most, since the system clock may be set meanwhile."""


class Entry(NamedTuple):
    """A waiting task; entries compare by the first two fields, which are unique together."""

    sort_key: float
    """Minus the priority: the smallest entry goes first."""
    sequence: int
    """The number of the entry, in the order of enqueueing."""
    result_id: str | None
    """The id of the task's result; None asks one worker to stop."""
    payload: Any


class WaitingTasks:
    """A priority queue between producers and workers."""

    def __init__(self) -> None:
        """Start empty; the first deferred task starts the deferral thread."""
        self._ready: queue.PriorityQueue[Entry] = queue.PriorityQueue()
        self._sequence = itertools.count()
        self._deferred: list[tuple[float, Entry]] = []
        self._deferral = threading.Condition()
        self._timer: threading.Thread | None = None

    def put(self, result_id: str, payload: Any, *, priority: float, run_after: datetime | timedelta | None) -> None:
        """Add a task to the queue, or first to the deferred tasks."""
        entry = Entry(-priority, next(self._sequence), result_id, payload)
        if run_after is None:
            self._ready.put(entry)
        else:
            self._defer(_seconds_since_epoch(run_after), entry)

    def put_back(self, entry: Entry) -> None:
        """Put a task that was taken but not run back in its old place."""
        self._ready.put(entry)

    def get(self) -> Entry:
        """Wait for a task, and return the first waiting task."""
        return self._ready.get()

    def take(self, limit: int) -> list[Entry]:
        """Return the first waiting tasks without waiting, `limit` at most; never return a stop entry."""
        taken: list[Entry] = []
        with self._ready.mutex:
            heap = self._ready.queue
            while heap and len(taken) < limit and heap[0].result_id is not None:
                taken.append(heapq.heappop(heap))
        return taken

    def stop_one(self) -> None:
        """Ask one worker to stop before it takes another task."""
        self._ready.put(Entry(-math.inf, next(self._sequence), None, None))

    def forget_stops(self) -> None:
        """Remove the stop entries of workers that ended before they got them."""
        with self._ready.mutex:
            self._ready.queue[:] = [entry for entry in self._ready.queue if entry.result_id is not None]
            heapq.heapify(self._ready.queue)

    def clear(self) -> None:
        """Forget every waiting task."""
        with self._deferral:
            self._deferred.clear()
        with self._ready.mutex:
            self._ready.queue[:] = [entry for entry in self._ready.queue if entry.result_id is None]
            heapq.heapify(self._ready.queue)

    def _defer(self, due: float, entry: Entry) -> None:
        with self._deferral:
            heapq.heappush(self._deferred, (due, entry))
            if self._timer is None:
                # A daemon: it has nothing to clean up.
                self._timer = threading.Thread(target=self._release_due, name="deferred tasks", daemon=True)
                self._timer.start()
            self._deferral.notify()

    def _release_due(self) -> None:
        while True:
            with self._deferral:
                while not self._deferred:
                    self._deferral.wait()
                due, entry = self._deferred[0]
                remaining = due - time.time()
                if remaining > 0:
                    self._deferral.wait(min(remaining, _LONGEST_SLEEP))
                    continue
                heapq.heappop(self._deferred)
                self._ready.put(entry)


def _seconds_since_epoch(run_after: datetime | timedelta) -> float:
    if isinstance(run_after, timedelta):  # Django accepts it if USE_TZ is off
        return time.time() + run_after.total_seconds()
    return run_after.timestamp()
