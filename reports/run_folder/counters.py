"""The counters of an operation, and the differences between two counts of it.

Statements and commands are exact. Counters with a number per process (bytecodes, calls, allocations) have a tolerance,
since hash seeds change them. Allocations are exact to a half if all processes of a side count the same, and sizes are
exact to a few bytes: ids are random, and so is the cost of drawing and keeping them.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Annotated, Literal

import msgspec

type Count = Annotated[int, msgspec.Meta(ge=0)] | Annotated[float, msgspec.Meta(ge=0)]
type Counts = Annotated[tuple[Count, ...], msgspec.Meta(min_length=1)]
type Sizes = Counts | Count
"""A number for each process, or one number for all processes."""
type DifferenceOutcome = Literal["REGRESSION", "INCONCLUSIVE", "CHANGED", "IMPROVEMENT", "PASS"]

NAMED = ("statements", "commands")
"""Counters that are lists of texts."""
SIZES = {"bytes_per_object": 4, "pickle_bytes": 1}
"""Counters of bytes, with the smallest difference that counts. One UUID in 256 is an integer four bytes shorter."""
_STEADY = 10
"""A difference counts only if it is at least so many times its spread over processes."""
TOLERANCES = {"bytecodes": 0.02, "calls": 0.02, "allocations": 0.01, "allocated_bytes": 0.02}
"""Counters with a number per process, with the share by which they may differ and still count as equal."""
EXACT_WHERE_ALIKE = {"allocations": 0.5}
"""Counters with whole numbers per operation; a smaller difference is chance. `secrets.choice` draws one letter in 32
again, which is one more allocation, and an id has 32 letters."""
WHOLE = frozenset({0, 1})
"""The values of `least` for counters that are exact without exception."""
COUNTERS = (*NAMED, *TOLERANCES, *SIZES)
FEWEST_ALIKE = 3
"""Processes of a side that must agree before their agreement counts."""
_HAIR = 1e-6
"""The tolerance for rounding: as floats, 104.1 - 103.6 is a little less than a half."""
_MOVES = "the processes of a side differ as much as the sides do"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The counts of one operation on one side; a counter that the side does not have is None."""

    statements: tuple[str, ...] | None = None
    commands: tuple[str, ...] | None = None
    bytecodes: Counts | None = None
    calls: Counts | None = None
    allocations: Counts | None = None
    allocated_bytes: Counts | None = None
    bytes_per_object: Sizes | None = None
    pickle_bytes: Sizes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A counter on both sides: medians over processes, or numbers of texts; `tolerance` is 0 if it is exact.

    For an exact counter, less than `least` is no difference. `named` has a line for each text that is new or vanished.
    `reason` says why the outcome is inconclusive.
    """

    counter: str
    outcome: DifferenceOutcome
    before: float
    after: float
    tolerance: float = 0.0
    least: float = 0.0
    named: tuple[str, ...] = ()
    reason: str = ""

    @property
    def ratio(self) -> float | None:
        """After / before; None if before is zero."""
        return self.after / self.before if self.before else None


def compare(base: Counted, head: Counted) -> tuple[Difference, ...]:
    """Return a difference for each counter that both sides have, including counters that did not change."""
    return tuple(_differences(base, head))


def only_in(first: Counted, second: Counted) -> tuple[str, ...]:
    """Return the counters that the first has and the second does not have."""
    return tuple(name for name in COUNTERS if getattr(first, name) is not None and getattr(second, name) is None)


def in_neither(first: Counted, second: Counted) -> tuple[str, ...]:
    """Return the counters that neither of them has."""
    return tuple(name for name in COUNTERS if getattr(first, name) is None and getattr(second, name) is None)


def _differences(base: Counted, head: Counted) -> Iterator[Difference]:
    for name in COUNTERS:
        before, after = getattr(base, name), getattr(head, name)
        if before is None or after is None:
            continue
        if name in NAMED:
            yield _texts(name, before, after)
        elif name in SIZES:
            yield _sizes(name, _processes(before), _processes(after))
        else:
            yield _counts(name, before, after)


def _texts(name: str, base: Sequence[str], head: Sequence[str]) -> Difference:
    """Compare texts and their numbers: more texts are a regression, as many but different texts are a change."""
    before, after = Counter(base), Counter(head)
    new, vanished = after - before, before - after
    outcome: DifferenceOutcome = "PASS"
    if new and (not vanished or len(head) > len(base)):
        outcome = "REGRESSION"
    elif vanished and not new:
        outcome = "IMPROVEMENT"
    elif new or tuple(base) != tuple(head):
        outcome = "CHANGED"
    named = [f"new{_times(times)}: {text}" for text, times in new.items()]
    named += [f"vanished{_times(times)}: {text}" for text, times in vanished.items()]
    if outcome == "CHANGED" and not named:
        named = ["the same, in another order"]
    return Difference(counter=name, outcome=outcome, before=len(base), after=len(head), named=tuple(named))


def _times(times: int) -> str:
    return f" ({times} times)" if times > 1 else ""


def _order(before: float, after: float) -> DifferenceOutcome:
    return "REGRESSION" if after > before else "IMPROVEMENT" if after < before else "PASS"


def _counts(name: str, base: Sequence[float], head: Sequence[float]) -> Difference:
    before, after, tolerance = median(base), median(head), TOLERANCES[name]
    outcome: DifferenceOutcome
    if name in EXACT_WHERE_ALIKE and _alike(base) and _alike(head):
        least = EXACT_WHERE_ALIKE[name]
        outcome = _order(before, after) if _differ(before, after, least) else "PASS"
        return Difference(counter=name, outcome=outcome, before=before, after=after, least=least)
    low, high = sorted((before, after))
    outcome, reason = "PASS", ""
    if high > low * (1 + tolerance):
        outcome = _order(before, after)
        # A counter whose spread within a side is as large as the difference shows nothing.
        if min(head) <= max(base) and min(base) <= max(head):
            outcome, reason = "INCONCLUSIVE", _MOVES
    return Difference(counter=name, outcome=outcome, before=before, after=after, tolerance=tolerance, reason=reason)


def _sizes(name: str, base: Sequence[float], head: Sequence[float]) -> Difference:
    """Compare the processes of both sides in order of size: the smallest with the smallest, and so on.

    The count of a process also depends on the operations before it, which have the same order on both sides.
    """
    least = SIZES[name]
    apart = _apart(sorted(base), sorted(head))
    difference, spread = median(apart), max(apart) - min(apart)
    outcome: DifferenceOutcome = "PASS"
    reason = ""
    if _differ(0, difference, least):
        outcome = _order(0, difference)
        if spread * _STEADY > abs(difference):
            outcome, reason = "INCONCLUSIVE", _MOVES
    return Difference(
        counter=name, outcome=outcome, before=median(base), after=median(head), least=least, reason=reason
    )


def _apart(base: Sequence[float], head: Sequence[float]) -> list[float]:
    if len(base) == len(head):
        return [after - before for before, after in zip(base, head, strict=True)]
    return [after - before for before in base for after in head]


def _processes(sizes: float | Sequence[float]) -> Sequence[float]:
    return (sizes,) if isinstance(sizes, int | float) else sizes


def _differ(before: float, after: float, least: float) -> bool:
    return abs(after - before) > least - _HAIR


def _alike(counts: Sequence[float]) -> bool:
    return len(counts) >= FEWEST_ALIKE and len(set(counts)) == 1
