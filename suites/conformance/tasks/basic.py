"""Tasks that most tests need. The first argument is always the key of the execution in the event log."""

import time
from pathlib import Path
from typing import Any

from taskgauge.suites.conformance.described_values import describe
from taskgauge.suites.conformance.event_log.record import write
from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.errors_to_raise import make

_MOMENT = 0.005


def started(key: str, **facts: object) -> None:
    """Record that a task's first line is reached."""
    write("started", key=key, **facts)


def finished(key: str, **facts: object) -> None:
    """Record that a task's last line is reached."""
    write("finished", key=key, **facts)


def raising(key: str, error: BaseException) -> BaseException:
    """Record that a task's function ends with this exception, and return it."""
    write("raised", key=key, error=type(error).__name__)
    return error


@task
def note(key: str) -> None:
    """Record the execution and do nothing else."""
    started(key)
    finished(key)


@task
def echo(key: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
    """Record and return the arguments with their types."""
    got = {"args": [describe(value) for value in args], "kwargs": {name: describe(v) for name, v in kwargs.items()}}
    started(key, **got)
    finished(key)
    return got


@task
def give(key: str, value: Any) -> Any:
    """Return the argument."""
    started(key)
    finished(key)
    return value


@task
def fail(key: str, kind: str) -> None:
    """Raise the exception of this name from `errors_to_raise`."""
    started(key)
    raise raising(key, make(kind))


def until_there(path: str, seconds: float = 60) -> None:
    """Wait until a file exists, at most so many seconds."""
    end = time.monotonic() + seconds
    while not Path(path).exists() and time.monotonic() < end:
        time.sleep(_MOMENT)


@task
def wait(key: str, path: str, seconds: float = 60) -> str:
    """Run until a file exists, at most so many seconds."""
    started(key)
    until_there(path, seconds)
    finished(key)
    return "waited"


@task
def write_row(key: str, text: str) -> int:
    """Add a row to the database; return its number."""
    from taskgauge.suites.conformance.tasks.models import Row  # noqa: PLC0415 -- needs the apps

    started(key)
    number = Row.objects.create(text=text).pk
    finished(key)
    return int(number)


@task(takes_context=True)
def tell_context(context: Any, key: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
    """Record and return the facts of the context."""
    result = context.task_result
    facts = {
        "context_class": f"{type(context).__module__}.{type(context).__qualname__}",
        "attempt": context.attempt,
        "id": result.id,
        "status": str(result.status),
        "started_at": None if result.started_at is None else result.started_at.isoformat(),
        "last_attempted_at": None if result.last_attempted_at is None else result.last_attempted_at.isoformat(),
        "finished_at": None if result.finished_at is None else result.finished_at.isoformat(),
        "worker_ids": list(result.worker_ids),
        "result_args": [describe(value) for value in result.args],
        "result_kwargs": {name: describe(value) for name, value in result.kwargs.items()},
        "task": {
            "name": result.task.name,
            "priority": result.task.priority,
            "queue_name": result.task.queue_name,
            "backend": result.task.backend,
            "run_after": None if result.task.run_after is None else result.task.run_after.isoformat(),
            "takes_context": result.task.takes_context,
        },
        "args": [describe(value) for value in args],
        "kwargs": {name: describe(value) for name, value in kwargs.items()},
    }
    started(key, **facts)
    finished(key)
    return facts
