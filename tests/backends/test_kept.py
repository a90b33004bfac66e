"""Nothing outlives the process that started it, however that ends."""

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

from taskgauge.backends import kept
from taskgauge.backends.kept_process import KeptProcess

OWNER = Path(__file__).with_name("owner.py")
WAYS = ["return", "raise", "exit", "SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"]


def own(tmp_path: Path, *arguments: str, **environment: str) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    """Start a process that starts others; return it with what it says of them."""
    (tmp_path / "temporary").mkdir(exist_ok=True)
    owner = subprocess.Popen(
        [sys.executable, str(OWNER), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(tmp_path / "temporary"), **environment},
        start_new_session=True,
    )
    assert owner.stdout is not None
    told: dict[str, Any] = json.loads(owner.stdout.readline())
    return owner, told


def end(owner: subprocess.Popen[str], way: str) -> None:
    """End it in some way."""
    if way.startswith("SIG"):
        owner.send_signal(signal.Signals[way])
    elif owner.stdin is not None:
        owner.stdin.write(way + "\n")
        owner.stdin.flush()
    owner.wait(120)
    for stream in (owner.stdin, owner.stdout):
        if stream is not None:
            stream.close()


def check_gone(told: dict[str, Any], until: Callable[..., None]) -> None:
    """Wait until every process and folder it told of is gone."""
    until(lambda: not [pid for pid in told["processes"] if is_running(pid)])
    until(lambda: not [folder for folder in told["folders"] if Path(folder).exists()])


def is_running(pid: int) -> bool:
    """Whether it runs; one that nobody has waited for does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


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
    monkeypatch.setattr(kept, "_own", None)
    first = KeptProcess(["sleep", "60"], environment=os.environ, folder=tmp_path, output=subprocess.DEVNULL)
    reaper = kept._reaper()
    killed = reaper._process.pid
    os.kill(killed, signal.SIGKILL)
    time.sleep(0.1)

    second = KeptProcess(["sleep", "60"], environment=os.environ, folder=tmp_path, output=subprocess.DEVNULL)

    assert reaper._process.pid != killed
    reaper.close()
    assert [first.wait(10), second.wait(10)] == [-signal.SIGKILL, -signal.SIGKILL]
    first.kill()
    second.kill()


def test_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was forgotten is left alone."""
    monkeypatch.setattr(kept, "_own", None)
    folder = tmp_path / "folder"
    folder.mkdir()
    kept.keep("folder", str(folder))
    kept.forget("folder", str(folder))

    kept._reaper().close()

    assert folder.exists()
