"""Sessions by the interpreter of another environment: their traces, their errors, and what an interruption leaves."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest
from django import VERSION

from taskgauge.reports.run_folder.traces import Trace, Workload, read_trace
from taskgauge.suites.sessions.session import SessionPlan
from taskgauge.suites.sessions.session_process import run_kept

ANOTHER = next(
    str(path)
    for path in sorted(Path(sys.executable).parent.glob("python3*"))
    if str(path) != sys.executable and "-" not in path.name
)
"""Another path of this environment's interpreter, which runs sessions in a process of their own."""
PLAN = SessionPlan(
    part="throughput",
    target="django-tasks-db@sqlite",
    repetition=0,
    workload=Workload(arrival="backlog", tasks=20),
    python=ANOTHER,
)
_COMMAND = [sys.executable, "-c", "from taskgauge.suites.cli.main import main; main()"]

pytestmark = pytest.mark.skipif(VERSION < (6, 1), reason="Django 6.0 cannot pickle a Task")


@pytest.mark.slow
def test_the_trace_is_in_the_run_folder(tmp_path: Path) -> None:
    """The session's process writes the trace, and this process reads it."""
    kept = run_kept(PLAN, tmp_path)

    assert kept.error == ""
    assert kept.file is not None
    assert kept.file.is_relative_to(tmp_path / "throughput")
    trace = kept.trace()
    assert trace is not None
    assert (trace.header.ending, sum(map(bool, trace.finished))) == ("all ran", 20)


@pytest.mark.skipif(find_spec("huey") is not None, reason="huey is installed here")
def test_an_error_has_its_type(tmp_path: Path) -> None:
    """An error in the other process is the session's error, and its trace says so too."""
    kept = run_kept(replace(PLAN, target="huey@sqlite"), tmp_path)

    assert kept.error.startswith("PreparationFailed: huey is not installed")
    trace = kept.trace()
    assert trace is not None
    assert trace.header.ending == "failed"


def test_a_python_without_taskgauge_is_an_error(tmp_path: Path) -> None:
    """An interpreter that cannot import Taskgauge ends the session with its own words."""
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", bare], check=True)
    path, os.environ["PYTHONPATH"] = os.environ.get("PYTHONPATH"), ""
    try:
        kept = run_kept(replace(PLAN, python=str(bare / "bin" / "python")), tmp_path)
    finally:
        os.environ.pop("PYTHONPATH") if path is None else os.environ.update(PYTHONPATH=path)

    assert "No module named 'taskgauge'" in kept.error
    assert kept.trace() is None


def marked(mark: str) -> Iterator[psutil.Process]:
    """Yield the living processes with this mark."""
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get("TASKGAUGE_TEST") == mark:
                yield process
        except psutil.Error:
            continue


@pytest.mark.slow
@pytest.mark.environments
def test_a_backend_gets_an_environment(tmp_path: Path) -> None:
    """`--install` measures a backend that is not installed here; an interrupted session keeps its trace."""
    (tmp_path / "tmp").mkdir()
    process = subprocess.Popen(
        [*_COMMAND, "bench", "--out", "run", "--part", "idle", "--target", "huey@sqlite", "--install"],
        cwd=tmp_path,
        env=os.environ | {"TMPDIR": str(tmp_path / "tmp"), "TASKGAUGE_TEST": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not any("producer" in " ".join(entry.cmdline()) for entry in marked(str(tmp_path))):
        assert process.poll() is None
        time.sleep(0.1)
    time.sleep(3)  # into the session; nothing depends on how far
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)

    assert process.returncode == 130, said
    traces: list[Trace] = [read_trace(path) for path in (tmp_path / "run" / "idle").glob("*.trace.gz")]
    assert "interrupted" in {trace.header.ending for trace in traces}
    assert "huey" in next(trace for trace in traces if trace.header.target == "huey@sqlite").header.versions
    assert ([], []) == (list(marked(str(tmp_path))), list((tmp_path / "tmp").iterdir()))
    options = json.loads((tmp_path / "run" / "run.json").read_text())["options"]
    assert "environments" not in options  # these are folders of this machine
