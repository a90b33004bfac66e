"""The documents keep their word: commands run, options exist, links lead somewhere, and the README is short."""

import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import django
import pytest
from click.testing import CliRunner

from taskgauge.suites.cli.main import taskgauge
from taskgauge.suites.run_control.exit_codes import ExitCode

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOCUMENTS = [
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "reports" / "published").rglob("*.md"))
    if path.name != "CHANGELOG.md"
]
QUICK = ("taskgauge conformance django-immediate", "taskgauge backends")
"""The beginnings of shown commands that take seconds and need nothing else."""


def commands(document: Path) -> dict[str, list[str]]:
    """Return the commands that a document shows, without comments, each with the output shown below it."""
    shown: dict[str, list[str]] = {}
    output: list[str] = []
    for block in re.findall(r"^```(?:console|sh)\n(.*?)^```", document.read_text(), re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                output = shown.setdefault(line.removeprefix("$ ").partition("  #")[0].strip(), [])
            else:
                output.append(line)
    return shown


SHOWN = {(path.name, command): output for path in DOCUMENTS for command, output in commands(path).items()}


def test_there_are_commands() -> None:
    """The README shows how both the main job and the tests are run."""
    sessions = {match for command in commands(README) for match in re.findall(r"nox -s (\w+)", command)}

    assert {"bench", "tests"} <= sessions


@pytest.mark.parametrize(("document", "command"), [key for key in SHOWN if key[1].startswith("taskgauge ")])
def test_shown_options_exist(document: str, command: str) -> None:
    """Every option that a document shows is one the command has."""
    words = shlex.split(command)[1:]
    shown = {word.partition("=")[0] for word in words if word.startswith("--")}

    known = (
        CliRunner().invoke(taskgauge, [words[0], "--help"]).output if words[0] in taskgauge.commands else "--version"
    )

    assert set() == {option for option in shown if option not in known}, document


@pytest.mark.parametrize("command", sorted({command for _, command in SHOWN if command.startswith(QUICK)}))
def test_shown_commands_run(command: str, tmp_path: Path) -> None:
    """A shown command that takes seconds ends well, and prints the lines that are shown below it."""
    code = "from taskgauge.suites.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *shlex.split(command)[1:]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == done.returncode, done.stderr
    if django.VERSION < (6, 1):
        return  # fewer requirements apply, and the documents show the figures of the newest Django
    printed = {" ".join(line.split()) for line in done.stdout.splitlines()}
    shown = [" ".join(line.split()) for (_, name), lines in SHOWN.items() if name == command for line in lines]
    assert [] == [line for line in shown if line != "…" and line not in printed]


@cache
def anchors(path: Path) -> set[str]:
    """Return the anchors that a code host makes of a document's titles."""
    titles = re.findall(r"^#+ (.*)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    """Every relative link is a file or folder of the project, and its anchor one of that document's titles."""
    broken = []
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", document.read_text()):
        name, _, anchor = link.partition("#")
        path = document.parent / name if name else document
        if not path.exists() or (anchor and anchor not in anchors(path)):
            broken.append(link)

    assert [] == broken


def test_the_readme_is_short() -> None:
    """It fits on four screens, and no line or table is too wide for one."""
    lines = README.read_text().splitlines()
    prose = [line for line, code in zip(lines, in_code(lines), strict=True) if not code]

    assert len(lines) <= 200
    assert README.stat().st_size <= 12_000
    assert [] == [line for line in prose if len(line) > (100 if line.startswith("|") else 120)]


def in_code(lines: list[str]) -> list[bool]:
    """Return of each line whether it is part of a fenced block."""
    inside, state = [], False
    for line in lines:
        fence = line.startswith("```")
        inside.append(state or fence)
        state ^= fence
    return inside


def test_exit_codes_are_listed() -> None:
    """Each exit code of the command is explained, and no other."""
    text = (ROOT / "docs" / "exit-codes.md").read_text()

    assert [str(code.value) for code in ExitCode] == re.findall(r"^\| (\d+) \|", text, re.MULTILINE)


def test_each_document_is_linked() -> None:
    """Each page of `docs` is reached from the README, at most by way of another page."""
    reached = {README}
    for document in (*reached, *(ROOT / "docs").glob("*.md"), ROOT / "CONTRIBUTING.md"):
        links = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text())
        reached |= {(document.parent / link).resolve() for link in links}

    assert set() == set((ROOT / "docs").glob("*.md")) - reached
