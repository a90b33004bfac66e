"""The errors of merging run folders."""

from collections.abc import Sequence
from pathlib import Path

from taskgauge.reports.run_folder.errors import ReportError


class NotComparable(ReportError):
    """Two runs hold figures or verdicts that may not stand side by side."""

    def __init__(self, first: Path, second: Path, fact: str) -> None:
        super().__init__(f"{first} and {second} cannot be merged: {fact}.")


class MeasuredTwice(NotComparable):
    """Two runs measured the same part; its figures compare only within one run on one machine."""

    def __init__(self, first: Path, second: Path, part: str) -> None:
        fact = f"both measured {part}, and figures compare only within one run on one machine; leave one out"
        super().__init__(first, second, fact)


class CheckedTwice(NotComparable):
    """Two runs checked the same target."""

    def __init__(self, first: Path, second: Path, target: str) -> None:
        super().__init__(first, second, f"both checked {target}; leave one out")


class NotForAMerge(ReportError):
    """A run folder is of a kind or a format that cannot be merged."""

    def __init__(self, path: Path, fact: str) -> None:
        super().__init__(f"{path} cannot be merged: {fact}; leave it out.")


class NothingToMerge(ReportError):
    """Fewer than two run folders could be read, or one could not and all were needed."""

    def __init__(self, problems: Sequence[str], *, strict: bool) -> None:
        why = "--strict needs every run folder" if strict and problems else "it takes at least two run folders"
        super().__init__(f"Nothing was merged: {why}.")
        self.problems = tuple(problems)
