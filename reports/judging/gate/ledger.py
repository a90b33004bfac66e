"""The ledger of a gate: what both sides counted, read from `gate/ledger.json`, and what differs."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from taskgauge.reports.run_folder.counters import Counted, Difference, compare, in_neither, only_in
from taskgauge.reports.run_folder.gate_files import FOLDER, Name, SideName, read_as


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
class Compared:
    """One verb on both sides: what differs, and the counters that only base has, only head has, and neither has."""

    verb: str
    differences: tuple[Difference, ...]
    gone: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    neither: tuple[str, ...] = ()


def read_ledger(folder: Path) -> Ledger | None:
    """Return what a run of the gate counted; None where it counted nothing. Raises RunFileBroken, RunFolderNewer."""
    path = folder / FOLDER / "ledger.json"
    return read_as(path, Ledger) if path.is_file() else None


def compare_sides(ledger: Ledger) -> Iterator[Compared]:
    """Yield each verb that both sides have."""
    for verb, base in ledger.base.items():
        if (head := ledger.head.get(verb)) is not None:
            yield Compared(
                verb=verb,
                differences=compare(base, head),
                gone=only_in(base, head),
                new=only_in(head, base),
                neither=in_neither(base, head),
            )
