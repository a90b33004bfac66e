"""A comment on a pull request, made from the artifact of a gate's run; the artifact is not trusted.

`python -m taskgauge.reports.gate.comment gate.zip --commit SHA --run ADDRESS` prints Markdown. The author of the pull
request can forge the whole artifact, but the comment is posted under another name. So this module reads one file of
it, up to a limit of size, by its schema, and prints its texts in a fence, where links, images and mentions do nothing.
"""

import argparse
import json
import re
import sys
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import msgspec
from tabulate import tabulate

from taskgauge.reports.judging.gate.gate_verdict import GateVerdict, RowVerdict
from taskgauge.reports.rendering.markdown import fenced
from taskgauge.reports.run_folder import format_1
from taskgauge.reports.run_folder.errors import ReportError

MARKER = "<!-- taskgauge-gate -->"
"""The first line of the comment; the workflow finds an earlier comment by it."""
FILE = "gate.json"
_LARGEST = 2_000_000
"""Bytes of the file that are read at most."""
_ROWS = 25
_SENTENCE = 400
_CELL = 44
_COMMIT = re.compile(r"[0-9a-f]{40}")
_RUN = re.compile(r"https://[A-Za-z0-9.-]+/[A-Za-z0-9._-]+/[A-Za-z0-9._-]+/actions/runs/[0-9]+")


class ArtifactUnusable(ReportError):
    """The artifact was not written by a gate's run."""

    def __init__(self, path: Path, fact: str) -> None:
        super().__init__(f"{path}: {fact}; the comment shows nothing of it.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRow:
    """The part of a row that the comment shows."""

    operation: str
    measure: str
    verdict: RowVerdict
    estimate: str = ""
    interval: str = ""
    margin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The part of `gate.json` that the comment shows."""

    verdict: GateVerdict
    sentence: str
    rows: tuple[ShownRow, ...] = ()


def read_artifact(path: Path) -> Shown | None:
    """Return the verdict of a zipped run folder; None if it has no verdict. Raises ArtifactUnusable."""
    try:
        with zipfile.ZipFile(path) as archive:
            if FILE not in archive.namelist():
                return None
            with archive.open(FILE) as file:
                content = file.read(_LARGEST + 1)
    except (OSError, EOFError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
        raise ArtifactUnusable(path, f"it cannot be unpacked ({type(error).__name__})") from error
    if len(content) > _LARGEST:
        raise ArtifactUnusable(path, f"its {FILE} is too large")
    try:
        return msgspec.convert(_current(json.loads(content)), Shown)
    except (ValueError, RecursionError) as error:
        raise ArtifactUnusable(path, f"its {FILE} does not match its schema ({type(error).__name__})") from error


def _current(content: object) -> object:
    """Return a verdict in today's words: the artifact may come from a branch with an older Taskgauge."""
    if isinstance(content, dict) and isinstance(rows := content.get("rows"), list):
        return content | {"rows": [format_1.operation(row) for row in rows]}
    return content


def comment(shown: Shown | None, commit: str, run: str) -> str:
    """Return the comment as Markdown; `commit` and `run` (an address) come from GitHub itself.

    Raises ValueError for a text that is not a commit, or not the address of a run.
    """
    if not _COMMIT.fullmatch(commit) or not _RUN.fullmatch(run):
        raise ValueError(f"{commit!r} is not a commit, or {run!r} is not the address of a run")
    verdict = shown.verdict if shown else "no verdict"
    head = f"{MARKER}\n**Taskgauge gate: {verdict}** for {commit[:12]}; [the whole run]({run})."
    return f"{head}\n\n{fenced(_text(shown))}\n" if shown else f"{head}\n"


def _text(shown: Shown) -> str:
    rows = [row for row in shown.rows if row.verdict != "PASS"]
    lines = [_plain(shown.sentence, _SENTENCE)]
    if rows:
        cells = [
            [
                _plain(cell, _CELL)
                for cell in (row.operation, row.measure, row.estimate, row.interval, row.margin, row.verdict)
            ]
            for row in rows[:_ROWS]
        ]
        headers = ("Operation or target", "Measure", "Head against base", "Interval", "Margin", "Verdict")
        lines += ["", tabulate(cells, headers=headers, disable_numparse=True)]
    if len(rows) > _ROWS:
        lines += ["", f"{len(rows) - _ROWS} more rows are in the run."]
    if passed := len(shown.rows) - len(rows):
        lines += ["", f"Rows that pass: {passed}."]
    return "\n".join(lines)


def _plain(text: str, longest: int) -> str:
    """Return a line of printable characters, cut if it is too long."""
    line = "".join(letter if letter.isprintable() else " " for letter in text[: 4 * longest])
    line = " ".join(line.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def main(arguments: list[str] | None = None) -> int:
    """Print the comment and return 0, or print an error in one line and return 2."""
    parser = argparse.ArgumentParser(prog="taskgauge.reports.gate.comment", description=__doc__)
    parser.add_argument("artifact", type=Path)
    parser.add_argument("--commit", required=True)
    parser.add_argument("--run", required=True)
    options = parser.parse_args(arguments)
    try:
        shown = read_artifact(options.artifact) if options.artifact.exists() else None
        sys.stdout.write(comment(shown, options.commit, options.run))
    except (ReportError, ValueError) as error:
        sys.stderr.write(f"taskgauge: {error}\n")
        return 2
    return 0
