"""Functions that a test runs in another process that has the target's settings.

They take and return what JSON can hold.
"""

import os
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from taskgauge.backends.processes.json_lines_child import answer_request, write_answer
from taskgauge.suites.conformance import environment_variables
from taskgauge.suites.conformance.event_log.reader import EventLog


def enqueue(module: str, name: str, key: str, *args: Any) -> str:
    """Enqueue a task of `taskgauge.suites.conformance.tasks`; return its id."""
    task = getattr(import_module(f"taskgauge.suites.conformance.tasks.{module}"), name)
    return str(task.enqueue(key, *args).id)


def enqueue_and_die(module: str, name: str, key: str, *args: Any) -> str:
    """Enqueue a task, say its id, and end without any clean-up."""
    write_answer(enqueue(module, name, key, *args))
    os._exit(0)


def look_up(result_id: str) -> dict[str, Any]:
    """Return what this process sees of a result."""
    from taskgauge.suites.conformance import framework as api  # noqa: PLC0415 -- needs the settings

    result = api.task_backends["default"].get_result(result_id)
    return {"id": result.id, "status": str(result.status), "task": getattr(result.task, "module_path", None)}


def defer_naive(seconds: dict[str, float], patience: float) -> float:
    """Enqueue tasks that a naive local time defers by so many seconds each, under settings without time zones.

    Return when the first is due, in seconds of time.time(), after it has ended or `patience` seconds have passed.
    """
    from django.utils import timezone  # noqa: PLC0415 -- needs the settings

    from taskgauge.suites.conformance.tasks import basic  # noqa: PLC0415

    due = {key: timezone.now() + timedelta(seconds=each) for key, each in seconds.items()}
    for key, moment in reversed(due.items()):
        basic.note.using(run_after=moment).enqueue(key)
    first = next(iter(due))
    witness = EventLog(Path(os.environ[environment_variables.EVENT_LOG]))
    witness.wait(lambda: witness.of(first, "finished"), patience, lambda: None)
    return due[first].timestamp()


def run(request: tuple[str, list[Any]]) -> Any:
    """Set Django up, and return what a function returns for its arguments."""
    import django  # noqa: PLC0415 -- settings first

    django.setup()
    path, args = request
    module, _, name = path.rpartition(":")
    errand: Callable[..., Any] = getattr(import_module(module), name) if module else globals()[name]
    return errand(*args)


if __name__ == "__main__":
    answer_request(run)
