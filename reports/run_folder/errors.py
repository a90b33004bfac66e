"""The errors of reading run folders and of writing reports."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any


class ReportError(Exception):
    """A fault that the user can correct; the text is one line and says how."""


class RunFolderNotFound(ReportError):
    """The path of a run folder does not exist."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} does not exist; give a run folder, such as .taskgauge/latest.")


class NotARunFolder(ReportError):
    """The path holds no run.json."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is not a run folder: it has no run.json; "
            "make one with `taskgauge bench` or `taskgauge conformance`."
        )


class RunFolderNewer(ReportError):
    """A file has a format that only a later version understands."""

    def __init__(self, path: Path, number: object, known: int) -> None:
        super().__init__(
            f"{path} has format {number}, this version reads up to {known}; upgrade taskgauge to read this run."
        )


class RunFolderCutShort(ReportError):
    """A part is recorded as finished but has no measurements."""

    def __init__(self, path: Path, part: str) -> None:
        super().__init__(f"{path} is missing although part {part} finished; copy the whole run folder, or bench again.")


class RunFileBroken(ReportError):
    """A file is cut short, was edited, or was not written by Taskgauge."""

    def __init__(self, path: Path, fact: str, before: Sequence[Any] = ()) -> None:
        super().__init__(f"{path} cannot be read: {fact}; restore the file, or run again.")
        self.path = path
        self.before = before
        """The records before the fault."""


class PartUnknown(ReportError):
    """A run folder has a part that no registry declares."""

    def __init__(self, path: Path, part: str, known: Iterable[str]) -> None:
        super().__init__(
            f"{path} has the part {part!r}, which no registry declares (known: {', '.join(known)}); "
            "upgrade taskgauge, or add the part to reports/run_folder/declarations.py."
        )


class MetricUnknown(ReportError):
    """A run folder has a metric that no registry declares."""

    def __init__(self, path: Path, part: str, metric: str) -> None:
        super().__init__(
            f"{path} has the metric {metric!r} of part {part}, which no registry declares; "
            "upgrade taskgauge, or add the metric to reports/run_folder/declarations.py."
        )


class SampleTwice(ReportError):
    """Two samples have the same key, so a report would lose one of them."""

    def __init__(self, path: Path, part: str, metric: str, key: str) -> None:
        super().__init__(
            f"{path} has two samples of {metric} of part {part} with one key ({key}); "
            "remove one of them, or measure again into a new run folder."
        )


class TraceTwice(ReportError):
    """Two sessions have the same key, so a run folder would lose one of them."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is there already: two sessions have the same target, workload and repetition; "
            "measure each of them once, or into a new run folder."
        )


class ReportNotWritable(ReportError):
    """A report cannot be written to its folder."""

    def __init__(self, path: Path, fact: str) -> None:
        super().__init__(f"{path} cannot be written: {fact}; make it writable, or choose another folder.")


class NothingToReport(ReportError):
    """The command names no run folder."""

    def __init__(self) -> None:
        super().__init__("No run folder was given; name at least one, such as .taskgauge/latest.")


class ReadmeMarkersMissing(ReportError):
    """A document has no markers for the tables of a report."""

    def __init__(self, path: Path, begin: str, end: str) -> None:
        super().__init__(f"{path} needs one line `{begin}` and, below it, one line `{end}`; add them and try again.")


class ClaimBroken(ReportError):
    """The table of claims contradicts itself."""

    def __init__(self, path: Path, fact: str) -> None:
        super().__init__(f"{path}: {fact}; correct the claim.")
