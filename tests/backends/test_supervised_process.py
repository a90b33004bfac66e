"""Nothing outlives the process that started it, however that ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from owning import OWNER, check_gone, end, is_running, own

from taskgauge.backends.processes import process_guard
from taskgauge.backends.processes.captured_output import CapturedOutput
from taskgauge.backends.processes.supervised_process import SupervisedProcess

WAYS = ["return", "raise", "exit", "SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"]


@pytest.mark.parametrize("way", WAYS)
def test_owner_ends(tmp_path: Path, until: Callable[..., None], way: str) -> None:
    """A worker, its daemon and its folder go with their owner."""
    owner, told = own(tmp_path)
    assert len(told["processes"]) >= 5  # the reaper, two workers, a daemon, a child

    end(owner, way)

    check_gone(told, until)


def test_nested_owner_is_killed(tmp_path: Path, until: Callable[..., None]) -> None:
    """Whatever the processes of a process started goes with it, daemons and folders as well."""
    owner, told = own(tmp_path, "nested")
    assert len(told["folders"]) == 2
    assert len(told["processes"]) >= 11  # two reapers, four workers, two daemons, two children, the nested owner

    end(owner, "SIGKILL")

    check_gone(told, until)


def test_kill_nested_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill waits for the reapers of what it killed: nothing runs, and no folder is there, once it returns."""
    monkeypatch.chdir(tmp_path)
    stdin, held = os.pipe()
    with Path("said.txt").open("wb") as output:
        process = SupervisedProcess(
            [sys.executable, str(OWNER)], environment=os.environ, folder=tmp_path, output=output, stdin=stdin
        )
    while not (said := Path("said.txt").read_text()).endswith("\n"):
        time.sleep(0.01)
    told = json.loads(said)

    process.kill()

    assert [pid for pid in told["processes"] if is_running(pid)] == []
    assert [folder for folder in told["folders"] if Path(folder).exists()] == []
    os.close(stdin)
    os.close(held)


def test_terminate(tmp_path: Path) -> None:
    """A process that ends in its time is not killed, and one that does not is."""
    code = "import signal, sys, time; signal.signal(15, {}); print('ready', flush=True); time.sleep(60)"
    killed = {}
    for handler in ("lambda *_: exit(7)", "signal.SIG_IGN"):
        captured = CapturedOutput(tmp_path / "said.txt", "ready")
        words = [sys.executable, "-c", code.format(handler)]
        process = SupervisedProcess(words, environment=os.environ, folder=tmp_path, output=captured)
        captured.has_awaited.wait(30)
        killed[handler] = (process.terminate(0.5 if "IGN" in handler else 30), process.wait())

    assert list(killed.values()) == [(False, 7), (True, -signal.SIGKILL)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_forked_child_holds_the_pipe(tmp_path: Path, until: Callable[..., None]) -> None:
    """What the owner forked keeps the life line open, and the owner's end is noticed all the same."""
    owner, told = own(tmp_path, "fork")

    end(owner, "SIGKILL")

    try:
        check_gone(told, until)
    finally:
        os.kill(told["forked"], signal.SIGKILL)


def test_reaper_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reaper that someone kills is replaced, and the next one knows what the first did."""
    monkeypatch.setattr(process_guard, "_own", None)
    first = SupervisedProcess(["sleep", "60"], environment=os.environ, folder=tmp_path, output=subprocess.DEVNULL)
    reaper = process_guard._reaper()
    killed = reaper._process.pid
    os.kill(killed, signal.SIGKILL)
    time.sleep(0.1)

    second = SupervisedProcess(["sleep", "60"], environment=os.environ, folder=tmp_path, output=subprocess.DEVNULL)

    assert reaper._process.pid != killed
    reaper.close()
    assert [first.wait(10), second.wait(10)] == [-signal.SIGKILL, -signal.SIGKILL]
    first.kill()
    second.kill()


def test_released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is released is left alone."""
    monkeypatch.setattr(process_guard, "_own", None)
    folder = tmp_path / "folder"
    folder.mkdir()
    process_guard.guard("folder", str(folder))
    process_guard.release("folder", str(folder))

    process_guard._reaper().close()

    assert folder.exists()
