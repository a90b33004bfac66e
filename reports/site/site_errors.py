"""The errors of building a site."""

from collections.abc import Sequence
from pathlib import Path

from taskgauge.reports.run_folder.errors import ReportError


class NoResults(ReportError):
    """A run folder has neither verdicts nor measurements."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} has no results: nothing was checked or measured; leave it out, or run again.")


class NotForASite(ReportError):
    """A run compares two sides, which a site does not show."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is a run of the gate, which a site does not show; leave it out.")


class TargetTwice(ReportError):
    """A run folder has two files of the same target."""

    def __init__(self, path: Path, target: str) -> None:
        super().__init__(f"{path} has two files of the target {target}; remove one of them.")


class RunTwice(ReportError):
    """Two run folders have the same start and commit."""

    def __init__(self, path: Path, first: Path, name: str) -> None:
        super().__init__(
            f"{path} is the run {name}, as {first} is; give a run once; `taskgauge merge` joins the jobs of a run."
        )


class NotASite(ReportError):
    """The folder for a site holds other files."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is no site and not empty; choose a new folder, or that of an earlier site.")


class NoRunLeft(ReportError):
    """No run folder could be read, or one of them could not and all were needed."""

    def __init__(self, problems: Sequence[str], *, strict: bool) -> None:
        why = "--strict needs every run folder" if strict and problems else "no run folder can be shown"
        super().__init__(f"No site was built: {why}.")
        self.problems = tuple(problems)
