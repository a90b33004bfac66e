"""The README keeps its word: its commands exist, and its links lead somewhere."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from taskgauge.suites.cli.main import taskgauge

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(?:console|sh)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
COMMANDS = [line.removeprefix("$ ").partition("  #")[0].strip() for block in BLOCKS for line in block.splitlines()]
OURS = [command for command in COMMANDS if command.startswith("taskgauge ")]


def test_there_are_commands() -> None:
    """The README shows how both the main job and the tests are run."""
    sessions = {match for command in COMMANDS for match in re.findall(r"nox -s (\w+)", command)}

    assert {"bench", "tests"} <= sessions


@pytest.mark.parametrize("command", OURS)
def test_shown_options_exist(command: str) -> None:
    """Every option that the README shows is one the command has."""
    words = shlex.split(command)[1:]
    shown = {word.partition("=")[0] for word in words if word.startswith("--")}

    known = (
        CliRunner().invoke(taskgauge, [words[0], "--help"]).output if words[0] in taskgauge.commands else "--version"
    )

    assert set() == {option for option in shown if option not in known}


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!https?:)([^)#]+)\)", README))))
def test_links_lead_somewhere(link: str) -> None:
    """Every relative link is a file or folder of the project."""
    assert (ROOT / link).exists()


def test_the_report_has_its_place() -> None:
    """The verdicts of a real run stand between markers that a command fills."""
    assert README.index("<!-- verdicts: begin -->") < README.index("<!-- verdicts: end -->")


def test_exit_codes_are_listed() -> None:
    """Each exit code of the command is explained."""
    listed = re.findall(r"^\| (\d+) \|", README, re.MULTILINE)

    assert ["0", "1", "2", "3", "4", "5", "130", "143"] == listed
