"""Tasks of the backends' tests; worker processes import this module by its name."""

import asyncio
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

from django.tasks import TaskContext, task, task_backends


@task
def echo(*args: Any, **kwargs: Any) -> list[Any]:
    """Return what came in."""
    return [list(args), kwargs]


@task
def grow(values: list[int]) -> list[int]:
    """Change the argument."""
    values.append(99)
    return values


@task
async def acoroutine(seconds: float) -> str:
    """Wait without blocking."""
    await asyncio.sleep(seconds)
    return "awaited"


@task(takes_context=True)
def context(context: TaskContext, value: int) -> dict[str, Any]:
    """Return what the context says while the task runs."""
    result = context.task_result
    return {
        "attempt": context.attempt,
        "id": result.id,
        "args": result.args,
        "status": str(result.status),
        "times": [result.started_at is not None, result.last_attempted_at is not None, result.finished_at],
        "value": value,
    }


@task
def raises(name: str) -> None:
    """Raise a built-in exception by its name."""
    kinds: dict[str, type[BaseException]] = {
        kind.__name__: kind for kind in (ValueError, SystemExit, KeyboardInterrupt, GeneratorExit)
    }
    raise kinds[name]("on purpose")


class CannotBePickled(Exception):
    """An exception that holds a lock."""


@task
def raises_unpicklable() -> None:
    """Raise what no pickle takes."""
    raise CannotBePickled(threading.Lock())


@task
def returns_unserialisable() -> Any:
    """Return what JSON has no form for."""
    return {1, 2}


@task
def pid() -> int:
    """Return the process that runs this."""
    return os.getpid()


@task
def wait_for(path: str, then: str = "") -> str:
    """Say that it runs, and wait until a file is there."""
    Path(f"{path}.running").touch()
    while not Path(path).exists():
        time.sleep(0.005)
    return then


@task
def die(number: int) -> None:
    """Kill the process that runs this."""
    os.kill(os.getpid(), number)
    signal.pause()


@task
def parent(value: int) -> list[Any]:
    """Enqueue another task, and look it up."""
    child = echo.enqueue(value)
    found = task_backends["default"].get_result(child.id)
    return [child.id, found.id, str(found.status)]
