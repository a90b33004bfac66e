"""The operations on a backend, by its alias: enqueue, look up and refresh, some also as coroutines."""

import time
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from . import work
from .operation import OperationMissing, PreparedOperation, nothing

_PATIENCE = 20.0
"""The seconds in which the threads of a backend must run the tasks of a slice."""


def _task_of(alias: str) -> Any:
    return work.add.using(backend=alias)


def _backend_of(alias: str) -> Any:
    return import_module(work.FRAMEWORK).task_backends[alias]


def _settling(alias: str, runs: str) -> Callable[[int], object]:
    """Return a function that brings the backend after a slice into the state before the first slice."""
    backend = _backend_of(alias)
    if runs == "threads" and not hasattr(backend, "stop"):
        return _caught_up
    if runs in {"threads", "processes"} and hasattr(backend, "stop"):
        # Only enqueueing is timed: workers would compete with it.
        backend.stop()
    clear = getattr(backend, "clear", None)
    return nothing if clear is None else lambda _: clear()


def _caught_up(enqueued: int) -> None:
    """Wait until the backend's threads have run `enqueued` tasks; raise TimeoutError."""
    deadline = time.monotonic() + _PATIENCE
    while work.ran < enqueued:
        if time.monotonic() > deadline:
            raise TimeoutError(f"of {enqueued} enqueued tasks, {work.ran} ran within {_PATIENCE:g} s")
        time.sleep(0.001)
    work.ran = 0


def _enqueue(alias: str, runs: str) -> PreparedOperation:
    enqueue = _task_of(alias).enqueue
    return PreparedOperation(call=lambda: enqueue(1001, right=2001), settle=_settling(alias, runs), makes=True)


def _aenqueue(alias: str, runs: str) -> PreparedOperation:
    enqueue = _task_of(alias).aenqueue
    return PreparedOperation(acall=lambda: enqueue(1001, right=2001), settle=_settling(alias, runs))


class _StoredResult:
    """A result to look up; it is enqueued before each slice, since other operations clear the store."""

    def __init__(self, alias: str, runs: str) -> None:
        """Raise OperationMissing if a backend keeps no results."""
        backend = _backend_of(alias)
        if not backend.supports_get_result:
            raise OperationMissing(f"{type(backend).__name__} has supports_get_result = False")
        self._settle = _settling(alias, runs)
        self.task = _task_of(alias)
        self.result: Any = None

    def __call__(self) -> None:
        """Enqueue a task, and wait for it if threads of this process run it."""
        enqueued = self.task.enqueue(1001, right=2001)
        if self._settle is _caught_up:
            self._settle(1)
        self.result = self.task.get_result(enqueued.id)

    def refresh(self) -> None:
        """Refresh the result."""
        self.result.refresh()


def _get_result(alias: str, runs: str) -> PreparedOperation:
    stored = _StoredResult(alias, runs)
    task = stored.task
    return PreparedOperation(call=lambda: task.get_result(stored.result.id), ready=stored, makes=True, sized=True)


def _aget_result(alias: str, runs: str) -> PreparedOperation:
    stored = _StoredResult(alias, runs)
    task = stored.task
    return PreparedOperation(acall=lambda: task.aget_result(stored.result.id), ready=stored)


def _refresh(alias: str, runs: str) -> PreparedOperation:
    stored = _StoredResult(alias, runs)
    return PreparedOperation(call=stored.refresh, ready=stored)


BACKEND_OPERATIONS: Mapping[str, Callable[[str, str], PreparedOperation]] = {
    "enqueue": _enqueue,
    "aenqueue": _aenqueue,
    "get_result": _get_result,
    "aget_result": _aget_result,
    "refresh": _refresh,
}
