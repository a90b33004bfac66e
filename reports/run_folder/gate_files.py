"""The files of a gate's run folder that are no timings: sides, options, problems, and the ledger of counters."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from taskgauge.reports.run_folder import format_1
from taskgauge.reports.run_folder.counters import Counted
from taskgauge.reports.run_folder.documents import convert, read_as, read_document, read_json, write_document

FOLDER = "gate"

Name = Annotated[str, msgspec.Meta(min_length=1)]
Share = Annotated[float, msgspec.Meta(gt=0, lt=10)]
type SideName = Literal["base", "head"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side: what was asked for, and what it became."""

    asked: Name
    kind: str = ""
    version: str = ""
    commit: str | None = None
    packages: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Both sides; `same` says that they turned out to be one and the same, `alike` that they install the same files."""

    base: Side
    head: Side
    under_test: tuple[str, ...] = ()
    same: bool = False
    alike: bool = False
    targets: tuple[str, ...] = ()
    using: tuple[str, ...] | None = None
    """The targets that use the distribution under test; None: an older run, which did not say."""
    python: str = ""
    differences: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    """Versions of other packages that differ, by name: base's and head's, None where one has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateOptions:
    """What was asked of the gate; margins are shares, such as 0.05."""

    margin: Share = 0.05
    margins: dict[str, Share] = field(default_factory=dict)
    pairs: int = 10
    slices: int = 40
    slice_ns: int = 15_000_000

    def margin_of(self, verb: str) -> float:
        """Return how much slower a verb may be, as a share: its own margin, or everyone's."""
        return self.margins.get(verb, self.margin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that went wrong, in one line; `side` is None where it is neither's own doing.

    `once` says that it happened once, and not again when it was tried once more.
    """

    part: str
    kind: str
    text: str
    side: SideName | None = None
    verb: str | None = None
    once: bool = False

    @property
    def line(self) -> str:
        """The problem in one line."""
        where = " ".join(word for word in (self.part, self.side, self.verb) if word)
        return f"{where}: {self.kind}: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problems:
    """Everything that went wrong in a run."""

    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The counters of both sides by verb; `missing` has the verbs that a side lacks, with a reason if known."""

    base: dict[Name, Counted] = field(default_factory=dict)
    head: dict[Name, Counted] = field(default_factory=dict)
    missing: dict[SideName, dict[str, str] | tuple[str, ...]] = field(default_factory=dict)
    hash_seeds: dict[SideName, list[int]] = field(default_factory=dict)

    def lacks(self, side: SideName) -> dict[str, str]:
        """Return the verbs that a side lacks, each with a reason; empty where none is given."""
        said = self.missing.get(side, ())
        known = dict(said) if isinstance(said, dict) else dict.fromkeys(said, "")
        mine, other = (self.base, self.head) if side == "base" else (self.head, self.base)
        return {verb: "" for verb in other if verb not in mine} | known


_FILES = {Sides: "sides.json", GateOptions: "options.json", Problems: "problems.json", Ledger: "ledger.json"}


def write_gate_file(folder: Path, record: Sides | GateOptions | Problems | Ledger) -> None:
    """Write the file of a gate's record into a run folder. Raises OSError."""
    write_document(folder / FOLDER / _FILES[type(record)], record)


def read_sides(folder: Path) -> Sides:
    """Return the sides. Raises RunFileBroken, RunFolderNewer."""
    return read_as(folder / FOLDER / "sides.json", Sides)


def read_options(folder: Path) -> GateOptions:
    """Return the options; the usual ones where there is no such file. Raises RunFileBroken, RunFolderNewer."""
    path = folder / FOLDER / "options.json"
    return read_as(path, GateOptions) if path.is_file() else GateOptions()


def read_problems(folder: Path) -> tuple[Problem, ...]:
    """Return the problems: a list, or an object with a list of problems. Raises RunFileBroken, RunFolderNewer."""
    path = folder / FOLDER / "problems.json"
    if not path.is_file():
        return ()
    document = read_json(path)
    found = format_1.problems(document) if isinstance(document, list) else read_document(path)
    return convert(path, found, Problems).problems


def read_ledger(folder: Path) -> Ledger | None:
    """Return what a run of the gate counted; None where it counted nothing. Raises RunFileBroken, RunFolderNewer."""
    path = folder / FOLDER / "ledger.json"
    return read_as(path, Ledger) if path.is_file() else None
