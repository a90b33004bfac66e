"""The driver, on real processes: each part's end, signals, and what is left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent


def start(parts: str, *arguments: str, cwd: Path, timeouts: float = 120) -> subprocess.Popen[str]:
    """Start the real command with fake parts; temporary files go where the test can see them."""
    (cwd / "tmp").mkdir()
    paths = os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")]))
    fresh = {"PYTHONPATH": paths, "TMPDIR": str(cwd / "tmp"), "FAKE_PATIENCE": str(timeouts)}
    return subprocess.Popen(
        [sys.executable, str(HERE / "bench_with_fake_parts.py"), parts, "bench", "--quick", "--out", "run", *arguments],
        cwd=cwd,
        env=os.environ | fresh,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def bench(parts: str, *arguments: str, cwd: Path, timeouts: float = 120) -> tuple[int, str]:
    """Run the command to its end; return exit code and what it said."""
    process = start(parts, *arguments, cwd=cwd, timeouts=timeouts)
    _, said = process.communicate(timeout=300)
    return process.returncode, said


def run_json(cwd: Path) -> dict[str, Any]:
    """Return the run's provenance."""
    document: dict[str, Any] = json.loads((cwd / "run" / "run.json").read_text())
    return document


def states(cwd: Path) -> dict[str, str]:
    """Return how each part ended."""
    return {part["name"]: part["state"] for part in run_json(cwd)["parts"]}


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until something is so, or fail after a time that no healthy machine needs."""
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def gone(pid: int) -> bool:
    """Whether a process is over; who inherits an orphan may take a moment to bury it."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def no_trace(cwd: Path, said: str) -> None:
    """Assert that no traceback was shown and no temporary file is left."""
    assert "Traceback" not in said
    assert list((cwd / "tmp").iterdir()) == []


def test_all_held(tmp_path: Path) -> None:
    """A run says first how long it will take, and ends with 0, a report, and a run folder that says so."""
    code, said = bench("works", cwd=tmp_path)

    assert (code, run_json(tmp_path)["state"], states(tmp_path)) == (0, "finished", {"works": "finished"}), said
    assert said.startswith("Predicted: about ")
    left = {path.name for path in (tmp_path / "run").iterdir()}
    assert {"create.txt", "read-first.txt", "report.md", "run.json"} <= left
    no_trace(tmp_path, said)


def test_a_part_is_one_entry_of_the_registry_and_its_suite(tmp_path: Path) -> None:
    """Nothing else is told of it: it is predicted, run, judged, and has its section and its records, also later."""
    code, said = bench("measures", cwd=tmp_path)

    assert (code, states(tmp_path)) == (0, {"measures": "finished"}), said
    assert "measures    1 items  about 31 s" in said
    for name in ("report.md", "measurements.csv"):
        (tmp_path / "run" / name).unlink()
    command = [sys.executable, "-c", "from taskgauge.suites.cli.main import main; main()", "report", "run"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    report = (tmp_path / "run" / "report.md").read_text()
    assert "## Part measures" in report
    assert "| namedtuple | 15" in report
    assert "taskgauge bench --part measures --only collect" in report
    assert ",measures,collect," in (tmp_path / "run" / "measurements.csv").read_text()


def test_only_one_operation(tmp_path: Path) -> None:
    """`--only` measures that operation and nothing else."""
    code, said = bench("works,fails", "--only", "create", cwd=tmp_path)

    assert (code, states(tmp_path)) == (0, {"works": "finished", "fails": "not run"}), said
    assert [path.name for path in (tmp_path / "run").glob("*.txt")] == ["create.txt"]


def test_failed_parts_are_4_and_the_others_go_on(tmp_path: Path) -> None:
    """A part that raises and a part that is killed each fail in one clear line; the next part runs."""
    code, said = bench("fails,dies,works", cwd=tmp_path)

    assert (code, run_json(tmp_path)["state"]) == (4, "failed"), said
    assert states(tmp_path) == {"fails": "failed", "dies": "failed", "works": "finished"}
    assert "WorkerLost: worker 3 of 10 is gone; see log/fails-0000.txt" in said
    assert "died of SIGKILL (out of memory?) in dies::test_death; see log/dies-0000.txt" in said
    assert said.splitlines()[-1] == "taskgauge: 2 of 3 parts failed: fails, dies"
    no_trace(tmp_path, said)


def test_lost_tasks_are_1(tmp_path: Path) -> None:
    """Where tasks were lost, the run says so and ends with 1, and so does every later report on it."""
    code, said = bench("loses,works", cwd=tmp_path)
    command = [sys.executable, "-c", "from taskgauge.suites.cli.main import main; main()", "report", "run"]
    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (code, again.returncode) == (1, 1), said
    assert "today lost or doubled 3 tasks" in said.splitlines()[-1]
    assert "today lost or doubled 3 tasks" in again.stderr


def test_a_part_that_hangs(tmp_path: Path) -> None:
    """A part that says nothing for too long is ended with every process and temporary file it made."""
    code, said = bench("hangs", cwd=tmp_path, timeouts=10)

    assert (code, states(tmp_path)) == (4, {"hangs": "failed"}), said
    assert "hung: hangs::test_hanging said nothing for" in said
    worker, file = (tmp_path / "run" / "hanging.txt").read_text().split()
    assert (gone(int(worker)), Path(file).exists()) == (True, False)
    no_trace(tmp_path, said)


def test_refused_memory(tmp_path: Path) -> None:
    """What would not fit is refused with what would: a whole part, or one item; all else is measured."""
    code, said = bench("refuses,refuses_one,works", "--strict", cwd=tmp_path)

    assert code == 3, said
    assert states(tmp_path) == {"refuses": "refused", "refuses_one": "finished", "works": "finished"}
    assert "would fit" in said
    assert "taskgauge: not everything was measured: refuses: needs about" in said
    left_out = [entry["what"] for entry in run_json(tmp_path)["left_out"]]
    assert left_out == ["refuses", "refuses_one refuses_one::test_large"]


def test_nothing_measured(tmp_path: Path) -> None:
    """A run in which nothing could be measured ends with 5 and says why."""
    code, said = bench("refuses", cwd=tmp_path)

    assert code == 5, said
    assert "nothing was measured: refuses: needs about" in said


def test_a_suite_that_cannot_be_collected(tmp_path: Path) -> None:
    """A broken suite is found before anything runs, in one line."""
    code, said = bench("works,breaks_collection", cwd=tmp_path)

    assert (
        code,
        said.splitlines(),
    ) == (4, ["taskgauge: the suites could not be collected: RuntimeError: this suite is broken"])
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(("number", "code", "name"), [(signal.SIGINT, 130, "Ctrl-C"), (signal.SIGTERM, 143, "SIGTERM")])
def test_interrupted(number: signal.Signals, code: int, name: str, tmp_path: Path) -> None:
    """A signal ends the run in one line; the part tidies up, and finished parts are kept and reported."""
    process = start("works,sleeps,fails", cwd=tmp_path)
    wait_for((tmp_path / "run" / "sleeping.txt").exists)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)

    assert (code, "interrupted") == (process.returncode, run_json(tmp_path)["state"]), said
    assert states(tmp_path) == {"works": "finished", "sleeps": "interrupted", "fails": "not run"}
    assert f"taskgauge: interrupted by {name}: 1 of 3 parts finished" in said.splitlines()[-1]
    assert {"tidied.txt", "report.md"} <= {path.name for path in (tmp_path / "run").iterdir()}
    no_trace(tmp_path, said)


def test_interrupted_while_deaf(tmp_path: Path) -> None:
    """A part that ignores the interruption is killed with everything it started."""
    process = start("hangs", cwd=tmp_path)
    written = tmp_path / "run" / "hanging.txt"
    wait_for(lambda: written.exists() and written.read_text() != "")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)

    worker, file = (tmp_path / "run" / "hanging.txt").read_text().split()
    assert (process.returncode, gone(int(worker)), Path(file).exists()) == (130, True, False), said
    no_trace(tmp_path, said)


def test_interrupted_before_anything_ran(tmp_path: Path) -> None:
    """A signal during collection leaves no run folder."""
    process = start("works", cwd=tmp_path)
    wait_for(lambda: any((tmp_path / "tmp").iterdir()) or process.poll() is not None)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)

    assert (process.returncode, said) == (130, "taskgauge: interrupted by Ctrl-C before anything ran\n")
    assert not (tmp_path / "run").exists()
    no_trace(tmp_path, said)


def test_where_it_is_started_does_not_matter(tmp_path: Path) -> None:
    """A pytest configuration, a conftest and a folder named like ours change nothing; `latest` leads to the run."""
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    (tmp_path / "conftest.py").write_text("raise RuntimeError\n")
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites" / "__init__.py").write_text("raise RuntimeError\n")
    command = [sys.executable, str(HERE / "bench_with_fake_parts.py"), "works", "bench", "--quick"]
    environment = os.environ | {"PYTHONPATH": str(HERE)}
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stderr
    [run] = (tmp_path / ".taskgauge" / "runs").iterdir()
    assert (tmp_path / ".taskgauge" / "latest").resolve() == run
