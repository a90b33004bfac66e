"""The command on real targets: what it says, what it leaves, and how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import django
import psutil
import pytest
from commanding import describe

from taskgauge.suites.cli.conformance_targets import choose

GRACE = 120


def start(*arguments: str, folder: Path) -> subprocess.Popen[str]:
    """Start `taskgauge conformance` in a folder, with a temporary folder of its own."""
    temporary = folder / "temporary"
    temporary.mkdir()
    return subprocess.Popen(
        [Path(sys.executable).with_name("taskgauge"), "conformance", *arguments],
        cwd=folder,
        env={**os.environ, "TMPDIR": str(temporary), "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(*arguments: str, folder: Path) -> tuple[int, str, str]:
    """Run it to its end; return its exit code and what it said."""
    process = start(*arguments, folder=folder)
    out, error = process.communicate(timeout=500)
    return process.returncode, out, error


def verdicts(folder: Path, target: str) -> dict[str, Any]:
    """Return a target's verdicts by requirement."""
    document = json.loads((folder / "run" / "conformance" / f"{target}.json").read_text())
    return {row["id"]: row["verdict"] for row in document["requirements"]}


# A fast run checks one of them here, and django-immediate by the command that the README shows.
EMBEDDED = [
    "reference-memory",
    *(
        pytest.param(name, marks=pytest.mark.slow)
        for name in ("reference-immediate", "django-immediate", "django-dummy")
    ),
]
# Django 6.0 cannot pickle a Task, so this one has nothing to send.
EMBEDDED += ["reference-process"] if django.VERSION >= (6, 1) else []


@pytest.mark.parametrize("target", EMBEDDED)
def test_embedded_targets_keep_what_they_claim(target: str, tmp_path: Path) -> None:
    """Nothing that must hold is broken, nothing is left unsaid, and all 165 rows are there."""
    code, out, _ = run(target, "--out", "run", folder=tmp_path)

    assert code == 0, out
    assert f"{target} keeps all" in out
    found = verdicts(tmp_path, target)
    assert len(found) == 165
    broken = {row for row, word in found.items() if word in {"ADVISORY", "FAIL", "OVERCLAIM", "UNKNOWN"}}
    assert broken <= {"ARG-06", "ARG-08", "DEF-06", "SIG-11"}  # SHOULD rows that Django's own code does not keep
    assert (tmp_path / "run" / "conformance" / f"{target}.xml").exists()
    assert not list((tmp_path / "temporary").iterdir())


def test_one_row(tmp_path: Path) -> None:
    """Only what was asked for is run and said."""
    code, _, error = run("reference-memory", "--requirement", "ENQ-03", "--out", "run", folder=tmp_path)

    assert code == 0, error
    assert verdicts(tmp_path, "reference-memory") == {"ENQ-03": "PASS"}


def test_no_test_of_that_name(tmp_path: Path) -> None:
    """What chooses nothing is told so: nothing was checked."""
    code, _, error = run("django-dummy", "-k", "no_such_test", "--out", "run", folder=tmp_path)

    assert code == 5
    assert error.splitlines()[-1] == "taskgauge: nothing was checked: no test is called 'no_such_test'"


def test_questions_alone(tmp_path: Path) -> None:
    """Where only what is recorded was chosen, there is a report without verdicts."""
    code, _, error = run("reference-immediate", "-k", "not_finite", "--out", "run", folder=tmp_path)

    assert code == 0, error
    assert not verdicts(tmp_path, "reference-immediate")
    assert "NaN" in (tmp_path / "run" / "report.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["no-such-backend"], "no target is called 'no-such-backend'"),
        (["reference-memory", "--requirement", "ENQ-99"], "there is no requirement 'ENQ-99'"),
        (["reference-memory", "--jobs", "0"], "0"),
        (["missing.toml"], "missing.toml"),
    ],
)
def test_wrong_use(arguments: list[str], line: str, tmp_path: Path) -> None:
    """One line that says what is wrong, and exit code 2."""
    code, _, error = run(*arguments, folder=tmp_path)

    assert code == 2, error
    assert line in error
    assert len(error.strip().splitlines()) == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted(number: signal.Signals, code: int, tmp_path: Path) -> None:
    """Nothing it started is left, and what is known is kept."""
    process = start("reference-memory", "django-dummy", "--out", "run", folder=tmp_path)
    progress = tmp_path / "run" / "log" / "conformance-reference-memory.jsonl"
    deadline = time.monotonic() + GRACE
    while not (progress.exists() and progress.read_text().count("finished") > 5):
        assert time.monotonic() < deadline
        time.sleep(0.05)

    process.send_signal(number)

    _, error = process.communicate(timeout=GRACE)
    assert process.returncode == code, error
    assert json.loads((tmp_path / "run" / "run.json").read_text())["state"] == "interrupted"
    assert not list((tmp_path / "temporary").iterdir())
    assert not [one for one in psutil.process_iter(["cwd"]) if str(one.info["cwd"]).startswith(str(tmp_path))]


@pytest.mark.parametrize(
    ("bounds", "seconds"),
    [
        ("", 300),
        ("[bounds]\nidle_pick_up = 1\nrecovery = 17", 300),
        ("[bounds]\ndeferral = 400", 920),
        # Longer than any run waits.
        ("[bounds]\nrecovery = 400", 300),
    ],
)
def test_documented_waits_are_no_silence(bounds: str, seconds: float, tmp_path: Path) -> None:
    """A target whose backend documents a long wait is not taken to hang while a test waits."""
    target = describe(tmp_path, "slow", "taskgauge.backends.reference.ReferenceImmediateBackend", toml=bounds)

    [[chosen], _] = choose([target])

    assert seconds == chosen.silence_limit
