"""What the ledger calls worse, better, changed or the same."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskgauge.reports.run_folder.counters import (
    COUNTERS,
    SIZES,
    TOLERANCES,
    Counted,
    Difference,
    compare,
    in_neither,
    only_in,
)

statements = st.lists(st.sampled_from(["INSERT", "SELECT", "UPDATE", "SAVEPOINT"]), max_size=6).map(tuple)
counts = st.lists(st.integers(1, 10_000), min_size=1, max_size=4).map(tuple)


def one(name: str, base: object, head: object) -> Difference:
    """Compare a single counter."""
    (found,) = compare(Counted(**{name: base}), Counted(**{name: head}))
    return found


def test_one_more_statement_is_named() -> None:
    """Also where the same one is only sent once more."""
    found = one("statements", ("INSERT", "SELECT"), ("INSERT", "SELECT", "SELECT", "UPDATE"))

    assert (found.outcome, found.before, found.after) == ("REGRESSION", 2, 4)
    assert found.named == ("new: SELECT", "new: UPDATE")


def test_one_statement_less_is_an_improvement_and_named() -> None:
    """Reported alike."""
    found = one("commands", ("HSET", "LPUSH", "LPUSH", "LPUSH"), ("HSET", "LPUSH"))

    assert (found.outcome, found.named) == ("IMPROVEMENT", ("vanished (2 times): LPUSH",))


@pytest.mark.parametrize(
    ("head", "outcome"),
    [
        (("INSERT", "UPDATE"), "CHANGED"),
        (("UPDATE",), "CHANGED"),
        (("SELECT", "INSERT"), "CHANGED"),
        (("UPDATE", "INSERT", "DELETE"), "REGRESSION"),
        (("INSERT", "SELECT"), "PASS"),
    ],
)
def test_other_statements_are_a_change(head: tuple[str, ...], outcome: str) -> None:
    """As many others, or the same in another order, are told, and no verdict; more are worse."""
    found = one("statements", ("INSERT", "SELECT"), head)

    assert found.outcome == outcome
    assert bool(found.named) == (outcome != "PASS")


@given(statements, statements)
def test_statements_mirror(base: tuple[str, ...], head: tuple[str, ...]) -> None:
    """More is worse, never better; nothing but the same is a pass."""
    there, back = one("statements", base, head), one("statements", head, base)

    assert (there.outcome == "PASS") == (base == head) == (back.outcome == "PASS")
    if len(head) > len(base):
        assert there.outcome == "REGRESSION"
        assert back.outcome in {"IMPROVEMENT", "CHANGED"}


@pytest.mark.parametrize(
    ("base", "head", "outcome"),
    [
        ((1000, 1003, 1007), (1033, 1036, 1040), "REGRESSION"),
        ((1000, 1003, 1007), (1012, 1015, 1019), "PASS"),
        ((1000, 1003, 1007), (970, 973, 977), "IMPROVEMENT"),
        ((1000, 1003, 1007), (1003, 1000, 1007), "PASS"),
        ((1000, 1000, 1100), (1000, 1100, 1100), "INCONCLUSIVE"),
        ((0, 0, 0), (1, 1, 1), "REGRESSION"),
        ((0, 0, 0), (0, 0, 0), "PASS"),
    ],
)
def test_three_per_cent_more_bytecodes_are_found(base: tuple[int, ...], head: tuple[int, ...], outcome: str) -> None:
    """Two are within the tolerance; a side that differs from itself as much shows nothing."""
    assert one("bytecodes", base, head).outcome == outcome


@pytest.mark.parametrize(
    ("base", "head", "outcome"),
    [
        ((5000, 5000, 5000), (5001, 5001, 5001), "REGRESSION"),
        ((5001, 5001, 5001), (5000, 5000, 5000), "IMPROVEMENT"),
        ((5000, 5000, 5001), (5001, 5001, 5001), "PASS"),
        ((5000, 5000), (5001, 5001), "PASS"),
        ((5000, 5001, 5002), (5060, 5061, 5062), "REGRESSION"),
        ((5, 5, 5), (6, 6, 6), "REGRESSION"),
        ((103.1, 103.1, 103.1), (103.2, 103.2, 103.2), "PASS"),
        ((103.2, 103.2, 103.2), (103.1, 103.1, 103.1), "PASS"),
        ((103.6, 103.6, 103.6), (104.1, 104.1, 104.1), "REGRESSION"),
    ],
)
def test_one_more_allocation_is_found(base: tuple[int, ...], head: tuple[int, ...], outcome: str) -> None:
    """Where all processes of each side agree, and there are three of them; else 1 % is the same.

    Less than a half of one is what random ids take more or less.
    """
    assert one("allocations", base, head).outcome == outcome


@pytest.mark.parametrize("name", ["bytes_per_object", "pickle_bytes"])
@pytest.mark.parametrize(("head", "outcome"), [(360, "REGRESSION"), (344, "IMPROVEMENT"), (352, "PASS")])
def test_eight_more_bytes_are_found(name: str, head: int, outcome: str) -> None:
    """Sizes are exact."""
    assert one(name, 352, head).outcome == outcome


@pytest.mark.parametrize(
    ("name", "base", "head", "outcome"),
    [
        ("bytes_per_object", (824.0, 823.973, 823.947), (824.0, 824.027, 823.973), "PASS"),
        ("bytes_per_object", (824.0, 823.973, 823.947), (832.0, 831.973, 832.0), "REGRESSION"),
        ("bytes_per_object", (824.0, 823.973, 823.947), (819.9, 820.0, 819.973), "IMPROVEMENT"),
        ("bytes_per_object", (2205.773, 2205.8, 2566.307), (2574.307, 2213.8, 2213.773), "REGRESSION"),
        ("bytes_per_object", (2205.773, 2205.8, 2566.307), (2566.307, 2205.8, 2566.307), "PASS"),
        ("bytes_per_object", (800, 824, 848), (810, 860, 870), "INCONCLUSIVE"),
        ("pickle_bytes", (912, 912, 912), (913, 913, 913), "REGRESSION"),
        ("pickle_bytes", (912, 911, 912), (912, 912, 911), "PASS"),
        ("pickle_bytes", (911, 912, 911), (912, 912, 911), "PASS"),
        ("pickle_bytes", (911, 911, 911), (912, 912, 911), "INCONCLUSIVE"),
        ("pickle_bytes", 912, (911, 912, 912), "PASS"),
    ],
)
def test_sizes_that_move_by_themselves_are_no_change(name: str, base: object, head: object, outcome: str) -> None:
    """Nor what depends on the operations before it; eight more bytes of every object are found beside both."""
    assert one(name, base, head).outcome == outcome


@given(st.sampled_from(sorted(TOLERANCES.keys() | SIZES.keys())), counts, counts)
def test_counts_mirror(name: str, base: tuple[int, ...], head: tuple[int, ...]) -> None:
    """What is worse one way is better the other, and a side is never worse than itself."""
    mirror = {"REGRESSION": "IMPROVEMENT", "IMPROVEMENT": "REGRESSION"}
    there, back = one(name, base, head), one(name, head, base)

    assert mirror.get(there.outcome, there.outcome) == back.outcome
    assert one(name, base, base).outcome == "PASS"


@given(st.sampled_from(sorted(TOLERANCES)), counts, st.floats(1, 3))
def test_a_regression_is_beyond_its_tolerance(name: str, base: tuple[int, ...], factor: float) -> None:
    """Whatever the numbers."""
    found = one(name, base, tuple(math.ceil(count * factor) for count in base))

    assert found.outcome in {"PASS", "REGRESSION", "INCONCLUSIVE"}
    if found.outcome == "REGRESSION":
        assert found.after > found.before * (1 + found.tolerance) - 1e-9


def test_what_one_side_does_not_count_is_named() -> None:
    """It is compared with nothing, and what neither counts is named as well."""
    base, head = Counted(statements=(), bytecodes=(1,)), Counted(statements=(), calls=(1,))

    assert [each.counter for each in compare(base, head)] == ["statements"]
    assert only_in(base, head) == ("bytecodes",)
    assert only_in(head, base) == ("calls",)
    assert set(in_neither(base, head)) == set(COUNTERS) - {"statements", "bytecodes", "calls"}


@pytest.mark.parametrize(
    "counters",
    [
        {"bytecodes": []},
        {"bytecodes": [-1]},
        {"bytecodes": ["many"]},
        {"bytecodes": 3},
        {"statements": "SELECT"},
        {"statements": [1]},
        {"pickle_bytes": -1},
        {"pickle_bytes": []},
        {"pickle_bytes": ["many"]},
    ],
    ids=str,
)
def test_counters_that_are_none_are_refused(counters: dict[str, object]) -> None:
    """They are never compared."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(counters, Counted)
