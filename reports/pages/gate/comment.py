"""A comment on a pull request, from the artifact that a gate's run left: the artifact is not believed, only shown.

`python -m taskgauge.reports.gate.comment gate.zip --commit SHA --run ADDRESS` prints Markdown. Whoever opened the pull
request may have written all of the artifact, and the comment is posted in another name. So one file of it is read, up
to a limit, by its schema; what it says is plain text in a fence, where no link, picture or mention comes to life.
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
from taskgauge.reports.run_folder.errors import ReportError

MARKER = "<!-- taskgauge-gate -->"
"""The first line of the comment, by which it is found again."""
FILE = "gate.json"
_LARGEST = 2_000_000
_ROWS = 25
_SENTENCE = 400
_CELL = 44
_COMMIT = re.compile(r"[0-9a-f]{40}")
_RUN = re.compile(r"https://[A-Za-z0-9.-]+/[A-Za-z0-9._-]+/[A-Za-z0-9._-]+/actions/runs/[0-9]+")


class ArtifactUnusable(ReportError):
    """The artifact is not what a gate's run leaves."""

    def __init__(self, path: Path, fact: str) -> None:
        super().__init__(f"{path}: {fact}; nothing of it is shown.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRow:
    """What of a row is shown."""

    verb: str
    measure: str
    verdict: RowVerdict
    estimate: str = ""
    interval: str = ""
    margin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What of `gate.json` is shown."""

    verdict: GateVerdict
    sentence: str
    rows: tuple[ShownRow, ...] = ()


def read_artifact(path: Path) -> Shown | None:
    """Return what a zipped run folder says of its verdict; None where it came to none. Raises ArtifactUnusable."""
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
        return msgspec.convert(json.loads(content), Shown)
    except (ValueError, RecursionError) as error:
        raise ArtifactUnusable(path, f"its {FILE} is not as it should be ({type(error).__name__})") from error


def comment(shown: Shown | None, commit: str, run: str) -> str:
    """Return the comment as Markdown; `commit` and `run` (an address) come from GitHub itself.

    Raises ValueError for a commit or an address that is none.
    """
    if not _COMMIT.fullmatch(commit) or not _RUN.fullmatch(run):
        raise ValueError(f"{commit!r} is no commit, or {run!r} no address of a run")
    verdict = shown.verdict if shown else "no verdict"
    head = f"{MARKER}\n**Taskgauge gate: {verdict}** for {commit[:12]}; [the whole run]({run})."
    return f"{head}\n\n{fenced(_text(shown))}\n" if shown else f"{head}\n"


def _text(shown: Shown) -> str:
    told = [row for row in shown.rows if row.verdict != "PASS"]
    lines = [_plain(shown.sentence, _SENTENCE)]
    if told:
        cells = [
            [
                _plain(cell, _CELL)
                for cell in (row.verb, row.measure, row.estimate, row.interval, row.margin, row.verdict)
            ]
            for row in told[:_ROWS]
        ]
        headers = ("What", "Measure", "Head against base", "Interval", "Margin", "Verdict")
        lines += ["", tabulate(cells, headers=headers, disable_numparse=True)]
    if len(told) > _ROWS:
        lines += ["", f"{len(told) - _ROWS} more are in the run."]
    if passed := len(shown.rows) - len(told):
        lines += ["", f"Rows that pass: {passed}."]
    return "\n".join(lines)


def _plain(text: str, longest: int) -> str:
    """Return one line of printable characters, cut where it is too long."""
    line = "".join(letter if letter.isprintable() else " " for letter in text[: 4 * longest])
    line = " ".join(line.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def main(arguments: list[str] | None = None) -> int:
    """Print the comment; return 0, or 2 with one line on what cannot be used."""
    parser = argparse.ArgumentParser(prog="taskgauge.reports.gate.comment", description=__doc__)
    parser.add_argument("artifact", type=Path)
    parser.add_argument("--commit", required=True)
    parser.add_argument("--run", required=True)
    asked = parser.parse_args(arguments)
    try:
        shown = read_artifact(asked.artifact) if asked.artifact.exists() else None
        sys.stdout.write(comment(shown, asked.commit, asked.run))
    except (ReportError, ValueError) as error:
        sys.stderr.write(f"taskgauge: {error}\n")
        return 2
    return 0
