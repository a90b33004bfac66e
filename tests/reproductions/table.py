"""The table of `README.md`: each script with its targets, its rows, and what the last run saw."""

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from reproductions.run import Result, Run
from reproductions.script import ROOT, Script

README = ROOT / "README.md"
_MARKS = re.compile(r"(?s)(<!-- scripts: begin -->\n).*(<!-- scripts: end -->)")
_HEAD = "| Script | Target | Rows | Versions | Date | Result |\n|---|---|---|---|---|---|"
_WORDS = {Result.SHOWN: "shown", Result.GONE: "not shown", Result.NOT_RUN: "not run"}


def write_table(runs: Iterable[Run], scripts: Iterable[Script], day: date, readme: Path = README) -> None:
    """Write the runs of a day into the table of a README, which keeps the last line of each other script and target."""
    text = readme.read_text(encoding="utf-8")
    lines = {
        (script.name, target): _beginning(script, target) + "- | - | not run |"
        for script in scripts
        for target in script.targets
    }
    lines |= {pair: line for pair, line in _lines_of(text).items() if pair in lines}
    lines |= {(run.script.name, run.target): _line(run, day) for run in runs}
    table = [_HEAD, *(lines[pair] for pair in sorted(lines))]
    readme.write_text(_MARKS.sub(lambda marks: "\n".join([marks[1], *table, f"\n{marks[2]}"]), text), "utf-8")


def targets_in(readme: Path = README) -> set[tuple[str, str]]:
    """Return the pairs of script and target that a README lists."""
    return set(_lines_of(readme.read_text(encoding="utf-8")))


def pairs_of(scripts: Iterable[Script]) -> set[tuple[str, str]]:
    """Return the pairs of script and target of scripts."""
    return {(script.name, target) for script in scripts for target in script.targets}


def _line(run: Run, day: date) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in sorted(run.versions.items()))
    return f"{_beginning(run.script, run.target)}{versions} | {day} | {_WORDS[run.result]} |"


def _beginning(script: Script, target: str) -> str:
    link = f"[{script.name}]({script.name}.py): {script.summary}"
    return f"| {link} | {target} | {', '.join(script.requirements)} | "


def _lines_of(text: str) -> dict[tuple[str, str], str]:
    """Return the lines of a table by script and target."""
    return {(line[1], line[2]): line[0] for line in re.finditer(r"(?m)^\| \[(.+?)\]\(.+?\): .+? \| (.+?) \|.*$", text)}
