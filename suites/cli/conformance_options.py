"""The options of `taskgauge conformance` as the command line has them, and the record of a run with them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from taskgauge.backends.environments.availability import TargetRow
from taskgauge.suites.cli.conformance_targets import SelectedTarget
from taskgauge.suites.run_control.provenance import RunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class ConformanceOptions:
    """The options of `taskgauge conformance`; each field has the name of its parameter in the command line."""

    command: list[str]
    """The words of the whole command, for run.json."""
    targets: Sequence[str]
    requirements: Sequence[str]
    keyword: str
    first: bool
    out: Path | None
    jobs: int | None
    environments: Path | None
    install: bool
    strict: bool

    def record(self, folder: Path, chosen: Iterable[SelectedTarget], left_out: Iterable[TargetRow]) -> RunRecord:
        """Return the record of a new run, with what it leaves out."""
        labels = [target.label for target in chosen]
        asked = {"targets": labels, "requirements": list(self.requirements)}
        record = RunRecord.start(folder, asked, self.command, kind="conformance")
        for row in left_out:
            record.leave_out(f"conformance {row.target}", "; ".join(row.missing))
        return record
