"""Carries values through a text unchanged, and says in which respects one differs from what it should be."""

import base64
import pickle
from collections.abc import Iterator
from typing import Any

LESSER = frozenset({"the sign of zero", "the order of keys"})
"""Differences that leave values equal and of the same types."""


class NotPicklable:
    """Stands for a value that could not be carried."""

    def __init__(self, shown: str) -> None:
        """Keep how it looked."""
        self.shown = shown

    def __repr__(self) -> str:
        return self.shown


def pack(value: Any) -> str:
    """Return a text of ASCII letters from which `unpack` makes the value again, with all its types."""
    try:
        content = pickle.dumps(value)
    except Exception:  # whatever a foreign object raises
        content = pickle.dumps(NotPicklable(repr(value)))
    return base64.b64encode(content).decode("ascii")


def unpack(text: str) -> Any:
    """Return what `pack` was given."""
    return pickle.loads(base64.b64decode(text))


def differences(seen: Any, expected: Any) -> Iterator[str]:
    """Yield, in a few words each, how `seen` differs from `expected`, a value that JSON can hold."""
    if type(seen) is not type(expected):
        yield f"{type(seen).__name__} for {type(expected).__name__}"
    elif isinstance(expected, list):
        yield from _list_differences(seen, expected)
    elif isinstance(expected, dict):
        yield from _dict_differences(seen, expected)
    elif seen != expected and not (seen != seen and expected != expected):  # noqa: PLR0124 -- NaN is not itself
        yield f"another {type(expected).__name__}"
    elif isinstance(expected, float) and repr(seen) != repr(expected):
        yield "the sign of zero"


def _list_differences(seen: list[Any], expected: list[Any]) -> Iterator[str]:
    if len(seen) != len(expected):
        yield "a list of another length"
        return
    for one, other in zip(seen, expected, strict=True):
        yield from differences(one, other)


def _dict_differences(seen: dict[Any, Any], expected: dict[str, Any]) -> Iterator[str]:
    if {(type(key), key) for key in seen} != {(type(key), key) for key in expected}:
        yield "other keys"
        return
    for key, value in expected.items():
        yield from differences(seen[key], value)
    if list(seen) != list(expected):
        yield "the order of keys"


def alike(seen: Any, expected: Any) -> bool:
    """Whether both are equal and of the same types at every depth; 0.0 and -0.0 are equal, and keys have no order."""
    return LESSER.issuperset(differences(seen, expected))


def shown(value: Any) -> str:
    """Return the value as Python writes it, in ASCII letters, cut where it is long."""
    text = ascii(value)
    return text if len(text) <= 200 else f"{text[:200]}... ({len(text)} characters)"
