"""Values compared in every respect: types, keys and their order, signs of zero, and values that equal nothing."""

import math
from typing import Any

import pytest

from taskgauge.suites.conformance.exact import NotPicklable, alike, differences, pack, shown, unpack

NAN = math.nan


@pytest.mark.parametrize(
    ("seen", "expected", "said"),
    [
        (1, 1, []),
        (1, True, ["int for bool"]),
        (1.0, 1, ["the type of a number"]),
        (10**16, 1e16, ["the type of a number"]),
        (10**23, 1e23, ["the type of a number"]),
        (2.0**53, 2**53 + 1, ["float for int"]),
        (2, 1.0, ["int for float"]),
        (10**400, 1.0, ["int for float"]),
        (True, 1.0, ["bool for float"]),
        ((1,), [1], ["tuple for list"]),
        (2, 1, ["another int"]),
        ("b", "a", ["another str"]),
        (NAN, NAN, []),
        (NAN, 1.0, ["another float"]),
        (-0.0, 0.0, ["the sign of zero"]),
        ([1, 2], [1], ["a list of another length"]),
        ([1, "b"], [1.0, "a"], ["the type of a number", "another str"]),
        ({"a": 1}, {"b": 1}, ["other keys"]),
        ({1: 1}, {"1": 1}, ["other keys"]),
        ({True: 1}, {1: 1}, ["other keys"]),
        ({"b": 1, "a": 2}, {"a": 2, "b": 1}, ["the order of keys"]),
        ({"a": [{"b": None}]}, {"a": [{"b": 0}]}, ["NoneType for int"]),
    ],
)
def test_differences(seen: Any, expected: Any, said: list[str]) -> None:
    """Each is named at whatever depth it is."""
    assert list(differences(seen, expected)) == said


@pytest.mark.parametrize(
    ("seen", "expected", "is_alike"),
    [
        (-0.0, 0.0, True),
        ({"b": 1, "a": -0.0}, {"a": 0.0, "b": 1}, True),
        ([1, True], [1, 1], False),
        ({"b": 1, "a": "x"}, {"a": "y", "b": 1}, False),
    ],
)
def test_lesser_differences(seen: Any, expected: Any, is_alike: bool) -> None:
    """The sign of zero and the order of keys leave values alike, and nothing else does."""
    assert alike(seen, expected) is is_alike


@pytest.mark.parametrize("value", [0, -0.0, "ä\0\ud800", [1, (2,)], {"a": {1: None}}, b"\xff", 1 << 100], ids=repr)
def test_packed_values_come_back(value: Any) -> None:
    """As ASCII text, with all their types."""
    text = pack(value)

    assert text.isascii()
    assert (repr(unpack(text)), type(unpack(text))) == (repr(value), type(value))


def test_what_cannot_be_packed() -> None:
    """A stand-in keeps how it looked."""
    arrived = unpack(pack(lambda: None))

    assert isinstance(arrived, NotPicklable)
    assert repr(arrived).startswith("<function test_what_cannot_be_packed.<locals>.<lambda>")


def test_long_values_are_cut() -> None:
    """The text says how long it was; it is ASCII whatever it shows."""
    assert shown("ä") == r"'\xe4'"
    assert shown("x" * 300) == "'" + "x" * 199 + "... (302 characters)"
