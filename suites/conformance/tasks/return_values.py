"""Tasks that return what a test needs; it comes in a text, since arguments change on their way."""

from typing import Any

from taskgauge.suites.conformance.exact import unpack
from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.basic import finished, started
from taskgauge.suites.conformance.tasks.values import UNSERIALISABLE


@task
def give_unpacked(key: str, packed: str) -> Any:
    """Return the value that `exact.pack` put into the text."""
    started(key)
    finished(key)
    return unpack(packed)


@task
def give_unserialisable(key: str, name: str) -> Any:
    """Return what JSON cannot hold, by its name in `values.UNSERIALISABLE`."""
    started(key)
    finished(key)
    return UNSERIALISABLE[name]()


@task(takes_context=True)
def read_own_return_value(context: Any, key: str) -> None:
    """Ask for the return value while it is still to come, and write down what happens."""
    try:
        seen = f"no exception, but {context.task_result.return_value!r}"
    except Exception as error:  # which one is the question
        seen = type(error).__name__
    started(key, seen=seen)
    finished(key)
