"""Functions of which tests make tasks; at its own path each is a function still, so none of these is ever enqueued."""

from collections.abc import Callable
from typing import Any


def plain(key: str) -> str:
    """Be like any other."""
    return key


def other(key: str) -> str:
    """Be another one."""
    return key


async def coroutine(key: str) -> str:
    """Be a coroutine function."""
    return key


def with_context(context: Any, key: str) -> str:
    """Take the context as it is documented."""
    return f"{context}{key}"


def without_parameters() -> None:
    """Have no place for a context."""


def with_another_name(the_context: Any, key: str) -> str:
    """Call the first parameter something else."""
    return f"{the_context}{key}"


def with_args_only(*args: Any) -> int:
    """Name no parameter."""
    return len(args)


def with_context_second(key: str, context: Any) -> str:
    """Take the context, but not first."""
    return f"{key}{context}"


def with_context_by_keyword(*, context: Any) -> str:
    """Take the context, but by keyword only."""
    return f"{context}"


def make_inner() -> Callable[[str], str]:
    """Return a function that is defined inside another."""

    def inner(key: str) -> str:
        return key

    return inner


class Holder:
    """A class with functions in its body."""

    def method(self, key: str) -> str:
        """Be a method."""
        return key

    @staticmethod
    def in_class(key: str) -> str:
        """Be a function whose qualified name has a class in it."""
        return key


nameless: Callable[[str], str] = lambda key: key  # noqa: E731 -- a lambda of the module is what is meant
