"""The exceptions that tasks raise, by name."""

import asyncio
import threading
import time
from collections.abc import Callable

STR_SECONDS = 2.0
"""Seconds that `SlowTextError` takes to write its text, the first time."""


class ProjectError(Exception):
    """An exception class of the project."""

    class Nested(Exception):
        """An exception inside a class."""


class TwoPartsError(Exception):
    """An exception that pickles and does not unpickle: its class takes two arguments, and its `args` hold one."""

    def __init__(self, text: str, code: int) -> None:
        """Keep one argument where pickle looks for all."""
        super().__init__(text)
        self.code = code


class NoTextError(Exception):
    """An exception whose `__str__` and `__repr__` raise."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


class SlowTextError(Exception):
    """An exception whose `__str__` takes seconds, once."""

    waited = False

    def __str__(self) -> str:
        if not self.waited:
            self.waited = True
            time.sleep(STR_SECONDS)
        return "slow"


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
    "unpickled never": lambda: TwoPartsError("two parts", 2),
    "group": lambda: ExceptionGroup("a group", [ValueError("the first"), KeyError("the second")]),
    "no text": NoTextError,
    "slow text": SlowTextError,
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
