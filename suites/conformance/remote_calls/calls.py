"""Functions that a test runs in another process with the target's settings.

Their arguments and return values are JSON values.
"""

import os
import traceback
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from taskgauge.backends.processes.json_lines_child import answer_request, write_answer
from taskgauge.suites.conformance import environment_variables
from taskgauge.suites.conformance.event_log.reader import EventLog

_LONGEST = 300
"""The characters of an exception that are kept."""


def enqueue(module: str, name: str, key: str, *args: Any) -> str:
    """Enqueue a task of `taskgauge.suites.conformance.tasks`; return its id."""
    task = getattr(import_module(f"taskgauge.suites.conformance.tasks.{module}"), name)
    return str(task.enqueue(key, *args).id)


def enqueue_and_die(module: str, name: str, key: str, *args: Any) -> str:
    """Enqueue a task, answer with its id, and end without any clean-up."""
    answer_and_die(enqueue(module, name, key, *args))


def look_up(result_id: str) -> dict[str, Any]:
    """Return the id, status and task path of a result, as this process sees them."""
    from taskgauge.suites.conformance import framework as api  # noqa: PLC0415 -- needs the settings

    result = api.task_backends["default"].get_result(result_id)
    return {"id": result.id, "status": str(result.status), "task": getattr(result.task, "module_path", None)}


def defer_naive(seconds: dict[str, float], timeout: float) -> float:
    """Enqueue tasks that naive local times defer by these seconds, under settings without time zones.

    Wait until the first task has ended, for at most `timeout` seconds. Return when it was due, in seconds of
    time.time().
    """
    from django.utils import timezone  # noqa: PLC0415 -- needs the settings

    from taskgauge.suites.conformance.tasks import basic  # noqa: PLC0415

    due = {key: timezone.now() + timedelta(seconds=delay) for key, delay in seconds.items()}
    for key, moment in reversed(due.items()):
        basic.note.using(run_after=moment).enqueue(key)
    first = next(iter(due))
    events = EventLog(Path(os.environ[environment_variables.EVENT_LOG]))
    events.wait(lambda: events.of(first, "finished"), timeout, lambda: None)
    return due[first].timestamp()


def answer_and_die(value: Any) -> NoReturn:
    """Give the answer to a remote call in the middle of it, and end without any clean-up."""
    write_answer({"returned": value})
    os._exit(0)


def run(request: tuple[str, list[Any]]) -> dict[str, Any]:
    """Set Django up and call a function with its arguments; return its return value, or its exception in one line."""
    import django  # noqa: PLC0415 -- settings first

    path, args = request
    module, _, name = path.rpartition(":")
    try:
        django.setup()
        function: Callable[..., Any] = getattr(import_module(module), name) if module else globals()[name]
        return {"returned": function(*args)}
    except Exception as error:  # the caller reports it; what the project prints must not hide it
        return {"raised": " ".join("".join(traceback.format_exception_only(error)).split())[:_LONGEST]}


if __name__ == "__main__":
    answer_request(run)
