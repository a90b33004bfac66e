"""The verbs on a backend, by its alias: enqueue, look up, refresh, each awaited as well."""

import time
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from . import work
from .operation import Operation, VerbMissing, nothing

_PATIENCE = 20.0
"""Seconds until the threads of a backend must have run what a slice enqueued."""


def _task_of(alias: str) -> Any:
    return work.add.using(backend=alias)


def _backend_of(alias: str) -> Any:
    return import_module(work.FRAMEWORK).task_backends[alias]


def _settling(alias: str, runs: str) -> Callable[[int], object]:
    """Return what makes the backend as quiet after a slice as before the first one."""
    backend = _backend_of(alias)
    if runs == "threads" and not hasattr(backend, "stop"):
        return _caught_up
    if runs in {"threads", "processes"} and hasattr(backend, "stop"):
        # What is timed is enqueueing; workers of its own would only take turns with it.
        backend.stop()
    clear = getattr(backend, "clear", None)
    return nothing if clear is None else lambda _: clear()


def _caught_up(enqueued: int) -> None:
    """Wait until the backend's own threads have run what was enqueued; raise TimeoutError if they do not."""
    deadline = time.monotonic() + _PATIENCE
    while work.ran < enqueued:
        if time.monotonic() > deadline:
            raise TimeoutError(f"of {enqueued} tasks that were enqueued, {work.ran} were run within {_PATIENCE:g} s")
        time.sleep(0.001)
    work.ran = 0


def _enqueue(alias: str, runs: str) -> Operation:
    enqueue = _task_of(alias).enqueue
    return Operation(call=lambda: enqueue(1001, right=2001), settle=_settling(alias, runs), makes=True)


def _aenqueue(alias: str, runs: str) -> Operation:
    enqueue = _task_of(alias).aenqueue
    return Operation(acall=lambda: enqueue(1001, right=2001), settle=_settling(alias, runs))


class _Found:
    """A result that is there to be looked up: enqueued before each slice, since other verbs clear what they store."""

    def __init__(self, alias: str, runs: str) -> None:
        """Raise VerbMissing where a backend keeps no results."""
        backend = _backend_of(alias)
        if not backend.supports_get_result:
            raise VerbMissing(f"{type(backend).__name__} has supports_get_result = False")
        self._settle = _settling(alias, runs)
        self.task = _task_of(alias)
        self.result: Any = None

    def __call__(self) -> None:
        """Enqueue it, and wait for what would run it in this process."""
        enqueued = self.task.enqueue(1001, right=2001)
        if self._settle is _caught_up:
            self._settle(1)
        self.result = self.task.get_result(enqueued.id)

    def refresh(self) -> None:
        """Refresh it."""
        self.result.refresh()


def _get_result(alias: str, runs: str) -> Operation:
    found = _Found(alias, runs)
    task = found.task
    return Operation(call=lambda: task.get_result(found.result.id), ready=found, makes=True, sized=True)


def _aget_result(alias: str, runs: str) -> Operation:
    found = _Found(alias, runs)
    task = found.task
    return Operation(acall=lambda: task.aget_result(found.result.id), ready=found)


def _refresh(alias: str, runs: str) -> Operation:
    found = _Found(alias, runs)
    return Operation(call=found.refresh, ready=found)


BACKEND_VERBS: Mapping[str, Callable[[str, str], Operation]] = {
    "enqueue": _enqueue,
    "aenqueue": _aenqueue,
    "get_result": _get_result,
    "aget_result": _aget_result,
    "refresh": _refresh,
}
