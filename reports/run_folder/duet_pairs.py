"""The pairs of a duet, `gate/duet.jsonl`: one line a pair, comparison and verb."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from taskgauge.reports.run_folder import format_1
from taskgauge.reports.run_folder.documents import append, read_stream
from taskgauge.reports.run_folder.errors import RunFileBroken
from taskgauge.reports.run_folder.gate_errors import PairsDoNotCompare
from taskgauge.reports.statistics.estimates import log_ratio

DUET = "gate/duet.jsonl"

type RoundName = Literal["first", "second", "confirm"]
type ClockName = Literal["cpu", "wall"]
type Comparison = Literal["head", "control", "positive control"]
CONTROLS: Mapping[Comparison, str] = {"control": "A/A control", "positive control": "positive control"}
"""The comparisons besides that of head, as texts call them."""

Name = Annotated[str, msgspec.Meta(min_length=1)]
Nanoseconds = Annotated[int, msgspec.Meta(gt=0)]
Slices = Annotated[tuple[Nanoseconds, ...], msgspec.Meta(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One verb in one pair of processes: nanoseconds a slice, in the order of the slices.

    `base_ns` is always what base took, also where the sides are swapped. In an A/A control `head_ns` is base again; in a
    positive control it is head with a known burn, a share of what the verb takes. `base_waits` and `head_waits` say how often a
    slice gave its CPU away, `order` whose turn each slice was, and `cpus` where both processes ran.
    """

    round: RoundName
    pair: Annotated[int, msgspec.Meta(ge=0)]
    comparison: Comparison | format_1.Comparison
    verb: Name
    clock: ClockName
    loops: Annotated[int, msgspec.Meta(gt=0)]
    base_ns: Slices
    head_ns: Slices
    base_waits: tuple[Annotated[int, msgspec.Meta(ge=0)], ...] = ()
    head_waits: tuple[Annotated[int, msgspec.Meta(ge=0)], ...] = ()
    swapped: bool = False
    load: tuple[float, ...] = ()
    burn: float | None = None
    hash_seeds: tuple[int, ...] = ()
    order: str = ""
    cpus: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "comparison", format_1.COMPARISONS.get(self.comparison, self.comparison))

    @property
    def log_ratio(self) -> float:
        """The median over the slices of log(head / base)."""
        return log_ratio(self.head_ns, self.base_ns)


def read_pairs(path: Path) -> tuple[Pair, ...]:
    """Return the pairs of a file; none where there is no file.

    Raises RunFileBroken for a file that is empty or cut, naming the line; and PairsDoNotCompare for a verb with several
    loop counts or clocks, and for a pair that is there twice.
    """
    if not path.is_file():
        return ()
    pairs = tuple(read_stream(path, Pair, _fault))
    if not pairs:
        raise RunFileBroken(path, "it is empty")
    _check(path, pairs)
    return pairs


def add_pairs(folder: Path, pairs: Iterable[Pair]) -> None:
    """Append pairs to the duet of a run folder. Raises OSError."""
    append(folder / DUET, pairs)


def _fault(pair: Pair) -> str:
    if len(pair.base_ns) != len(pair.head_ns):
        return f"{len(pair.base_ns)} slices of base, {len(pair.head_ns)} of head"
    if not all(map(math.isfinite, pair.load)):
        return "its load is no number"
    if pair.round == "confirm" and not pair.swapped:
        return "it is to confirm, and its sides are not swapped"
    return "" if pair.verb.isprintable() else "its verb is no name"


def _check(path: Path, pairs: Iterable[Pair]) -> None:
    seen: set[tuple[str, int, str, str]] = set()
    ways: dict[str, Pair] = {}
    for each in pairs:
        key = (each.round, each.pair, each.comparison, each.verb)
        if key in seen:
            raise PairsDoNotCompare(path, f"pair {each.pair} of {each.verb} ({each.round}, {each.comparison}) is twice")
        seen.add(key)
        first = ways.setdefault(each.verb, each)
        if each.loops != first.loops:
            raise PairsDoNotCompare(path, f"{each.verb} ran {first.loops} loops a slice, and {each.loops}")
        if each.clock != first.clock:
            raise PairsDoNotCompare(
                path, f"{each.verb} was timed by the {first.clock} clock and the {each.clock} clock"
            )
