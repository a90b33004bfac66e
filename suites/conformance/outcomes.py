"""The exceptions by which a test reports a deviation, no conclusion, or that it does not apply."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The task that a deviation is about."""

    key: str
    queue: str


class Deviation(AssertionError):
    """The target does not behave as the requirement says."""

    def __init__(
        self, what: str, *, expected: object, seen: object, about: About | None = None, missed: Iterable[str] = ()
    ) -> None:
        """Keep the subject of the check, the expected value and the observed value.

        `about` is the task whose worker's output belongs to the deviation, if it is about a single task. `missed` has
        the keys of the tasks that the test waited for in vain.
        """
        super().__init__(f"{what}: expected {expected}, seen {seen}")
        self.what, self.expected, self.seen, self.about = what, str(expected), str(seen), about
        self.missed = frozenset(missed)


class Inconclusive(Exception):
    """The test reached no conclusion, so its requirements are UNKNOWN; the text gives the reason."""


class WorkerEnded(Inconclusive):
    """A worker ended by itself before it was ready; whose fault that is, the test knows."""


class NotApplicable(Exception):
    """The target lacks something that the test needs; the text gives the reason."""


class WorksUndeclared(NotApplicable):
    """A feature works although its flag is False, so there is no refusal to check; the text says how far it works."""


class Hidden(NotApplicable):
    """The fact is seen only through what another requirement is about, and that one fails; the text gives both."""


def same(what: str, seen: object, expected: object) -> None:
    """Raise Deviation unless both are equal and of the same type."""
    if seen != expected or type(seen) is not type(expected):
        raise Deviation(what, expected=repr(expected), seen=repr(seen))


def true(what: str, holds: object, *, expected: object = "yes", seen: object = "no") -> None:
    """Raise Deviation unless `holds` is true."""
    if not holds:
        raise Deviation(what, expected=expected, seen=seen)


def attribute(what: str, value: object, name: str) -> Any:
    """Return an attribute of a value that the backend gave; raise Deviation if it has none of this name."""
    if not hasattr(value, name):
        raise Deviation(what, expected=f"an object with {name}", seen=f"{value!r}"[:300])
    return getattr(value, name)


@contextlib.contextmanager
def seen_through(requirement: str, observe: Callable[[], object]) -> Iterator[None]:
    """Declare that the block sees its facts only through an observation that another requirement is about.

    If the block fails and the observation fails as well, one fault causes both: raise Hidden. Whatever else
    shows the facts, such as enqueue() or get_result(), is checked outside of the block.
    """
    try:
        yield
    except (Inconclusive, NotApplicable):
        raise
    except Exception as error:
        cause = exception_of(observe)
        if cause is None or isinstance(cause, Inconclusive | NotApplicable):
            raise
        raise Hidden(f"it is seen only through what {requirement} is about: {cause}"[:600]) from error


def exception_of(call: Callable[[], object]) -> Exception | None:
    """Return the exception that the call raises; None if it returns."""
    try:
        call()
    except Exception as error:
        return error
    return None


def refused(what: str, call: Callable[[], object], *exceptions: type[BaseException]) -> BaseException:
    """Return the exception that the call raises; raise Deviation if it raises none, or none of these classes."""
    names = " or ".join(exception.__name__ for exception in exceptions)
    try:
        returned = call()
    except exceptions as error:
        return error
    except Exception as error:
        raise Deviation(what, expected=names, seen=f"{type(error).__name__}: {error}"[:300]) from error
    raise Deviation(what, expected=names, seen=f"no exception, but {returned!r}"[:300])
