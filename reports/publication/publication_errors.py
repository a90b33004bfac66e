"""The errors of publishing runs."""

from collections.abc import Sequence
from pathlib import Path

from taskgauge.reports.run_folder.errors import ReportError


class NotForPublication(ReportError):
    """A run cannot be published."""

    def __init__(self, path: Path, fact: str) -> None:
        super().__init__(f"{path} cannot be published: {fact}.")


class NothingPublished(ReportError):
    """No run folder could be published, or one could not and all were needed."""

    def __init__(self, problems: Sequence[str], *, strict: bool) -> None:
        why = "--strict needs every run folder" if strict and problems else "no run folder can be published"
        super().__init__(f"Nothing was published: {why}.")
        self.problems = tuple(problems)
