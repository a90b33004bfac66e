"""A run folder of the gate as one record, with the counters and targets of both sides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from taskgauge.reports.run_folder.duet_pairs import DUET, Pair, read_pairs
from taskgauge.reports.run_folder.errors import NotARunFolder, RunFileBroken, RunFolderNotFound
from taskgauge.reports.run_folder.gate_errors import NotAGateRun
from taskgauge.reports.run_folder.gate_files import (
    FOLDER,
    GateOptions,
    Ledger,
    Problem,
    Sides,
    read_ledger,
    read_options,
    read_problems,
    read_sides,
)
from taskgauge.reports.run_folder.run_file import PartRecord, as_run, read_provenance, start_day
from taskgauge.reports.run_folder.target_results import FOLDER as CONFORMANCE
from taskgauge.reports.run_folder.target_results import TargetResults, read_target

AGAIN = "again"
"""The folder of the targets that were checked a second time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SideTargets:
    """The targets that were checked on both sides."""

    base: tuple[TargetResults, ...] = ()
    head: tuple[TargetResults, ...] = ()
    base_again: tuple[TargetResults, ...] = ()
    head_again: tuple[TargetResults, ...] = ()
    """The targets that were checked again, one side after the other, since head seemed to break what base keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFolder:
    """The whole content of a gate's run folder; `sides` is None only if a problem says why there are no sides."""

    folder: Path
    provenance: Mapping[str, object]
    day: date
    parts: tuple[PartRecord, ...]
    problems: tuple[Problem, ...]
    sides: Sides | None
    options: GateOptions
    pairs: tuple[Pair, ...]
    ledger: Ledger | None
    targets: SideTargets


def read_gate_folder(folder: Path) -> GateFolder:
    """Return a run of the gate, finished or not.

    Raises RunFolderNotFound, NotARunFolder, NotAGateRun, RunFileBroken, RunFolderNewer and PairsDoNotCompare.
    """
    file = folder / "run.json"
    if not folder.exists():
        raise RunFolderNotFound(folder)
    if not (folder / FOLDER).is_dir():
        raise NotAGateRun(folder) if file.is_file() else NotARunFolder(folder)
    provenance = read_provenance(folder)
    problems = read_problems(folder)
    try:
        day = start_day(provenance.get("started"))
    except ValueError as error:
        raise RunFileBroken(file, "it does not say when the run started") from error
    return GateFolder(
        folder=folder,
        provenance=provenance,
        day=day,
        parts=tuple(as_run(folder, provenance).parts),
        problems=problems,
        sides=_sides(folder, problems),
        options=read_options(folder),
        pairs=read_pairs(folder / DUET),
        ledger=read_ledger(folder),
        targets=_targets(folder / FOLDER / CONFORMANCE),
    )


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
