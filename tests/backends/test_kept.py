"""Nothing outlives the process that started it, however that ends."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from owning import check_gone, end, own

from taskgauge.backends.processes import process_guard
from taskgauge.backends.processes.supervised_process import SupervisedProcess

WAYS = ["return", "raise", "exit", "SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"]


@pytest.mark.parametrize("way", WAYS)
def test_owner_ends(tmp_path: Path, until: Callable[..., None], way: str) -> None:
    """A worker, its daemon and its folder go with their owner."""
    owner, told = own(tmp_path)
    assert len(told["processes"]) >= 4  # the reaper, two workers, a daemon

    end(owner, way)

    check_gone(told, until)


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


def test_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was forgotten is left alone."""
    monkeypatch.setattr(process_guard, "_own", None)
    folder = tmp_path / "folder"
    folder.mkdir()
    process_guard.guard("folder", str(folder))
    process_guard.release("folder", str(folder))

    process_guard._reaper().close()

    assert folder.exists()
