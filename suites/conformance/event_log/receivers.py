"""Receivers of the three signals: they write down what came, and do what a task's name asks for."""

import os
import signal
from pathlib import Path
from typing import Any

from django.conf import settings

from taskgauge.suites.conformance import framework as api
from taskgauge.suites.conformance.event_log.record import write
from taskgauge.suites.conformance.project import ONE, TWO

LOOKS_UP = "looked_up_by_receivers"
"""A task of this name is looked up inside each receiver."""
RAISES = "raises_in_receivers"
"""A task of this name makes the receiver raise whose signal its argument `when` names."""
KILLED = "killed_by_receivers"
"""A task of this name is the end of the process in which the receiver runs whose signal its argument `when` names."""
MAY_DIE = "TASKGAUGE_MAY_DIE"
"""Environment variable without which no process is killed."""


class ReceiverFailed(Exception):
    """Raised by a receiver on purpose."""


_own: dict[str, object] = {}
"""The settings that decide what becomes of a task, as they were when this process began to listen."""


def connect() -> None:
    """Listen to all three signals; the receivers are this module's own, so none is collected."""
    _own.update(_deciding_settings())
    api.signals.task_enqueued.connect(on_enqueued)
    api.signals.task_started.connect(on_started)
    api.signals.task_finished.connect(on_finished)


def on_enqueued(sender: Any, **given: Any) -> None:
    """Write down `task_enqueued`."""
    _note("task_enqueued", sender, given)


def on_started(sender: Any, **given: Any) -> None:
    """Write down `task_started`."""
    _note("task_started", sender, given)


def on_finished(sender: Any, **given: Any) -> None:
    """Write down `task_finished`."""
    _note("task_finished", sender, given)


def _deciding_settings() -> dict[str, object]:
    return {"TASKS": settings.TASKS, "USE_TZ": settings.USE_TZ}


def _note(name: str, sender: Any, given: dict[str, Any]) -> None:
    result = given.get("task_result")
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
        return str(task.get_backend().get_result(result_id).status)
    except Exception as error:  # what was seen is what is told
        return f"{type(error).__name__}: {error}"
