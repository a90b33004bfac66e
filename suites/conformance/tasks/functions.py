"""Functions of which tests make tasks; their paths still lead to functions, so these tasks are never enqueued."""

from collections.abc import Callable
from typing import Any


def plain(key: str) -> str:
    """Return the key."""
    return key


def other(key: str) -> str:
    """Return the key, as a second function."""
    return key


async def coroutine(key: str) -> str:
    """Return the key from a coroutine."""
    return key


def with_context(context: Any, key: str) -> str:
    """Take the context as documented."""
    return f"{context}{key}"


def without_parameters() -> None:
    """Take no argument, and so no context."""


def with_another_name(the_context: Any, key: str) -> str:
    """Take the context under another name."""
    return f"{the_context}{key}"


def with_args_only(*args: Any) -> int:
    """Take any positional arguments."""
    return len(args)


def with_context_second(key: str, context: Any) -> str:
    """Take the context as second parameter."""
    return f"{key}{context}"


def with_context_by_keyword(*, context: Any) -> str:
    """Take the context only by keyword."""
    return f"{context}"


def make_inner() -> Callable[[str], str]:
    """Return a function that is defined inside another."""

    def inner(key: str) -> str:
        return key

    return inner


class Holder:
    """A class with functions in its body."""

    def method(self, key: str) -> str:
        """Return the key from a method."""
        return key

    @staticmethod
    def in_class(key: str) -> str:
        """Return the key from a function whose qualified name contains a class."""
        return key


nameless: Callable[[str], str] = lambda key: key  # noqa: E731 -- tests need a lambda of the module
