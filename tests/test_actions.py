"""The actions for workflows: what their steps do with what they are given, run as GitHub runs them."""

import os
import re
import subprocess
from pathlib import Path
from textwrap import dedent

import pytest

ACTIONS = Path(__file__).parents[1] / ".github" / "actions"
BASH = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")
_STEP = re.compile(r"^ +run: (?:\|\n((?: {8}.*\n|\n)+)|(.+)\n)", re.MULTILINE)


def steps(action: str) -> list[str]:
    """Return the scripts of an action's steps."""
    text = (ACTIONS / action / "action.yml").read_text()
    return [dedent(block or line) for block, line in _STEP.findall(text)]


def run(action: str, number: int, folder: Path, **given: str) -> list[list[str]]:
    """Run one step with commands that only say how they were called; return that, word by word."""
    commands = folder / "commands"
    commands.mkdir()
    for name in ("taskgauge", "python"):
        (commands / name).write_text(f"#!/bin/sh\nprintf '%s\\n' {name} \"$@\" end >> {folder / 'called'}\n")
        (commands / name).chmod(0o755)
    environment = {
        "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
        "RUNNER_TEMP": str(folder),
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_ACTION_PATH": str(ACTIONS / action),
    }
    subprocess.run([*BASH, steps(action)[number]], env=environment | given, cwd=folder, check=True)
    return [call.split("\n") for call in (folder / "called").read_text().removesuffix("\nend\n").split("\nend\n")]


INPUTS = dict.fromkeys(("BASE", "HEAD", "TARGETS", "PARTS", "MARGINS", "STRICT", "REQUIREMENT"), "")
GIVEN = ["a b", "a\nb\n", "  a\n\n  b  "]


@pytest.mark.parametrize("given", GIVEN)
def test_the_gate_takes_each_target_part_and_margin(given: str, tmp_path: Path) -> None:
    """On one line or on several, as YAML's block has them."""
    [call] = run("gate", 1, tmp_path, **INPUTS | {"TARGETS": given, "PARTS": given, "MARGINS": given})

    words = ["--target", "--part", "--margin"]
    assert call[4:] == [each for word in words for each in (word, "a", word, "b")]


def test_the_gate_takes_none(tmp_path: Path) -> None:
    """What is not given is not asked for, and no file's name is taken for a star."""
    (tmp_path / "file").touch()
    [call] = run("gate", 1, tmp_path, **INPUTS | {"TARGETS": "*"})

    assert call == ["taskgauge", "gate", "--out", str(tmp_path / "taskgauge-gate"), "--target", "*"]


@pytest.mark.parametrize("given", GIVEN)
def test_conformance_takes_each_target(given: str, tmp_path: Path) -> None:
    """Likewise."""
    [call] = run("conformance", 1, tmp_path, **INPUTS | {"TARGETS": given})

    assert call[:4] == ["taskgauge", "conformance", "a", "b"]


@pytest.mark.parametrize("action", ["gate", "conformance"])
def test_what_is_installed(action: str, tmp_path: Path) -> None:
    """The Taskgauge of the very ref that the action is taken from, unless another is asked for."""
    [call] = run(action, 0, tmp_path, **INPUTS)
    assert call[:-1] == ["python", "-m", "pip", "install"]
    assert (Path(call[-1]).resolve() / "pyproject.toml").samefile(ACTIONS.parents[1] / "pyproject.toml")

    (tmp_path / "other").mkdir()
    [call] = run(action, 0, tmp_path / "other", **INPUTS | {"REQUIREMENT": "taskgauge==0.1"})
    assert call[-1] == "taskgauge==0.1"
