"""The verdict of a gate in words: for a terminal, as Markdown, as annotations of GitHub, as JSON."""

from pathlib import Path
from typing import Literal

from taskgauge.reports.gate.judged import Judged

type Form = Literal["terminal", "markdown", "annotations", "json"]


def render(judged: Judged, form: Form) -> str:
    """Return the report in one form; `markdown` is also what `$GITHUB_STEP_SUMMARY` takes."""
    raise NotImplementedError(judged, form)


def write(judged: Judged) -> Path:
    """Write gate.json, report.md and report.html into the run folder, and return it. Raises ReportNotWritable."""
    raise NotImplementedError(judged)
