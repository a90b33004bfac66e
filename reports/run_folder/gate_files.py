"""The files of a gate's run folder other than timings: sides, options, problems, and the ledger of counters."""

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
    """A side: the request (`asked`), and the version that was built from it."""

    asked: Name
    kind: str = ""
    version: str = ""
    commit: str | None = None
    packages: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Both sides; `same` is true if they are the same version, `alike` if they install the same files."""

    base: Side
    head: Side
    under_test: tuple[str, ...] = ()
    same: bool = False
    alike: bool = False
    targets: tuple[str, ...] = ()
    using: tuple[str, ...] | None = None
    """The targets that use the distribution under test; None in older runs, which did not record them."""
    python: str = ""
    differences: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    """Versions of other packages that differ, by name: base's and head's; None if a side lacks the package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateOptions:
    """The options of the gate; margins are shares, such as 0.05."""

    margin: Share = 0.05
    margins: dict[str, Share] = field(default_factory=dict)
    pairs: int = 10
    slices: int = 40
    slice_ns: int = 15_000_000

    def margin_of(self, operation: str) -> float:
        """Return the share by which an operation may be slower: its own margin, or else the common margin."""
        return self.margins.get(operation, self.margin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A problem of a run, in one line; `side` is None if the problem belongs to neither side.

    `once` is true if the problem did not happen again when the step was repeated.
    """

    part: str
    kind: str
    text: str
    side: SideName | None = None
    operation: str | None = None
    once: bool = False

    @property
    def line(self) -> str:
        """The problem in one line."""
        where = " ".join(word for word in (self.part, self.side, self.operation) if word)
        return f"{where}: {self.kind}: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problems:
    """The problems of a run."""

    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The counters of both sides by operation; `missing` has the operations that a side lacks, with reasons."""

    base: dict[Name, Counted] = field(default_factory=dict)
    head: dict[Name, Counted] = field(default_factory=dict)
    missing: dict[SideName, dict[str, str] | tuple[str, ...]] = field(default_factory=dict)
    hash_seeds: dict[SideName, list[int]] = field(default_factory=dict)

    def lacks(self, side: SideName) -> dict[str, str]:
        """Return the operations that a side lacks, with the reason or an empty text."""
        said = self.missing.get(side, ())
        known = dict(said) if isinstance(said, dict) else dict.fromkeys(said, "")
        mine, other = (self.base, self.head) if side == "base" else (self.head, self.base)
        return {operation: "" for operation in other if operation not in mine} | known


_FILES = {Sides: "sides.json", GateOptions: "options.json", Problems: "problems.json", Ledger: "ledger.json"}


def write_gate_file(folder: Path, record: Sides | GateOptions | Problems | Ledger) -> None:
    """Write the file of a gate's record into a run folder. Raises OSError."""
    write_document(folder / FOLDER / _FILES[type(record)], record)


def read_sides(folder: Path) -> Sides:
    """Return the sides. Raises RunFileBroken, RunFolderNewer."""
    return read_as(folder / FOLDER / "sides.json", Sides)


def read_options(folder: Path) -> GateOptions:
    """Return the options; the defaults if there is no such file. Raises RunFileBroken, RunFolderNewer."""
    path = folder / FOLDER / "options.json"
    return read_as(path, GateOptions) if path.is_file() else GateOptions()


def read_problems(folder: Path) -> tuple[Problem, ...]:
    """Return the problems: a list, or an object with a list of problems. Raises RunFileBroken, RunFolderNewer."""
    path = folder / FOLDER / "problems.json"
    if not path.is_file():
        return ()
    document = read_json(path)
    content = format_1.problems(document) if isinstance(document, list) else read_document(path)
    return convert(path, content, Problems).problems


def read_ledger(folder: Path) -> Ledger | None:
    """Return the counters of a run of the gate; None if it counted nothing. Raises RunFileBroken, RunFolderNewer."""
    path = folder / FOLDER / "ledger.json"
    return read_as(path, Ledger) if path.is_file() else None
