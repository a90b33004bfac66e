"""The store of a reference backend: one dictionary of results for all threads, and the set of unfinished tasks."""

import threading
from collections.abc import Callable
from typing import Any

from django.tasks.exceptions import TaskResultDoesNotExist

from taskgauge.backends.reference.life_cycle import snapshot
from taskgauge.backends.reference.result_types import ResultTypes


class Store:
    """Results by id, in the order of enqueueing. Every change and every read is atomic."""

    def __init__(self, types: ResultTypes) -> None:
        """Start empty."""
        self.types = types
        self._results: dict[str, Any] = {}
        self._unfinished: set[str] = set()
        self._lock = threading.Lock()
        self._all_finished = threading.Condition(self._lock)

    def add(self, result: Any) -> None:
        """Keep a new result."""
        with self._lock:
            self._results[result.id] = result
            self._unfinished.add(result.id)

    def change(self, result: Any, **fields: Any) -> Any:
        """Set fields of a result and return it; the store changes only if it still holds the result."""
        with self._lock:
            changed = self.types.change(result, **fields)
            if changed is not result and result.id in self._results:
                self._results[result.id] = changed
            return changed

    def replace(self, result: Any) -> None:
        """Replace the stored result of the same id by this object."""
        with self._lock:
            if result.id in self._results:
                self._results[result.id] = result

    def finished(self, result_id: str) -> None:
        """Count a result as finished, after its signals; the last finished result wakes threads in `join`."""
        with self._lock:
            self._unfinished.discard(result_id)
            if not self._unfinished:
                self._all_finished.notify_all()

    def kept(self, result_id: str) -> Any | None:
        """Return the stored object itself, for the backend's own use, or None."""
        with self._lock:
            return self._results.get(result_id)

    def get(self, result_id: str) -> Any:
        """Return a copy of a result; raise TaskResultDoesNotExist."""
        with self._lock:
            try:
                result = self._results[result_id]
            except KeyError:
                raise TaskResultDoesNotExist(result_id) from None
            return snapshot(self.types, result)

    def join(self, timeout: float | None, unless: Callable[[], bool] = lambda: False) -> bool:
        """Wait until all tasks are finished; return False if that takes longer than `timeout` seconds.

        After each call of `interrupt`, `unless` is called; if it returns True, the wait ends.
        """
        with self._lock:
            self._all_finished.wait_for(lambda: not self._unfinished or unless(), timeout)
            return not self._unfinished

    def interrupt(self) -> None:
        """Wake threads in `join`, so that they call `unless` again."""
        with self._lock:
            self._all_finished.notify_all()

    def clear(self) -> None:
        """Forget every result."""
        with self._lock:
            self._results.clear()
            self._unfinished.clear()
            self._all_finished.notify_all()
