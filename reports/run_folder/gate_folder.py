"""A run folder of the gate as one record, with what both sides counted and checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from taskgauge.reports.run_folder.counters import Counted
from taskgauge.reports.run_folder.duet_pairs import DUET, Pair, read_pairs
from taskgauge.reports.run_folder.errors import NotARunFolder, RunFileBroken, RunFolderNotFound
from taskgauge.reports.run_folder.gate_errors import NotAGateRun
from taskgauge.reports.run_folder.gate_files import (
    FOLDER,
    GateOptions,
    Name,
    Problem,
    SideName,
    Sides,
    convert,
    read_as,
    read_options,
    read_problems,
    read_sides,
)
from taskgauge.reports.run_folder.records import Part, read_parts, start_day
from taskgauge.reports.run_folder.samples import read_document
from taskgauge.reports.run_folder.target_results import FOLDER as CONFORMANCE
from taskgauge.reports.run_folder.target_results import Target, read_target

AGAIN = "again"
"""The folder of the targets that were checked once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The counters of both sides by verb; `missing` has the verbs that a side lacks, with a reason if known."""

    base: dict[Name, Counted] = field(default_factory=dict)
    head: dict[Name, Counted] = field(default_factory=dict)
    missing: dict[SideName, dict[str, str] | tuple[str, ...]] = field(default_factory=dict)

    def lacks(self, side: SideName) -> dict[str, str]:
        """Return the verbs that a side lacks, each with a reason; empty where none is given."""
        said = self.missing.get(side, ())
        known = dict(said) if isinstance(said, dict) else dict.fromkeys(said, "")
        mine, other = (self.base, self.head) if side == "base" else (self.head, self.base)
        return {verb: "" for verb in other if verb not in mine} | known


@dataclass(frozen=True, slots=True, kw_only=True)
class SideTargets:
    """The targets that were checked on both sides."""

    base: tuple[Target, ...] = ()
    head: tuple[Target, ...] = ()
    base_again: tuple[Target, ...] = ()
    head_again: tuple[Target, ...] = ()
    """Those that were checked once more, one side after the other, since head seemed to break what base keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFolder:
    """Everything that a run of the gate left behind; `sides` is None only where a problem says why there are none."""

    folder: Path
    provenance: Mapping[str, object]
    day: date
    parts: tuple[Part, ...]
    problems: tuple[Problem, ...]
    sides: Sides | None
    options: GateOptions
    pairs: tuple[Pair, ...]
    ledger: Ledger | None
    targets: SideTargets


def read_gate_folder(folder: Path) -> GateFolder:
    """Read a run of the gate, whatever it came to.

    Raises RunFolderNotFound, NotARunFolder, NotAGateRun, RunFileBroken, RunFolderNewer and PairsDoNotCompare.
    """
    file = folder / "run.json"
    if not folder.exists():
        raise RunFolderNotFound(folder)
    if not (folder / FOLDER).is_dir():
        raise NotAGateRun(folder) if file.is_file() else NotARunFolder(folder)
    provenance = convert(file, dict(read_document(file)), dict[str, object])
    problems = read_problems(folder)
    try:
        day = start_day(provenance)
    except ValueError as error:
        raise RunFileBroken(file, "it does not say when the run started") from error
    return GateFolder(
        folder=folder,
        provenance=provenance,
        day=day,
        parts=tuple(read_parts(file, provenance)),
        problems=problems,
        sides=_sides(folder, problems),
        options=read_options(folder),
        pairs=read_pairs(folder / DUET),
        ledger=read_ledger(folder),
        targets=_targets(folder / FOLDER / CONFORMANCE),
    )


def read_ledger(folder: Path) -> Ledger | None:
    """Return what a run of the gate counted; None where it counted nothing. Raises RunFileBroken, RunFolderNewer."""
    path = folder / FOLDER / "ledger.json"
    return read_as(path, Ledger) if path.is_file() else None


def _sides(folder: Path, problems: Sequence[Problem]) -> Sides | None:
    if not (folder / FOLDER / "sides.json").is_file() and any(problem.part == "sides" for problem in problems):
        return None
    return read_sides(folder)


def _targets(top: Path) -> SideTargets:
    base, head, base_again, head_again = (
        tuple(read_target(path) for path in sorted((place / side).glob("*.json")))
        for place in (top, top / AGAIN)
        for side in ("base", "head")
    )
    return SideTargets(base=base, head=head, base_again=base_again, head_again=head_again)
