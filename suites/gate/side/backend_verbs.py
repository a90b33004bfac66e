"""The verbs on a backend, by its alias: enqueue, look up, refresh, each awaited as well."""

import time
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from . import work
from .operations import Operation, VerbMissing, nothing

_PATIENCE = 20.0
"""Seconds until the threads of a backend must have run what a slice enqueued."""


def _task_of(alias: str) -> Any:
    return work.add.using(backend=alias)


def _backend_of(alias: str) -> Any:
    return import_module(work.FRAMEWORK).task_backends[alias]


def _needs_results(alias: str) -> None:
    backend = _backend_of(alias)
    if not backend.supports_get_result:
        raise VerbMissing(f"{type(backend).__name__} has supports_get_result = False")


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
    """Wait until the backend's own threads have run what was enqueued."""
    deadline = time.monotonic() + _PATIENCE
    while work.ran < enqueued and time.monotonic() < deadline:
        time.sleep(0.001)
    work.ran = 0


def _enqueue(alias: str, runs: str) -> Operation:
    enqueue = _task_of(alias).enqueue
    return Operation(call=lambda: enqueue(1001, right=2001), settle=_settling(alias, runs), makes=True)


def _aenqueue(alias: str, runs: str) -> Operation:
    enqueue = _task_of(alias).aenqueue
    return Operation(acall=lambda: enqueue(1001, right=2001), settle=_settling(alias, runs))


def _one_enqueued(alias: str, runs: str) -> tuple[Any, str]:
    """Return a task, and the id of a result of it that nobody clears away."""
    settle, task = _settling(alias, runs), _task_of(alias)
    found: str = task.enqueue(1001, right=2001).id
    if settle is _caught_up:
        settle(1)
    return task, found


def _get_result(alias: str, runs: str) -> Operation:
    _needs_results(alias)
    task, found = _one_enqueued(alias, runs)
    return Operation(call=lambda: task.get_result(found), makes=True, sized=True)


def _aget_result(alias: str, runs: str) -> Operation:
    _needs_results(alias)
    task, found = _one_enqueued(alias, runs)
    return Operation(acall=lambda: task.aget_result(found))


def _refresh(alias: str, runs: str) -> Operation:
    _needs_results(alias)
    task, found = _one_enqueued(alias, runs)
    return Operation(call=task.get_result(found).refresh)


BACKEND_VERBS: Mapping[str, Callable[[str, str], Operation]] = {
    "enqueue": _enqueue,
    "aenqueue": _aenqueue,
    "get_result": _get_result,
    "aget_result": _aget_result,
    "refresh": _refresh,
}
