"""Tasks that record exactly the arguments that they received."""

from typing import Any

from taskgauge.suites.conformance.event_log.record import write
from taskgauge.suites.conformance.exact import pack
from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.basic import finished, started


@task
def receive(key: str, *values: Any, **named: Any) -> None:
    """Record the arguments after the key."""
    started(key, values=pack(list(values)), named=pack(named))
    finished(key)


@task
def measure(key: str, text: str) -> int:
    """Record only the length and type of a text."""
    started(key, length=len(text), type=type(text).__name__)
    finished(key)
    return len(text)


@task
def double_dictionary(key: str, value: Any) -> dict[Any, Any]:
    """Use a value as a dictionary key, as the documentation's example does."""
    started(key)
    try:
        doubled = {value: value * 2}
    except Exception as error:
        write("raised", key=key, error=type(error).__name__)
        raise
    finished(key)
    return doubled
