"""The files of a gate's run folder that are no timings: sides, options, problems."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from taskgauge.reports.run_folder.errors import RunFileBroken
from taskgauge.reports.run_folder.printable import NotFinite, printable
from taskgauge.reports.run_folder.samples import read_document, read_json

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


@dataclass(frozen=True, slots=True, kw_only=True)
class GateOptions:
    """What was asked of the gate; margins are shares, such as 0.05."""

    margin: Share = 0.05
    margins: dict[str, Share] = field(default_factory=dict)
    pairs: int = 10

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
class _Problems:
    problems: tuple[Problem, ...] = ()


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
    found = read_json(path)
    if isinstance(found, list):
        return convert(path, {"problems": found}, _Problems).problems
    return read_as(path, _Problems).problems


def read_as[Kind](path: Path, kind: type[Kind]) -> Kind:
    """Return what a file says. Keys that are not known are left alone. Raises RunFileBroken, RunFolderNewer."""
    return convert(path, dict(read_document(path)), kind)


def convert[Kind](path: Path, document: dict[str, Any], kind: type[Kind]) -> Kind:
    """Return a document as this kind, its texts made printable. Raises RunFileBroken."""
    try:
        return msgspec.convert(printable(document), kind)
    except (NotFinite, msgspec.ValidationError) as error:
        raise RunFileBroken(path, str(error)) from error
