"""Differences between sides that install the same files. No change caused them, so they are no verdict on head."""

from dataclasses import replace

from taskgauge.reports.judging.gate.gate_verdict import GateRow, RowVerdict

_WHY = "both sides install the same files, so no change of head's did it"


def between_alike(row: GateRow) -> GateRow:
    """Return a row as it stands between such sides: open, or failed where something went wrong."""
    if row.verdict not in {"REGRESSION", "CHANGED", "IMPROVEMENT"}:
        return row
    verdict: RowVerdict = "FAILED" if row.part == "problem" else "INCONCLUSIVE"
    return replace(row, verdict=verdict, details=(*row.details, _WHY))
