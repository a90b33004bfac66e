"""The workflow that publishes: its list of targets, and the steps that let no target fail the run."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from taskgauge.backends.environments.availability import target_rows

WORKFLOW = Path(__file__).parents[1] / ".github" / "workflows" / "publish.yml"
BASH = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")
SCRIPTS = [
    dedent(text)
    for text in re.findall(r"^ +(?:- )?run: \|\n((?: {10}.*\n)+)", f"{WORKFLOW.read_text()}\n", re.MULTILINE)
]


def script(word: str) -> str:
    """Return the only script with this text."""
    (chosen,) = (text for text in SCRIPTS if word in text)
    return chosen


def run(text: str, folder: Path, commands: dict[str, str], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script where these commands come first on PATH."""
    (folder / "bin").mkdir()
    for name, content in commands.items():
        (folder / "bin" / name).write_text(f"#!/bin/sh\n{content}\n")
        (folder / "bin" / name).chmod(0o755)
    path = os.pathsep.join([str(folder / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        [*BASH, text],
        cwd=folder,
        env={**os.environ, "PATH": path, "GITHUB_OUTPUT": str(folder / "output"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(shutil.which("jq") is None, reason="the list needs jq: apt install jq")
def test_every_target_has_a_job(tmp_path: Path) -> None:
    """The list of jobs has each target of the catalogue once."""
    done = run(script("taskgauge backends"), tmp_path, {})

    assert 0 == done.returncode, done.stderr
    names = json.loads((tmp_path / "output").read_text().removeprefix("targets="))
    assert names == [row.target for row in target_rows()]
    assert len(names) == len(set(names)) > 15


@pytest.mark.parametrize("code", [0, 1, 3, 4, 5])
def test_no_target_fails_its_job(code: int, tmp_path: Path) -> None:
    """Whatever a target does, its job goes on, and warns."""
    fake = {"taskgauge": f'echo "$@" > called; exit {code}'}
    done = run(script("taskgauge conformance"), tmp_path, fake, TARGET="a@redis")

    assert 0 == done.returncode
    assert ("::warning::" in done.stdout) == (code != 0)
    assert (tmp_path / "called").read_text() == "conformance --install --out run a@redis\n"


@pytest.mark.parametrize("merges", [True, False])
def test_the_site_is_built_without_the_jobs_too(merges: bool, tmp_path: Path) -> None:
    """Jobs that cannot be merged are left out with a warning; the site shows the published runs alone."""
    merge = "mkdir merged && touch merged/run.json" if merges else "exit 2"
    fakes = {"taskgauge": merge, "python": 'echo "$@" >> called'}
    done = run(script("taskgauge merge") + script("nox -s publish"), tmp_path, fakes)

    assert 0 == done.returncode, done.stderr
    assert ("::warning::" in done.stdout) == (not merges)
    assert (tmp_path / "called").read_text().splitlines()[-1] == f"-Im nox -s publish --{' merged' if merges else ''}"


def test_only_the_deployment_may_write() -> None:
    """No job but the last has a permission to write, and none has a secret."""
    before, deploy = WORKFLOW.read_text().split("\n  deploy:\n")

    assert ": write" not in before
    assert "permissions: {}" in before
    assert "secrets." not in before + deploy
    assert re.findall(r"(\S+): write", deploy) == ["pages", "id-token"]
