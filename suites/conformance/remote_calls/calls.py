"""Functions that a test runs in another process with the target's settings.

Their arguments and return values are JSON values.
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
    """Enqueue a task, write its id, and end without any clean-up."""
    write_answer(enqueue(module, name, key, *args))
    os._exit(0)


def look_up(result_id: str) -> dict[str, Any]:
    """Return the id, status and task path of a result, as this process sees them."""
    from taskgauge.suites.conformance import framework as api  # noqa: PLC0415 -- needs the settings

    result = api.task_backends["default"].get_result(result_id)
    return {"id": result.id, "status": str(result.status), "task": getattr(result.task, "module_path", None)}


def defer_naive(seconds: dict[str, float], patience: float) -> float:
    """Enqueue tasks that naive local times defer by these seconds, under settings without time zones.

    Wait until the first task has ended, for at most `patience` seconds. Return when it was due, in seconds of
    time.time().
    """
    from django.utils import timezone  # noqa: PLC0415 -- needs the settings

    from taskgauge.suites.conformance.tasks import basic  # noqa: PLC0415

    due = {key: timezone.now() + timedelta(seconds=delay) for key, delay in seconds.items()}
    for key, moment in reversed(due.items()):
        basic.note.using(run_after=moment).enqueue(key)
    first = next(iter(due))
    events = EventLog(Path(os.environ[environment_variables.EVENT_LOG]))
    events.wait(lambda: events.of(first, "finished"), patience, lambda: None)
    return due[first].timestamp()


def run(request: tuple[str, list[Any]]) -> Any:
    """Set Django up, call a function with its arguments, and return its return value."""
    import django  # noqa: PLC0415 -- settings first

    django.setup()
    path, args = request
    module, _, name = path.rpartition(":")
    function: Callable[..., Any] = getattr(import_module(module), name) if module else globals()[name]
    return function(*args)


if __name__ == "__main__":
    answer_request(run)
