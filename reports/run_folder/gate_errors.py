"""The errors that only the run folder of a gate can have."""

from pathlib import Path

from taskgauge.reports.run_folder.errors import ReportError


class NotAGateRun(ReportError):
    """A run folder has none of a gate's files."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is not a run of the gate: it has no gate/sides.json; make one with `taskgauge gate`.")


class PairsDoNotCompare(ReportError):
    """Lines of duet.jsonl contradict each other, so their ratios mean nothing."""

    def __init__(self, path: Path, fact: str) -> None:
        super().__init__(f"{path}: {fact}; such pairs cannot be compared: run the gate again.")


class NothingToCalibrate(ReportError):
    """There are too few pairs of base against base."""

    def __init__(self, path: Path, count: int, needed: int) -> None:
        super().__init__(
            f"{path} has {count} pairs of base against base, and needs {needed}; run `taskgauge gate --calibrate`."
        )


class CalibrationNotAlone(ReportError):
    """The command names a calibration together with other runs."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is a calibration of the gate, which cannot be combined with other runs; report on it alone."
        )


class LedgerFileMissing(ReportError):
    """The ledger file does not exist."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} does not exist; make it with `taskgauge ledger --update`, and commit it.")


class LedgerKeyMissing(ReportError):
    """The ledger has no entry for this Python, Django and backend."""

    def __init__(self, path: Path, key: str) -> None:
        super().__init__(
            f"{path} has no entry for {key}; add it with `taskgauge ledger --update`, and commit the file."
        )
