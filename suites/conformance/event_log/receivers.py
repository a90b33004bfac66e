"""Receivers of the three signals: they write records, and do what the name of the task asks for."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

from django.conf import settings

from taskgauge.suites.conformance import framework as api
from taskgauge.suites.conformance.event_log.record import write
from taskgauge.suites.conformance.project import ONE, TWO
from taskgauge.suites.conformance.threads import in_a_thread

LOOKS_UP = "looked_up_by_receivers"
"""Each receiver looks up a task of this name."""
RAISES = "raises_in_receivers"
"""The receiver of the signal that the argument `when` names raises for a task of this name."""
KILLED = "killed_by_receivers"
"""The receiver of the signal that the argument `when` names kills its process for a task of this name."""
MAY_DIE = "TASKGAUGE_MAY_DIE"
"""Environment variable that must be set for a receiver to kill its process."""


class ReceiverFailed(Exception):
    """A receiver raises this on purpose."""


_own: dict[str, object] = {}
"""The settings that affect a task, as they were when this process connected the receivers."""


def connect() -> None:
    """Connect the receivers to all three signals; they are functions of this module, so none is garbage-collected."""
    _own.update(_deciding_settings())
    api.signals.task_enqueued.connect(on_enqueued)
    api.signals.task_started.connect(on_started)
    api.signals.task_finished.connect(on_finished)


def on_enqueued(sender: Any, **arguments: Any) -> None:
    """Write a record of `task_enqueued`."""
    _note("task_enqueued", sender, arguments)


def on_started(sender: Any, **arguments: Any) -> None:
    """Write a record of `task_started`."""
    _note("task_started", sender, arguments)


def on_finished(sender: Any, **arguments: Any) -> None:
    """Write a record of `task_finished`."""
    _note("task_finished", sender, arguments)


def _deciding_settings() -> dict[str, object]:
    return {"TASKS": settings.TASKS, "USE_TZ": settings.USE_TZ}


def _note(name: str, sender: Any, arguments: dict[str, Any]) -> None:
    result = arguments.get("task_result")
    task = getattr(result, "task", None)
    facts: dict[str, Any] = {
        "signal": name,
        "own_settings": os.environ.get("DJANGO_SETTINGS_MODULE") in {ONE, TWO} and _own == _deciding_settings(),
        "sender": f"{sender.__module__}.{sender.__qualname__}" if isinstance(sender, type) else repr(sender),
        "sender_is_class": isinstance(sender, type),
        "is_result": isinstance(result, api.TaskResult),
        "task": getattr(task, "name", None),
        "queue": getattr(task, "queue_name", None),
        "run_after": _moment(getattr(task, "run_after", None)),
        **_facts(result),
    }
    if facts["task"] == LOOKS_UP and result is not None:
        facts["stored"] = _look_up(task, result.id)
    write("signal", **facts)
    if facts["task"] == RAISES and result is not None and result.kwargs.get("when") == name:
        raise ReceiverFailed(name)
    if facts["task"] == KILLED and MAY_DIE in os.environ and result is not None and result.kwargs.get("when") == name:
        _die_once(Path(result.kwargs["once"]))


def _die_once(path: Path) -> None:
    if not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def _facts(result: Any) -> dict[str, Any]:
    if result is None:
        return {}
    facts: dict[str, Any] = {
        "id": result.id,
        "status": str(result.status),
        "alias": result.backend,
        "key": result.args[0] if result.args and isinstance(result.args[0], str) else None,
        "attempts": result.attempts,
        "errors": [error.exception_class_path for error in result.errors],
        "worker_ids": list(result.worker_ids),
    }
    for name in ("enqueued_at", "started_at", "last_attempted_at", "finished_at"):
        facts[name] = _moment(getattr(result, name))
    try:
        facts["return_value"] = repr(result.return_value)
    except ValueError as error:
        facts["return_value_error"] = str(error)
    return facts


def _moment(moment: Any) -> str | None:
    return moment.isoformat() if hasattr(moment, "isoformat") else None


def _look_up(task: Any, result_id: str) -> str:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _status(task, result_id)
    # Inside an event loop Django's database methods refuse to work, so a receiver there needs another thread.
    return in_a_thread(lambda: _status(task, result_id))


def _status(task: Any, result_id: str) -> str:
    try:
        return str(task.get_backend().get_result(result_id).status)
    except Exception as error:  # the record holds it
        return f"{type(error).__name__}: {error}"
