"""What can be wrong with the run folder of a gate, beside what can be with any."""

from pathlib import Path

from taskgauge.reports.run_folder.errors import ReportError


class NotAGateRun(ReportError):
    """The run folder is there, and holds none of a gate's files."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is no run of the gate: it has no gate/sides.json; make one with `taskgauge gate`.")


class PairsDoNotCompare(ReportError):
    """Lines of duet.jsonl contradict each other, so that no ratio of them means anything."""

    def __init__(self, path: Path, fact: str) -> None:
        super().__init__(f"{path}: {fact}; such pairs cannot be compared: run the gate again.")


class NothingToCalibrate(ReportError):
    """There are too few pairs of base against base."""

    def __init__(self, path: Path, found: int, needed: int) -> None:
        super().__init__(
            f"{path} has {found} pairs of base against base, and needs {needed}; run `taskgauge gate --calibrate`."
        )


class CalibrationNotAlone(ReportError):
    """A calibration was named beside other runs."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is a calibration of the gate, which is no run beside others; report on it alone.")


class LedgerFileMissing(ReportError):
    """There is no ledger to compare with."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} does not exist; make it with `taskgauge ledger --update`, and commit it.")


class LedgerKeyMissing(ReportError):
    """The ledger has nothing on this Python, Django and backend."""

    def __init__(self, path: Path, key: str) -> None:
        super().__init__(f"{path} has nothing on {key}; add it with `taskgauge ledger --update`, and commit the file.")
