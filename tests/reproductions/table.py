"""The table of `README.md`: each script with its targets, its rows, and what the last run saw."""

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from reproductions.run import Result, Run
from reproductions.script import ROOT, Script

README = ROOT / "README.md"
_MARKS = re.compile(r"(?s)(<!-- scripts: begin -->\n).*(<!-- scripts: end -->)")
_WORDS = {Result.SHOWN: "shown", Result.GONE: "not shown", Result.NOT_RUN: "not run"}


def write_table(runs: Iterable[Run], day: date, readme: Path = README) -> None:
    """Write the table of the runs of a day into a README."""
    text = readme.read_text(encoding="utf-8")
    lines = ["| Script | Target | Rows | Versions | Date | Result |", "|---|---|---|---|---|---|"]
    lines += [_line(run, day) for run in sorted(runs, key=lambda run: (run.script.name, run.target))]
    readme.write_text(_MARKS.sub(lambda marks: "\n".join([f"{marks[1]}", *lines, f"\n{marks[2]}"]), text), "utf-8")


def targets_in(readme: Path = README) -> set[tuple[str, str]]:
    """Return the pairs of script and target that a README lists."""
    return set(re.findall(r"(?m)^\| \[(.+?)\]\(.+?\): .+? \| (.+?) \|", readme.read_text(encoding="utf-8")))


def pairs_of(scripts: Iterable[Script]) -> set[tuple[str, str]]:
    """Return the pairs of script and target of scripts."""
    return {(script.name, target) for script in scripts for target in script.targets}


def _line(run: Run, day: date) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in sorted(run.versions.items()))
    link = f"[{run.script.name}]({run.script.name}.py): {run.script.summary}"
    rows = ", ".join(run.script.requirements)
    return f"| {link} | {run.target} | {rows} | {versions} | {day} | {_WORDS[run.result]} |"
