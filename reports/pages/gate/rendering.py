"""The verdict of a gate in all forms: terminal, Markdown, annotations of GitHub, JSON."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from taskgauge.reports.judging.gate.gate_verdict import GateRow, Judged
from taskgauge.reports.judging.gate.sentences import in_words
from taskgauge.reports.pages.gate.gate_document import document
from taskgauge.reports.rendering.document import FORMAT
from taskgauge.reports.rendering.html import to_html
from taskgauge.reports.rendering.markdown import to_markdown
from taskgauge.reports.rendering.terminal import to_text
from taskgauge.reports.run_folder.documents import write_files

type Form = Literal["terminal", "markdown", "annotations", "json"]

_ANNOTATED = 10
"""The largest number of annotations of a kind that GitHub shows for a step."""
_COMMANDS = {
    "REGRESSION": "error",
    "FAILED": "error",
    "INCONCLUSIVE": "warning",
    "CHANGED": "warning",
    "IMPROVEMENT": "notice",
}


def render(judged: Judged, form: Form) -> str:
    """Return the report in a form; `markdown` also fits `$GITHUB_STEP_SUMMARY`."""
    match form:
        case "terminal":
            return to_text(document(judged, commands_below=True))
        case "markdown":
            return to_markdown(document(judged))
        case "annotations":
            return "".join(f"{line}\n" for line in _annotations(judged))
        case "json":
            return _json(judged)


def files(judged: Judged) -> dict[str, str]:
    """Return the content of each file of a gate's report, by file name."""
    page = document(judged)
    return {"gate.json": _json(judged), "report.md": to_markdown(page), "report.html": to_html(page)}


def write(judged: Judged, out: Path | None = None) -> Path:
    """Write gate.json, report.md and report.html into `out`, or else the run folder, and return that folder.

    Raises ReportNotWritable.
    """
    folder = out or judged.folder
    write_files(folder, files(judged))
    return folder


def _annotations(judged: Judged) -> Iterator[str]:
    """Yield a workflow command for the verdict, and a workflow command for each row that changed."""
    kind = {"PASS": "notice", "INCONCLUSIVE": "warning"}.get(judged.verdict, "error")
    yield annotation(kind, "Taskgauge gate", judged.sentence)
    left = dict.fromkeys(("error", "warning", "notice"), _ANNOTATED)
    left[kind] -= 1
    for row in judged.rows:
        level = _COMMANDS.get(row.verdict)
        if level and left[level]:
            left[level] -= 1
            yield annotation(level, f"Taskgauge gate: {row.verdict}", _message(row))


def _message(row: GateRow) -> str:
    lines = [in_words(row), *row.details]
    return "\n".join([*lines, row.command] if row.command else lines)


def annotation(kind: str, title: str, message: str) -> str:
    """Return a workflow command; its text is escaped, so that it cannot end the command or begin another.

    See https://docs.github.com/actions/reference/workflow-commands-for-github-actions. The escapes are those of
    `escapeData` and `escapeProperty` in actions/toolkit.
    """
    data = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    name = title.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A").replace(":", "%3A").replace(",", "%2C")
    return f"::{kind} title={name}::{data}"


def _json(judged: Judged) -> str:
    content = {
        "format": FORMAT,
        "verdict": judged.verdict.value,
        "sentence": judged.sentence,
        "sides": asdict(judged.sides) if judged.sides else None,
        "rows": [{key: value for key, value in asdict(row).items() if key != "size"} for row in judged.rows],
        "findings": [asdict(finding) for finding in judged.findings],
        "checks": [asdict(check) for check in judged.checks],
        "notes": judged.notes,
    }
    return json.dumps(content, indent=1, allow_nan=False) + "\n"
