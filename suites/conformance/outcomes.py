"""How a test says that it found a deviation, could not conclude, or does not apply."""

from collections.abc import Callable


class Deviation(AssertionError):
    """The target does otherwise than the requirement says."""

    def __init__(self, what: str, *, expected: object, seen: object) -> None:
        """Say what was looked at, what the requirement asks for, and what was seen."""
        super().__init__(f"{what}: expected {expected}, seen {seen}")
        self.what, self.expected, self.seen = what, str(expected), str(seen)


class Inconclusive(Exception):
    """The run could not conclude; the text says why. Its requirements are UNKNOWN."""


class NotApplicable(Exception):
    """What the test needs does not exist in a target of this kind; the text says why."""


class WorksUndeclared(NotApplicable):
    """What a flag says is not supported works, so that no refusal can be seen; the text says how far it works."""


def same(what: str, seen: object, expected: object) -> None:
    """Raise Deviation unless both are equal and of the same type."""
    if seen != expected or type(seen) is not type(expected):
        raise Deviation(what, expected=repr(expected), seen=repr(seen))


def true(what: str, holds: object, *, expected: object = "yes", seen: object = "no") -> None:
    """Raise Deviation unless it holds."""
    if not holds:
        raise Deviation(what, expected=expected, seen=seen)


def exception_of(call: Callable[[], object]) -> Exception | None:
    """Return what the call raises; None if it returns."""
    try:
        call()
    except Exception as error:
        return error
    return None


def refused(what: str, call: Callable[[], object], *exceptions: type[BaseException]) -> BaseException:
    """Return the exception of one of these classes that the call raises; raise Deviation for none or for another."""
    names = " or ".join(one.__name__ for one in exceptions)
    try:
        returned = call()
    except exceptions as error:
        return error
    except Exception as error:
        raise Deviation(what, expected=names, seen=f"{type(error).__name__}: {error}"[:300]) from error
    raise Deviation(what, expected=names, seen=f"no exception, but {returned!r}"[:300])
