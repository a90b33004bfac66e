"""The smallest value that still goes wrong is found by simpler and simpler attempts."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskgauge.suites.conformance.probes.reducing import simplified, size, smallest
from taskgauge.suites.conformance.probes.round_trips import LOST, RoundTrip

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=8,
)


def reduced(value: Any, breaks: Callable[[Any], bool], trouble: str = "FAILED") -> tuple[Any, int]:
    """Return the smallest value that breaks, beginning with this one, and how many rounds it took."""
    rounds = []

    def send(values: Sequence[Any]) -> list[RoundTrip]:
        rounds.append(len(values))
        return [RoundTrip(sent=each, arrived=each, trouble=trouble if breaks(each) else "") for each in values]

    [trip] = smallest({trouble: [RoundTrip(sent=value, trouble=trouble)]}, send)
    return trip.sent, len(rounds)


@pytest.mark.parametrize(
    ("value", "breaks", "expected"),
    [
        ("some text with a \0 in it", lambda value: isinstance(value, str) and "\0" in value, "\0"),
        ([1, {"a": "ok", "b": [2, None]}, 3], lambda value: "None" in repr(value), None),
        (123_456_789, lambda value: isinstance(value, int) and value > 2**20, 2**20 + 1),
        (["a", "b", "c", "d"], lambda value: isinstance(value, list) and len(value) > 1, [0, 0]),
        ({"long key": {"deep": 1.5}}, lambda value: isinstance(value, dict) and value != {}, {"": 0}),
        (True, lambda value: value is True, True),
    ],
)
def test_smallest(value: Any, breaks: Callable[[Any], bool], expected: Any) -> None:
    """Parts that play no part are taken away, and the others made simpler."""
    assert reduced(value, breaks)[0] == expected


def test_what_is_lost_is_not_tried_again() -> None:
    """Each attempt would be waited for in vain; the smallest of those that were seen is kept."""
    assert reduced([1, 2, 3], lambda _: True, LOST) == ([1, 2, 3], 0)
    trips = [RoundTrip(sent="long", trouble=LOST), RoundTrip(sent="a", trouble=LOST)]
    assert smallest({LOST: trips}, lambda _: []) == [trips[1]]


def test_each_deviation_has_its_own() -> None:
    """An attempt that goes wrong otherwise is none for this way; the smallest comes first."""
    ways = {"A": [RoundTrip(sent=[7, 7], trouble="A: long")], "B": [RoundTrip(sent=9, trouble="B")]}
    trips = smallest(ways, lambda values: [RoundTrip(sent=each, trouble="B") for each in values])

    assert [(trip.sent, trip.deviation) for trip in trips] == [(0, "B"), ([7, 7], "A")]


@given(JSON)
def test_simpler_values_end(value: Any) -> None:
    """However often the simplest attempt is taken, it ends: each is smaller than what it came from."""
    steps = 0
    while attempts := [each for each in simplified(value) if size(each) < size(value)]:
        value = min(attempts, key=size)
        steps += 1
        assert steps < 200


def test_order_of_sizes() -> None:
    """Fewer parts are simpler, then fewer letters."""
    values = [[[]], {"a": 1}, [1], "abc", 10, 0]

    assert sorted(values, key=size) == [0, 10, "abc", [1], [[]], {"a": 1}]
