"""The option sets of the pytest plugins: which of them a run is for, and whose options they are."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SETS = ("taskgauge.suites.shapes.option_set", "taskgauge.suites.conformance.plugin")


def run(folder: Path, *arguments: str, plugins: tuple[str, ...] = SETS) -> subprocess.CompletedProcess[str]:
    """Run pytest on a folder with these plugins."""
    words = [word for plugin in plugins for word in ("-p", plugin)]
    return subprocess.run(
        [sys.executable, "-P", "-m", "pytest", "-c", os.devnull, "--rootdir", str(folder), *words, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("prefix", "plugins"), [("--", SETS), ("--taskgauge-", SETS[::-1])])
def test_a_target_chooses_its_set(tmp_path: Path, prefix: str, plugins: tuple[str, ...]) -> None:
    """A run for a target is the conformance suite's, in whichever order the plugins are loaded."""
    asked = (f"{prefix}target=django-dummy", f"{prefix}requirement=ENQ-01", f"{prefix}results={tmp_path / 'run'}")
    done = run(tmp_path, *asked, "--pyargs", "taskgauge.suites.conformance", plugins=plugins)

    assert 0 == done.returncode, done.stdout + done.stderr
    assert (tmp_path / "run" / "conformance" / "django-dummy.json").is_file()


def test_without_a_target_suites_measure(tmp_path: Path) -> None:
    """With both sets loaded and no target, the options of the suites that measure hold."""
    (tmp_path / "test_scale.py").write_text("def test_it(options): assert options.scale.tasks == 123\n")
    done = run(tmp_path, "--tasks=123", "test_scale.py")

    assert 0 == done.returncode, done.stdout + done.stderr


def test_another_plugin_has_the_short_name(tmp_path: Path) -> None:
    """An option of another plugin keeps its name, and the long form is the suite's."""
    (tmp_path / "theirs.py").write_text(
        "def pytest_addoption(parser): parser.getgroup('theirs').addoption('--target', help='of theirs')\n"
        "def pytest_report_header(config): return f\"theirs: {config.getoption('--target')}\"\n"
    )
    asked = ("--target=mine", "--taskgauge-target=django-dummy", "--taskgauge-requirement=ENQ-01")
    done = run(tmp_path, *asked, "--pyargs", "taskgauge.suites.conformance", plugins=("theirs",))

    assert 0 == done.returncode, done.stdout + done.stderr
    assert "theirs: mine" in done.stdout
    assert "passed" in done.stdout.splitlines()[-1]
