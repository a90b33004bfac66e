"""The counters of one verb, and what differs between two counts of it.

Statements and commands are exact. What is counted once a process (bytecodes, calls, allocations) has a tolerance, since
hash seeds move it; allocations that every process of a side counts alike are exact to a half, and sizes to a few bytes:
ids are random, and so is what it takes to draw and to keep them.
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
"""One number a process, or one for all of them."""
type DifferenceOutcome = Literal["REGRESSION", "INCONCLUSIVE", "CHANGED", "IMPROVEMENT", "PASS"]

NAMED = ("statements", "commands")
"""Counters that are texts, compared as such."""
SIZES = {"bytes_per_object": 4, "pickle_bytes": 1}
"""Counters of bytes: from how many more on they differ. One UUID in 256 is an integer that is four bytes shorter."""
_STEADY = 10
"""What head adds may differ from process to process by a tenth of itself; more is chance."""
TOLERANCES = {"bytecodes": 0.02, "calls": 0.02, "allocations": 0.01, "allocated_bytes": 0.02}
"""Counters with one number a process: how much more, as a share, is still the same."""
EXACT_WHERE_ALIKE = {"allocations": 0.5}
"""Counters of which an operation has whole numbers: less than this is chance. `secrets.choice` draws one letter in 32
again, which is one more allocation, and an id has 32 letters."""
WHOLE = frozenset({0, 1})
"""Differences from which on counters differ that are exact without exception."""
COUNTERS = (*NAMED, *TOLERANCES, *SIZES)
FEWEST_ALIKE = 3
"""So many processes of a side must agree before an agreement says anything."""
_HAIR = 1e-6
"""Numbers are rounded, and 104.1 - 103.6 is less than a half by less than this."""
_MOVES = "the processes of a side differ as much as the sides do"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What one side counted of one verb; what it has no counter for is None."""

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
    """One counter on both sides: medians over processes, or how many texts; `tolerance` is 0 where it is exact.

    Where it is exact, less than `least` is no difference. `named` are the texts that are new or vanished, a line each;
    `reason` says why nothing could be concluded.
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
        """After / before; None from zero."""
        return self.after / self.before if self.before else None


def compare(base: Counted, head: Counted) -> tuple[Difference, ...]:
    """Return one difference for each counter that both sides have, also for those that are the same."""
    return tuple(_differences(base, head))


def only_in(one: Counted, other: Counted) -> tuple[str, ...]:
    """Return the counters that the one has and the other has not."""
    return tuple(name for name in COUNTERS if getattr(one, name) is not None and getattr(other, name) is None)


def in_neither(one: Counted, other: Counted) -> tuple[str, ...]:
    """Return the counters that none of both has."""
    return tuple(name for name in COUNTERS if getattr(one, name) is None and getattr(other, name) is None)


def _differences(base: Counted, head: Counted) -> Iterator[Difference]:
    for name in COUNTERS:
        one, other = getattr(base, name), getattr(head, name)
        if one is None or other is None:
            continue
        if name in NAMED:
            yield _texts(name, one, other)
        elif name in SIZES:
            yield _sizes(name, _processes(one), _processes(other))
        else:
            yield _counts(name, one, other)


def _texts(name: str, base: Sequence[str], head: Sequence[str]) -> Difference:
    """Compare texts and how often each is there. One more is worse; as many, but others, is a change and no verdict."""
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
        # A counter that moves by itself as much as it differs shows nothing.
        if min(head) <= max(base) and min(base) <= max(head):
            outcome, reason = "INCONCLUSIVE", _MOVES
    return Difference(counter=name, outcome=outcome, before=before, after=after, tolerance=tolerance, reason=reason)


def _sizes(name: str, base: Sequence[float], head: Sequence[float]) -> Difference:
    """Compare the processes of both sides, each with its like: the smallest with the smallest.

    What a process counts depends on the verbs before it as well, in the same order on both sides.
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
