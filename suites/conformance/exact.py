"""Carries values through text unchanged, and compares a value with the expected one."""

import base64
import contextlib
import pickle
from collections.abc import Iterator
from typing import Any

LESSER = frozenset({"the sign of zero", "the order of keys"})
"""Differences that leave values equal and of the same types."""
TYPE_OF_A_NUMBER = "the type of a number"
"""The difference between a whole number and an equal float, such as 10000000000000000 and 1e16."""


class NotPicklable:
    """Stands for a value that cannot be pickled."""

    def __init__(self, shown: str) -> None:
        """Keep the `repr` of the value."""
        self.shown = shown

    def __repr__(self) -> str:
        return self.shown


def pack(value: Any) -> str:
    """Return ASCII text from which `unpack` restores the value with all its types."""
    try:
        content = pickle.dumps(value)
    except Exception:  # whatever a foreign object raises
        content = pickle.dumps(NotPicklable(repr(value)))
    return base64.b64encode(content).decode("ascii")


def unpack(text: str) -> Any:
    """Return the value that `pack` turned into this text."""
    return pickle.loads(base64.b64decode(text))


def differences(seen: Any, expected: Any) -> Iterator[str]:
    """Yield each difference between `seen` and `expected` in a few words; `expected` is a value that JSON can hold."""
    if _is_equal_number(seen, expected):
        yield TYPE_OF_A_NUMBER
    elif type(seen) is not type(expected):
        yield f"{type(seen).__name__} for {type(expected).__name__}"
    elif isinstance(expected, list):
        yield from _list_differences(seen, expected)
    elif isinstance(expected, dict):
        yield from _dict_differences(seen, expected)
    elif seen != expected and not (seen != seen and expected != expected):  # noqa: PLR0124 -- NaN is not itself
        yield f"another {type(expected).__name__}"
    elif isinstance(expected, float) and repr(seen) != repr(expected):
        yield "the sign of zero"


def _is_equal_number(seen: Any, expected: Any) -> bool:
    """Return True for an int and a float that are the same number, as far as a float can tell numbers apart."""
    match seen, expected:
        case (bool(), _) | (_, bool()):
            return False
        case (int(), float()):
            with contextlib.suppress(OverflowError):
                return float(seen) == expected
        case (float(), int()):
            return bool(seen == expected)
    return False


def _list_differences(seen: list[Any], expected: list[Any]) -> Iterator[str]:
    if len(seen) != len(expected):
        yield "a list of another length"
        return
    for seen_item, expected_item in zip(seen, expected, strict=True):
        yield from differences(seen_item, expected_item)


def _dict_differences(seen: dict[Any, Any], expected: dict[str, Any]) -> Iterator[str]:
    if {(type(key), key) for key in seen} != {(type(key), key) for key in expected}:
        yield "other keys"
        return
    for key, value in expected.items():
        yield from differences(seen[key], value)
    if list(seen) != list(expected):
        yield "the order of keys"


def alike(seen: Any, expected: Any) -> bool:
    """Return True if both are equal and of the same types at every depth.

    0.0 equals -0.0, and the order of keys does not count.
    """
    return LESSER.issuperset(differences(seen, expected))


def shown(value: Any) -> str:
    """Return the value as Python writes it, in ASCII, cut after 200 characters."""
    text = ascii(value)
    return text if len(text) <= 200 else f"{text[:200]}... ({len(text)} characters)"
