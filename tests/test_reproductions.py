"""The scripts of `tests/reproductions`: what they say of themselves, and that each published FAIL has one."""

import ast
import platform
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from packaging.requirements import Requirement

sys.path.insert(0, str(Path(__file__).parent))

from reproductions.accusations import accusations_of, differences, newest_published
from reproductions.run import Result, Run, run
from reproductions.script import HeadIncomplete, Script, all_scripts, read_script
from reproductions.table import pairs_of, targets_in, write_table

from taskgauge.backends.descriptors.reader import CATALOG, load_targets
from taskgauge.reports.run_folder.target_results import RequirementRow, TargetResults, write_target
from taskgauge.reports.run_folder.verdict import Verdict
from taskgauge.suites.conformance.requirements import load_requirements

ROOT = Path(__file__).parents[1]
SCRIPTS = all_scripts()
TARGETS = {target.name for path in CATALOG.glob("*/backend.toml") for target in load_targets(path.parent.name)}
PROGRAM = '''# /// script
# requires-python = ">=3.12"
# dependencies = ["packaging"]
# ///
"""A script of a test.

Targets: huey@redis
Requirements: ENQ-06
Documentation: https://docs.djangoproject.com/en/6.1/ref/tasks/
Sentence: A sentence.
"""

import sys
import time

print("seen")
{}
'''


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_names_what_there_is(script: Script) -> None:
    """Targets are in the catalogue, requirements are MUSTs, and the sentence is of Django's documentation."""
    rows = load_requirements()

    assert set() == set(script.targets) - TARGETS
    assert {"MUST"} == {rows[name].level for name in script.requirements}
    assert script.documentation.startswith("https://docs.djangoproject.com/en/6.1/")
    assert script.summary.endswith(".")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_needs_no_taskgauge(script: Script) -> None:
    """A script imports Python, Django and what it declares, and nothing of Taskgauge or of this folder."""
    nodes = list(ast.walk(ast.parse(script.path.read_text(encoding="utf-8"))))
    imported = {alias.name.partition(".")[0] for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module).partition(".")[0] for node in nodes if isinstance(node, ast.ImportFrom)}

    foreign = imported - set(sys.stdlib_module_names) - {"django"}
    declared = {line.name.replace("-", "_") for line in script.dependencies}
    brought = {"django_tasks", "redis"}  # by django-tasks-rq, and by each backend that stores tasks in Redis
    assert set() == foreign - declared - brought
    assert not {"taskgauge", "reproductions"} & foreign


def test_versions_are_those_of_the_catalogue() -> None:
    """A script requires of a backend what its descriptor requires."""
    lines = {
        line.name: str(line.specifier)
        for path in CATALOG.glob("*/backend.toml")
        for target in load_targets(path.parent.name)
        for line in map(Requirement, target.descriptor.requirements)
        if line.marker is None
    }

    differing = {
        f"{script.name}: {line}"
        for script in SCRIPTS
        for line in script.dependencies
        if line.name in lines and line.name.startswith(("dj", "huey")) and lines[line.name] != str(line.specifier)
    }
    assert set() == differing


def test_the_table_lists_each_script() -> None:
    """The README names each script with each of its targets, and no other."""
    assert pairs_of(SCRIPTS) == targets_in()


def test_each_published_accusation_has_a_script() -> None:
    """Each FAIL and OVERCLAIM of the newest published run has a script, and each script speaks of such a row."""
    folders = newest_published(ROOT / "reports" / "published")
    if not folders:
        pytest.skip("no run folder with verdicts is published")

    assert [] == differences(SCRIPTS, folders[-1])


def test_a_run_renews_its_line_only(tmp_path: Path) -> None:
    """The table keeps the line of each other script, names what never ran, and forgets a script that is gone."""
    script = replace(SCRIPTS[0], targets=("huey@redis", "huey@sqlite"))
    readme = tmp_path / "README.md"
    text = "<!-- scripts: begin -->\n| [gone](gone.py): Gone. | x | | | | |\n<!-- scripts: end -->\n"
    readme.write_text(text, encoding="utf-8")
    runs = [Run(script=script, target=name, result=Result.SHOWN, output="") for name in script.targets]

    write_table(runs[:1], [script], date(2026, 1, 1), readme)
    first = readme.read_text(encoding="utf-8")
    write_table([replace(runs[1], result=Result.GONE)], [script], date(2026, 1, 2), readme)
    second = readme.read_text(encoding="utf-8")

    assert pairs_of([script]) == targets_in(readme)
    assert ["shown", "not run"] == [
        line.split(" | ")[-1].rstrip(" |") for line in first.splitlines() if "huey@" in line
    ]
    assert "2026-01-01 | shown" in second
    assert "2026-01-02 | not shown" in second


def _run_folder(folder: Path, *rows: tuple[str, Verdict]) -> Path:
    made = [RequirementRow(id=name, area=name[:3], level="MUST", sentence="", verdict=word) for name, word in rows]
    facts = {"backend": "x", "framework": "django.tasks", "versions": {"django": "6.1"}, "requirements": tuple(made)}
    (folder / "conformance").mkdir()
    write_target(folder, TargetResults(target="huey@redis", state="finished", **facts))  # type: ignore[arg-type]
    return folder


def test_an_accusation_without_a_script_is_listed(tmp_path: Path) -> None:
    """A FAIL that no script shows is listed, and so is a script about a row that the run does not fail."""
    [script] = [script for script in SCRIPTS if script.name == "huey/result_holds_another_task"]
    folder = _run_folder(tmp_path, ("RES-06", Verdict.FAIL), ("RET-01", Verdict.OVERCLAIM), ("ENQ-06", Verdict.PASS))

    assert {("huey@redis", "RES-06"), ("huey@redis", "RET-01")} == set(accusations_of(folder))
    [missing] = differences([script], folder)
    assert missing.startswith("huey@redis RET-01: no script shows it")
    [*missing, stale] = differences([replace(script, requirements=("ENQ-06",))], folder)
    assert ["huey@redis RES-06", "huey@redis RET-01"] == [line.partition(":")[0] for line in missing]
    assert stale == "huey@redis: huey/result_holds_another_task shows ENQ-06, which the run keeps"
    assert [] == differences([replace(script, requirements=("RES-06", "RET-01"))], folder)


def test_a_head_must_be_complete(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A script without one of the fields is refused, with its name."""
    monkeypatch.setattr("reproductions.script.ROOT", tmp_path)
    path = tmp_path / "silent.py"
    path.write_text(PROGRAM.replace("Sentence: A sentence.\n", ""), encoding="utf-8")

    with pytest.raises(HeadIncomplete, match=r"silent\.py: its docstring lacks Sentence"):
        read_script(path)


@pytest.mark.parametrize(
    ("line", "expected", "output"),
    [
        ("sys.exit(1)", Result.SHOWN, "seen"),
        ("sys.exit(0)", Result.GONE, "seen"),
        ("raise SystemExit(2)", Result.NOT_RUN, ""),
        ("time.sleep(60)", Result.NOT_RUN, "it did not end within 1 s"),
    ],
)
def test_a_run_has_one_of_three_results(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str, expected: Result, output: str
) -> None:
    """The exit code is the result, and a script that does not end is killed and counts as not run."""
    path = tmp_path / "script.py"
    path.write_text(PROGRAM.format(line), encoding="utf-8")
    monkeypatch.setattr("reproductions.script.ROOT", tmp_path)
    monkeypatch.setattr("reproductions.run.LIMIT_SECONDS", 1 if "sleep" in line else 60)
    monkeypatch.setattr("reproductions.run.environment", lambda *_: Path(sys.executable))

    seen = run(read_script(path), "huey@redis", tmp_path)

    assert (expected, output) == (seen.result, seen.output)


def test_another_python_is_not_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A script for a newer Python counts as not run, and says which Python it needs."""
    path = tmp_path / "script.py"
    path.write_text(PROGRAM.replace(">=3.12", f">{platform.python_version()}"), encoding="utf-8")
    monkeypatch.setattr("reproductions.script.ROOT", tmp_path)

    seen = run(read_script(path), "huey@redis", tmp_path)

    assert (Result.NOT_RUN, True) == (seen.result, seen.output.startswith("needs Python"))
