"""Tasks that return a value for a test; it is passed as text, since a backend may change arguments."""

from typing import Any

from taskgauge.suites.conformance.exact import unpack
from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.basic import finished, started
from taskgauge.suites.conformance.tasks.values import UNSERIALISABLE


@task
def give_unpacked(key: str, packed: str) -> Any:
    """Return the value that `exact.pack` made into text."""
    started(key)
    finished(key)
    return unpack(packed)


@task
def give_unserialisable(key: str, name: str) -> Any:
    """Return the value of this name from `values.UNSERIALISABLE`, which JSON cannot hold."""
    started(key)
    finished(key)
    return UNSERIALISABLE[name]()


@task(takes_context=True)
def read_own_return_value(context: Any, key: str) -> None:
    """Read the return value before the task has returned, and record the exception."""
    try:
        seen = f"no exception, but {context.task_result.return_value!r}"
    except Exception as error:  # its class is recorded
        seen = type(error).__name__
    started(key, seen=seen)
    finished(key)
