"""The pairs of a duet, `gate/duet.jsonl`: a line for each pair, comparison and operation."""

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
"""The comparisons of controls, with their names in texts."""

Name = Annotated[str, msgspec.Meta(min_length=1)]
Nanoseconds = Annotated[int, msgspec.Meta(gt=0)]
Slices = Annotated[tuple[Nanoseconds, ...], msgspec.Meta(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """An operation in a pair of processes, with nanoseconds per slice in the order of the slices.

    `base_ns` is always the time of base, even if the sides are swapped. `head_ns` is base again in an A/A control, and
    head with known extra work (`extra_work`, a share of the operation's time) in a positive control. `base_waits` and
    `head_waits` count how often a slice gave up its CPU, `order` says which side had each slice, and `cpus` are the
    CPUs of both processes.
    """

    round: RoundName
    pair: Annotated[int, msgspec.Meta(ge=0)]
    comparison: Comparison
    operation: Name
    clock: ClockName
    loops: Annotated[int, msgspec.Meta(gt=0)]
    base_ns: Slices
    head_ns: Slices
    base_waits: tuple[Annotated[int, msgspec.Meta(ge=0)], ...] = ()
    head_waits: tuple[Annotated[int, msgspec.Meta(ge=0)], ...] = ()
    swapped: bool = False
    load: tuple[float, ...] = ()
    extra_work: float | None = None
    hash_seeds: tuple[int, ...] = ()
    order: str = ""
    cpus: tuple[int, ...] = ()

    @property
    def log_ratio(self) -> float:
        """The median over the slices of log(head / base)."""
        return log_ratio(self.head_ns, self.base_ns)


def read_pairs(path: Path) -> tuple[Pair, ...]:
    """Return the pairs of a file; no pairs if there is no file.

    Raises RunFileBroken, with the line, for a file that is empty or cut short. Raises PairsDoNotCompare for an
    operation with several loop counts or clocks, and for a pair that occurs twice.
    """
    if not path.is_file():
        return ()
    pairs = tuple(read_stream(path, Pair, _fault, current=format_1.pair))
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
        return "its load is not a finite number"
    if pair.round == "confirm" and not pair.swapped:
        return "its round is confirm, but its sides are not swapped"
    return "" if pair.operation.isprintable() else "its operation is not printable"


def _check(path: Path, pairs: Iterable[Pair]) -> None:
    seen: set[tuple[str, int, str, str]] = set()
    first_pairs: dict[str, Pair] = {}
    for pair in pairs:
        key = (pair.round, pair.pair, pair.comparison, pair.operation)
        if key in seen:
            raise PairsDoNotCompare(
                path, f"pair {pair.pair} of {pair.operation} ({pair.round}, {pair.comparison}) occurs twice"
            )
        seen.add(key)
        first = first_pairs.setdefault(pair.operation, pair)
        if pair.loops != first.loops:
            raise PairsDoNotCompare(path, f"{pair.operation} ran {first.loops} loops a slice, and {pair.loops}")
        if pair.clock != first.clock:
            raise PairsDoNotCompare(
                path, f"{pair.operation} was timed by the {first.clock} clock and the {pair.clock} clock"
            )
