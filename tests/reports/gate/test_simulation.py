"""The gate on made pairs that scatter as real ones do: it never cries wolf, and it finds what is there.

Real pairs of one machine have a standard deviation of 2.2 to 4 %, by operation and clock; a gate has eight operations.
"""

import math
import random
from collections.abc import Mapping

import pytest

from taskgauge.reports.judging.gate.decision import Decision, Evidence, FindingStatus, decide

MARGIN = 0.05
SPREADS = {
    f"operation-{at}": spread for at, spread in enumerate((0.022, 0.024, 0.028, 0.028, 0.03, 0.032, 0.036, 0.04))
}

type Changes = Mapping[str, float]


def drawn(source: random.Random, operation: str, change: float, tails: bool) -> tuple[float, ...]:
    """Return ten pairs; with tails, one in twenty is disturbed ten times as much."""
    spread = SPREADS[operation]
    return tuple(
        math.log1p(change) + source.gauss(0, spread * (10 if tails and source.random() < 0.05 else 1))
        for _ in range(10)
    )


def gate(source: random.Random, changes: Changes, *, tails: bool = False) -> Decision:
    """Run a whole gate: first look, second look, confirmation."""

    def pairs(operation: str) -> tuple[float, ...]:
        return drawn(source, operation, changes.get(operation, 0), tails)

    first = {operation: pairs(operation) for operation in SPREADS}
    second: dict[str, tuple[float, ...]] = {}
    confirm: dict[str, tuple[float, ...]] = {}

    def decided() -> Decision:
        return decide(
            {
                operation: Evidence(
                    margin=MARGIN,
                    first=first[operation],
                    second=second.get(operation, ()),
                    confirm=confirm.get(operation, ()),
                )
                for operation in SPREADS
            }
        )

    decision = decided()
    if decision.again:
        second = {operation: pairs(operation) for operation in decision.again}
        decision = decided()
    if decision.confirm:
        confirm = {operation: pairs(operation) for operation in decision.confirm}
        decision = decided()
    return decision


@pytest.mark.parametrize(("tails", "share"), [(False, 0.05), (True, 0.25)])
def test_without_a_change_nothing_is_ever_called(tails: bool, share: float) -> None:
    """In 300 gates of eight operations no regression, no improvement, and few are left open, more on a busy machine."""
    source = random.Random(41)  # noqa: S311 -- noise, not a secret
    decisions = [gate(source, {}, tails=tails) for _ in range(300)]

    assert not any(decision.standing(FindingStatus.SLOWER, FindingStatus.FASTER) for decision in decisions)
    assert sum(bool(decision.standing(FindingStatus.OPEN)) for decision in decisions) < share * 300


@pytest.mark.parametrize("operation", ["operation-0", "operation-4", "operation-7"])
def test_ten_per_cent_are_found(operation: str) -> None:
    """In at least 48 of 50 gates, in whichever operation, and never in another."""
    source = random.Random(43)  # noqa: S311 -- noise, not a secret
    found = [
        {each.operation for each in gate(source, {operation: 0.1}).standing(FindingStatus.SLOWER)} for _ in range(50)
    ]

    assert sum(operation in each for each in found) >= (48 if SPREADS[operation] < 0.04 else 42)
    assert not set().union(*found) - {operation}


def test_ten_per_cent_less_are_found_alike() -> None:
    """An alarm that only ever finds regressions is a broken alarm."""
    source = random.Random(47)  # noqa: S311 -- noise, not a secret
    found = [gate(source, {"operation-4": 1 / 1.1 - 1}).standing(FindingStatus.FASTER) for _ in range(50)]

    assert sum([each.operation for each in one] == ["operation-4"] for one in found) >= 48


def test_a_change_as_large_as_the_margin_is_hardly_ever_red() -> None:
    """It ends open, by design."""
    source = random.Random(53)  # noqa: S311 -- noise, not a secret
    decisions = [gate(source, {"operation-4": MARGIN}) for _ in range(100)]

    assert sum(bool(decision.standing(FindingStatus.SLOWER)) for decision in decisions) <= 2


def test_a_machine_that_favours_a_side_is_found_out_by_swapping() -> None:
    """What is slower because of its place, not because of its code, is never red."""
    source = random.Random(59)  # noqa: S311 -- noise, not a secret
    for _ in range(50):
        place = tuple(0.12 + each for each in drawn(source, "operation-0", 0, tails=False))
        swapped = tuple(-each for each in place)
        decision = decide({"operation-0": Evidence(margin=MARGIN, first=place, confirm=swapped)})
        assert [each.standing for each in decision.findings] == [FindingStatus.OPEN]
