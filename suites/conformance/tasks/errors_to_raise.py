"""The exceptions that tasks raise, by name."""

import asyncio
import threading
from collections.abc import Callable


class ProjectError(Exception):
    """An exception class of the project."""

    class Nested(Exception):
        """An exception inside a class."""


def make(kind: str) -> BaseException:
    """Return a new exception of this kind; raise KeyError for an unknown one."""
    return KINDS[kind]()


def _local() -> BaseException:
    class LocalError(Exception):
        """A class that cannot be imported."""

    return LocalError("local")


def _with_cause() -> BaseException:
    error = ValueError("the effect")
    error.__cause__ = KeyError("the cause")
    return error


KINDS: dict[str, Callable[[], BaseException]] = {
    "ValueError": lambda: ValueError("a value"),
    "ProjectError": lambda: ProjectError("of the project"),
    "Nested": lambda: ProjectError.Nested("nested"),
    "local": _local,
    "with cause": _with_cause,
    "in an exception": lambda: ValueError(ValueError("inside")),
    "lock": lambda: ValueError(threading.Lock()),
    "lambda": lambda: ValueError(lambda: None),
    "surrogate": lambda: ValueError("\ud800"),
    "NUL": lambda: ValueError("\x00"),
    "megabyte": lambda: ValueError("x" * 1_000_000),
    "non-ASCII": lambda: ValueError("Zażółć 日本 \N{GRINNING FACE}"),
    "SystemExit": lambda: SystemExit(1),
    "CancelledError": asyncio.CancelledError,
    "GeneratorExit": GeneratorExit,
    "BaseException": lambda: BaseException("bare"),
    "KeyboardInterrupt": KeyboardInterrupt,
}
