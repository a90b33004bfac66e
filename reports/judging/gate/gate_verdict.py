"""The verdict of a gate, and the rows that it rests on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal

from taskgauge.reports.judging.conformance.checked_targets import Checked
from taskgauge.reports.judging.gate.decision import Finding
from taskgauge.reports.judging.gate.trust import Check
from taskgauge.reports.run_folder.gate_files import Sides
from taskgauge.reports.run_folder.run_file import PartRecord


class GateVerdict(StrEnum):
    """The verdicts of a gate."""

    PASSED = "PASS"
    REGRESSION = "REGRESSION"
    INCONCLUSIVE = "INCONCLUSIVE"
    NOTHING_MEASURED = "NOTHING MEASURED"
    FAILED = "FAILED"


type RowVerdict = Literal["REGRESSION", "FAILED", "INCONCLUSIVE", "CHANGED", "KNOWN", "IMPROVEMENT", "PASS"]

WORST_FIRST: tuple[RowVerdict, ...] = (
    "REGRESSION", "FAILED", "INCONCLUSIVE", "CHANGED", "KNOWN", "IMPROVEMENT", "PASS",
)  # fmt: skip

THE_OPERATION = "the operation"
"""The measure of a row on an operation that one side lacks."""
_CODES = {
    GateVerdict.PASSED: 0,
    GateVerdict.REGRESSION: 1,
    GateVerdict.INCONCLUSIVE: 0,
    GateVerdict.FAILED: 4,
    GateVerdict.NOTHING_MEASURED: 5,
}
_INCONCLUSIVE_STRICT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRow:
    """One line of the table: what was compared, and how it came out.

    `measure` is `time`, a counter of the ledger, a requirement, or what went wrong; `estimate`, `interval` and `margin`
    are words; `details` name what is new or vanished; `command` repeats the row alone, and is empty where none does.
    `size` orders rows of the same verdict: the larger the worse.
    """

    part: Literal["duet", "ledger", "conformance", "problem"]
    operation: str
    measure: str
    verdict: RowVerdict
    estimate: str = ""
    interval: str = ""
    margin: str = ""
    details: tuple[str, ...] = ()
    command: str = ""
    size: float = 0.0
    ratio: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The result of a run of the gate: one sentence, and the rows, worst first."""

    verdict: GateVerdict
    sentence: str
    rows: tuple[GateRow, ...]
    folder: Path
    sides: Sides | None = None
    findings: tuple[Finding, ...] = ()
    checks: tuple[Check, ...] = ()
    notes: tuple[str, ...] = ()
    checked: tuple[Checked, ...] = ()
    parts: tuple[PartRecord, ...] = ()
    provenance: dict[str, object] = field(default_factory=dict)

    def of(self, *verdicts: RowVerdict) -> tuple[GateRow, ...]:
        """Return the rows with one of these verdicts."""
        return tuple(row for row in self.rows if row.verdict in verdicts)

    def exit_code(self, strict: bool) -> int:
        """Return the exit code of the `taskgauge` command: 0, 1, 3 (strict, and inconclusive), 4 or 5."""
        if strict and self.verdict is GateVerdict.INCONCLUSIVE:
            return _INCONCLUSIVE_STRICT
        return _CODES[self.verdict]


def worst_first(rows: Sequence[GateRow]) -> tuple[GateRow, ...]:
    """Return the rows in the order of the table."""
    return tuple(sorted(rows, key=lambda row: (WORST_FIRST.index(row.verdict), -row.size)))
