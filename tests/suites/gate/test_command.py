"""The command on toys in environments that it makes itself: what it says, what it leaves, how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import pytest
import toys

pytestmark = [pytest.mark.environments, pytest.mark.slow]

HERE = Path(__file__).parent
QUICK = ("--pairs", "1", "--slices", "2", "--only", "enqueue", "--out", "run")
COUNTED = ("--part", "ledger", "--only", "enqueue", "--out", "run")


def without_uv() -> str:
    """Return PATH without the folders that have uv."""
    folders = os.environ["PATH"].split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if not (Path(folder) / "uv").exists())


def start(*arguments: str, folder: Path, **environment: str) -> subprocess.Popen[str]:
    """Start `taskgauge gate` in a folder, with a temporary folder of its own, and with pip unless PATH is given."""
    (folder / "temporary").mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, str(HERE / "impatient.py"), "gate", *arguments],
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder / "temporary"), "COLUMNS": "200", "NO_COLOR": "1"}
        | {"PATH": without_uv(), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def gate(*arguments: str, folder: Path, **environment: str) -> tuple[int, str, str]:
    """Run it to its end; return its exit code and what it said."""
    process = start(*arguments, folder=folder, **environment)
    try:
        out, error = process.communicate(timeout=200)
    finally:
        process.kill()
        process.wait()
    assert "Traceback" not in error, error
    assert not list((folder / "temporary").iterdir())
    return process.returncode, out, error


def read(folder: Path, name: str) -> Any:
    """Return a file of the run."""
    return json.loads((folder / "run" / name).read_text())


def wheels(folder: Path, **head: str) -> tuple[str, ...]:
    """Make a base and a head that differs, if only in a constant; return them as arguments."""
    head = head or {"looking_up": "0"}
    return ("--base", str(toys.wheel(folder, "1.0")), "--head", str(toys.wheel(folder, "1.1", **head)))


def test_two_wheels(tmp_path: Path) -> None:
    """Both sides are made, counted, timed and judged; too few pairs are inconclusive, an error only with --strict."""
    arguments = (*wheels(tmp_path), *QUICK, "--part", "ledger", "--part", "duet", "--strict", "--seed", "5")
    code, out, error = gate(*arguments, folder=tmp_path)

    assert code == 3, error
    assert out.startswith("INCONCLUSIVE: ")
    assert "base: toytasks 1.0\nhead: toytasks 1.1\n" in error
    assert read(tmp_path, "run.json")["state"] == "finished"
    assert read(tmp_path, "run.json")["kind"] == "gate"
    sides = read(tmp_path, "gate/sides.json")
    assert (sides["under_test"], sides["same"], sides["targets"]) == (["toytasks"], False, ["toytasks"])
    assert sides["differences"] == {}
    assert read(tmp_path, "gate/problems.json") == {"format": 2, "problems": []}
    lines = [json.loads(line) for line in (tmp_path / "run" / "gate" / "duet.jsonl").read_text().splitlines()]
    assert {line["comparison"] for line in lines} == {"head", "control", "positive control"}
    assert read(tmp_path, "gate/ledger.json")["base"]["enqueue@toytasks"]["bytecodes"]
    assert (tmp_path / "run" / "report.md").exists()


def test_one_more_statement(tmp_path: Path) -> None:
    """It is a regression, named, in the terminal, in Markdown, in the summary and as an annotation."""
    more = """
from django.db import connection

def query():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 17")
"""
    summary = tmp_path / "summary.md"
    arguments = (*wheels(tmp_path, enqueueing="query()", more=more), *COUNTED, "--markdown", "report.md")
    code, out, error = gate(*arguments, folder=tmp_path, GITHUB_STEP_SUMMARY=str(summary), GITHUB_ACTIONS="true")

    assert code == 1, error
    assert out.startswith("REGRESSION: head is worse than base: enqueue@toytasks statements")
    assert "SELECT ?" in out
    assert "\n::error title=Taskgauge gate" in out
    assert "SELECT ?" in (tmp_path / "report.md").read_text()
    assert summary.read_text() == (tmp_path / "report.md").read_text()


def test_the_same_twice(tmp_path: Path) -> None:
    """One thing named twice leaves nothing to compare, which is said, and is no success."""
    base = str(toys.wheel(tmp_path, "1.0"))
    code, out, error = gate("--base", base, "--head", base, "--out", "run", folder=tmp_path)

    assert code == 5, error
    assert "base and head are the same" in out


def test_refs(tmp_path: Path) -> None:
    """Without any side: what is checked out, against where it came from main; the tree is left alone."""
    top = toys.repository(tmp_path)
    toys.git(top, "checkout", "--quiet", "-b", "change")
    toys.package(top, enqueueing="[number for number in range(100)]")
    commit = toys.commit(top)
    (tmp_path / ".git" / "info" / "exclude").write_text("temporary\nrun\n")

    code, out, error = gate(*COUNTED, folder=tmp_path)

    assert code == 1, error
    assert "enqueue@toytasks bytecodes" in out
    assert read(tmp_path, "gate/sides.json")["head"]["commit"] == commit
    assert toys.git(top, "status", "--porcelain") == ""


def test_a_commit_that_changes_nothing(tmp_path: Path) -> None:
    """A commit that installs the same files is no error: it is said, counted, and not timed."""
    top = toys.repository(tmp_path)
    (tmp_path / ".git" / "info" / "exclude").write_text("temporary\nrun\n")
    toys.git(top, "checkout", "--quiet", "-b", "change")
    (top / "README").write_text("Only words\n")
    toys.commit(top)

    code, _, error = gate("--out", "run", "--part", "ledger", "--part", "duet", folder=tmp_path)

    assert code == 0, error
    assert "duet is left out: both commits install the same files: no time can differ" in error


def test_head_forces_another_version(tmp_path: Path) -> None:
    """What head needs in another version is installed so, recorded and printed; all else is base's."""
    for number in ("1.0", "2.0"):
        toys.archive(tmp_path / "found" / f"toyneeds-{number}-py3-none-any.whl", "toyneeds", number, {})
    changes = [toys.wheel(tmp_path, one, needs=f"toyneeds=={two}") for one, two in (("1.0", "1.0"), ("1.1", "2.0"))]
    found = str(tmp_path / "found")
    code, _, error = gate(
        *("--base", str(changes[0]), "--head", str(changes[1]), *COUNTED),
        folder=tmp_path,
        UV_FIND_LINKS=found,
        PIP_FIND_LINKS=found,
    )

    assert code == 0, error
    assert "head forces another version: toyneeds 1.0 -> 2.0" in error
    assert read(tmp_path, "gate/sides.json")["differences"] == {"toyneeds": ["1.0", "2.0"]}


BROKEN = {
    "head cannot import": {"more": "raise ImportError('no such thing')"},
    "head hangs": {"enqueueing": "__import__('time').sleep(1000) if count > 200 else None"},
    "head crashes": {"enqueueing": "__import__('os')._exit(3) if count > 200 else None"},
    "head lacks an operation": {"enqueueing": "raise RuntimeError('no more')"},
}


@pytest.mark.parametrize("words", BROKEN)
def test_a_broken_head(words: str, tmp_path: Path) -> None:
    """It has its own line, and is worse than a base that works."""
    arguments = (*wheels(tmp_path, **BROKEN[words]), *QUICK, "--part", "duet")
    code, out, error = gate(*arguments, folder=tmp_path, TIMEOUT="5")

    assert code == 1, error
    assert out.startswith("REGRESSION: ")
    assert words in out
    assert read(tmp_path, "gate/problems.json")["problems"][0]["side"] == "head"


def test_what_cannot_be_a_side(tmp_path: Path) -> None:
    """Each in one line, with exit code 2."""
    base = str(toys.wheel(tmp_path, "1.0"))
    toys.project(tmp_path / "broken")
    (tmp_path / "broken" / "building.py").write_text("raise SystemExit('it does not build')\n")
    wrong = {
        ("--base", base, "--head", "no-such.whl"): "head 'no-such.whl' is no file",
        ("--base", base, "--head", "./broken"): "head './broken' cannot be installed: ",
        ("--base", base, "--head", "toytasks==99.5"): "head 'toytasks==99.5' cannot be installed: ",
        ("--base", base, "--head", "django==6.0.10"): "base is toytasks and head is django",
        ("--base", base, "--head", base, "--margin", "none"): "'none' is no margin",
        ("--base", base, "--head", base, "--target", "nothing"): "no target is called 'nothing'",
        ("--base", base, "--head", base, "--margin", "enqeue=8%"): "no chosen part measures 'enqeue'",
        ("--base", base, "--head", base, "--only", "crate"): "no chosen part measures 'crate'",
        ("--base", base, "--head", base, "--python", "2.99"): "Python 2.99",
        ("--base", base, "--head", base, "--calibrate", "--strict"): "leave out --head, --strict",
        ("--base", base, "--head", base, "--gates", "4"): "add --calibrate",
    }
    for number, (arguments, line) in enumerate(wrong.items()):
        code, _, error = gate(*arguments, "--out", f"run{number}", folder=tmp_path)

        assert code == 2, error
        assert line in error.splitlines()[-1]


def test_conformance(tmp_path: Path) -> None:
    """A requirement that base keeps and head breaks is a regression; both sides' verdicts are kept twice."""
    head = {"looking_up": "raise ValueError(17)"}
    code, out, error = gate(*wheels(tmp_path, **head), "--part", "conformance", "--out", "run", folder=tmp_path)

    assert code == 1, error
    assert "toytasks: RES-03 PASS -> FAIL" in out
    for side in ("base", "head", "again/base", "again/head"):
        assert read(tmp_path, f"gate/conformance/{side}/toytasks.json")["state"] != "failed"


def test_conformance_that_is_broken_once(tmp_path: Path) -> None:
    """What head breaks in its first process and keeps in its second is told, and is no regression."""
    more = f"""
import os, pathlib

def fail_in_the_first_process(path=pathlib.Path({str(tmp_path / "first")!r})):
    path.exists() or path.write_text(str(os.getpid()))
    if path.read_text() == str(os.getpid()):
        raise ValueError(17)
"""
    head = {"looking_up": "fail_in_the_first_process()", "more": more}
    code, out, error = gate(*wheels(tmp_path, **head), "--part", "conformance", "--out", "run", folder=tmp_path)

    assert code == 0, error
    assert out.startswith("INCONCLUSIVE: ")
    assert "toytasks: RES-03 PASS -> FAIL" in out


def test_what_a_repository_does_not_have(tmp_path: Path) -> None:
    """A ref, the history, a common commit, committed files: each is missed in one line, with exit code 2."""
    top = toys.repository(tmp_path / "toy")
    toys.git(top, "checkout", "--quiet", "-b", "change")
    toys.commit(top)
    toys.git(top, "checkout", "--quiet", "main")
    toys.git(tmp_path, "clone", "--quiet", "--depth=1", "--no-single-branch", top.as_uri(), "shallow")
    toys.git(tmp_path / "shallow", "checkout", "--quiet", "change")
    toys.git(top, "checkout", "--quiet", "--orphan", "other")
    toys.commit(top)
    toys.git(tmp_path, "clone", "--quiet", top.as_uri(), "dirty")
    (tmp_path / "dirty" / "building.py").write_text("")
    wrong = [
        (top, ("--base", "no-such"), "has no branch, tag or commit 'no-such'"),
        (top, (), "have no commit in common: name --base"),
        (tmp_path / "shallow", (), "`fetch-depth: 0`"),
        (tmp_path / "dirty", ("--base", "origin/main", "--head", "HEAD"), "give the folder itself (--head .)"),
    ]
    for folder, arguments, line in wrong:
        code, _, error = gate(*arguments, "--out", "run", folder=folder)

        assert code == 2, f"{folder}: {error}"
        assert line in error.splitlines()[-1]
        assert not (folder / "run").exists()


@pytest.mark.skipif(find_spec("pip") is None, reason="pip is not installed here")
def test_without_uv(tmp_path: Path) -> None:
    """Where there is no uv, venv and pip make the environments."""
    path = os.pathsep.join(
        folder for folder in os.environ["PATH"].split(os.pathsep) if not (Path(folder) / "uv").exists()
    )
    code, _, error = gate(*wheels(tmp_path), *COUNTED, folder=tmp_path, PATH=path)

    assert code == 0, error
    assert (tmp_path / "run" / "gate" / "ledger.json").exists()


def test_calibration(tmp_path: Path) -> None:
    """Base is compared with itself so many times, and what that says of the gate is told."""
    base = str(toys.wheel(tmp_path, "1.0"))
    arguments = ("--calibrate", "--pairs", "10", "--slices", "2", "--base", base, "--only", "get_result")
    arguments += ("--margin", "get_result=8%")
    code, out, error = gate(*arguments, "--out", "run", folder=tmp_path)

    assert code == 0, error
    lines = [json.loads(line) for line in (tmp_path / "run" / "gate" / "duet.jsonl").read_text().splitlines()]
    assert [(line["comparison"], line["pair"]) for line in lines] == [("control", number) for number in range(10)]
    assert "\n10 pairs, " in out
    assert read(tmp_path, "gate/options.json")["margins"] == {"get_result@toytasks": 0.08}


SLOW_BUILD = "import pathlib, time\npathlib.Path({!r}).touch()\ntime.sleep(1000)\n"


def began(folder: Path, name: str) -> Callable[[], bool]:
    """Whether a file of the run is there and says something."""
    path = folder / "run" / name
    return lambda: path.exists() and bool(path.read_text())


@pytest.mark.parametrize(
    ("part", "number", "expected"),
    [
        ("sides", signal.SIGTERM, 143),
        ("ledger", signal.SIGINT, 130),
        ("duet", signal.SIGINT, 130),
        ("duet", signal.SIGTERM, 143),
        ("conformance", signal.SIGINT, 130),
    ],
)
def test_interrupted(part: str, number: signal.Signals, expected: int, tmp_path: Path) -> None:
    """In each part: one line, nothing runs any more, no temporary file is left, and what was measured is kept."""
    toys.project(tmp_path / "slow", "2.0")
    (tmp_path / "slow" / "building.py").write_text(SLOW_BUILD.format(str(tmp_path / "building")))
    arguments = {
        "sides": ("--base", str(toys.wheel(tmp_path, "1.0")), "--head", "./slow"),
        "ledger": (*wheels(tmp_path, looking_up="__import__('time').sleep(0.2)"), "--part", "ledger"),
        "duet": (*wheels(tmp_path), "--part", "duet", "--only", "enqueue"),
        "conformance": (*wheels(tmp_path), "--part", "conformance"),
    }[part]
    process = start(*arguments, "--out", "run", folder=tmp_path)
    try:
        ready = {
            "sides": (tmp_path / "building").exists,
            "ledger": lambda: any("taskgauge_side" in one.cmdline() for one in living(process)),
            "duet": began(tmp_path, "gate/duet.jsonl"),
            "conformance": lambda: any("pytest" in one.cmdline() for one in living(process)),
        }[part]
        wait_for(ready, process)
        started = [(one, one.cwd()) for one in living(process)]

        process.send_signal(number)

        out, error = process.communicate(timeout=120)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == expected, error
    assert error.splitlines()[-1].startswith("taskgauge: interrupted by ")
    assert "Traceback" not in error
    assert read(tmp_path, "run.json")["state"] == "interrupted"
    states = {one["name"]: one["state"] for one in read(tmp_path, "run.json")["parts"]}
    assert states[part] == "interrupted"
    assert bool(out) == (part != "sides")
    assert not list((tmp_path / "temporary").iterdir())
    assert not [one for one, _ in started if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    assert not [cwd for _, cwd in started if "taskgauge-work-" in cwd and Path(cwd).exists()]


def living(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Return what a process started and is not over."""
    found = []
    for one in psutil.Process(process.pid).children(recursive=True):
        try:
            if one.status() != psutil.STATUS_ZOMBIE and one.cwd():
                found.append(one)
        except psutil.Error:
            continue
    return found


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait until something is so, or fail after a time that no healthy machine needs."""
    deadline = time.monotonic() + 180
    while True:
        try:
            if condition():
                return
        except psutil.Error:
            pass  # it ended while it was looked at
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
