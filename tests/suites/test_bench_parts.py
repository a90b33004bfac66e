"""The real parts, interrupted while they run: nothing is left but what was finished."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from taskgauge.suites.cli.bench_parts import PARTS

pytestmark = pytest.mark.slow

COMMAND = (sys.executable, "-c", "from taskgauge.suites.cli.main import main; main()")


def started(log: Path) -> bool:
    """Whether an item of the part runs."""
    return log.exists() and '"started"' in log.read_text()


def relatives(mark: str) -> list[psutil.Process]:
    """Return every living process that inherited the mark from the run."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get("TASKGAUGE_TEST") == mark:
                found.append(process)
        except psutil.Error:  # another user's, or gone
            continue
    return found


@pytest.mark.parametrize(
    ("number", "code", "word"), [(signal.SIGINT, 130, "Ctrl-C"), (signal.SIGTERM, 143, "SIGTERM")], ids=["INT", "TERM"]
)
@pytest.mark.parametrize("part", [part.name for part in PARTS])
def test_interrupted(part: str, number: signal.Signals, code: int, word: str, tmp_path: Path) -> None:
    """Ctrl-C and SIGTERM end each part in one line, with no process and no temporary file left."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    environment = os.environ | {"TMPDIR": str(temporary), "TASKGAUGE_TEST": str(tmp_path)}
    run = subprocess.Popen(
        # Long enough to be interrupted: at the default scale every part takes seconds at least.
        [*COMMAND, "bench", "--part", part, "--out", "run", "--tasks", "100_000"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not started(tmp_path / "run" / "log" / f"{part}-0000.jsonl") and run.poll() is None:
        time.sleep(0.05)
    time.sleep(0.2)  # into the item, where its own processes run; nothing depends on how far
    run.send_signal(number)
    shown, said = run.communicate(timeout=120)

    [ended] = json.loads((tmp_path / "run" / "run.json").read_text())["parts"]
    assert (run.returncode, shown) == (code, ""), said
    assert ended["state"] == "interrupted"
    assert (f"taskgauge: interrupted by {word}" in said.splitlines()[-1], "Traceback" in said) == (True, False)
    assert ([], []) == (relatives(str(tmp_path)), list(temporary.iterdir()))
