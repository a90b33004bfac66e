"""Starts a process that starts others, ends it in some way, and looks for what it left behind."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

OWNER = Path(__file__).with_name("owner.py")


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
