"""Tasks whose path does not lead back to them."""

from typing import Any

from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.basic import finished, started
from taskgauge.suites.conformance.tasks.basic import note as exported_again


def plain(key: str) -> None:
    """Record the execution; the Task of this function has another name."""
    started(key)
    finished(key)


def twice(key: str) -> None:
    """Record the execution; two Tasks have this function."""
    started(key)
    finished(key)


def of_main(key: str) -> None:
    """Record the execution; the module of this function is `__main__`."""
    started(key)
    finished(key)


of_main.__module__ = "__main__"

aliased = task(plain)
first = task(twice)
second = task(takes_context=False)(twice)
script = task(of_main)
a_lambda = task(lambda key: (started(key), finished(key)))  # type: ignore[func-returns-value]

KINDS: dict[str, Any] = {
    "aliased": aliased,
    "first of two over one function": first,
    "second of two over one function": second,
    "of __main__": script,
    "lambda": a_lambda,
    "exported again": exported_again,
}
