"""Ends what a process started, should that process die before it could do so itself.

`python reaper.py OWNER` is a process of its own, started by its owner. It reads lines of JSON from its standard input:
`["guard", what, value]` or `["release", what, value]`. When the owner is gone, however it went, or closes the pipe, it
kills and removes all that is guarded, and ends. It ignores what a terminal or a service manager sends to everyone. Not
only the pipe's end counts: whatever the owner forked may hold that open.
"""

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Collection
from typing import Any

import psutil

GROUP = "group"
"""A process group, all of whose members and their descendants are killed; a number."""
MARK = "mark"
"""A mark in the environment of processes that are killed."""
FOLDER = "folder"
"""A folder that is removed."""
COMMAND = "command"
"""A list of words and variables for their environment, run as a command when all are killed."""
REAPER = "TASKGAUGE_REAPER"
"""The environment variable of the reaper itself, and of its commands; whoever kills what is left lets them finish."""
VARIABLE = "TASKGAUGE_MARKS"
"""The environment variable with the marks of all supervised processes that a process descends from, joined by colons.

By it a process is recognised when it has left its group and lost its parent.
"""

_PATIENCE = 10.0
"""Seconds that killed processes have to be gone."""
_TIDYING = 60.0
"""Seconds that the reapers of killed processes have for their work."""


def survivors(groups: Collection[int], marks: Collection[str]) -> list[psutil.Process]:
    """Return the living processes of these groups and marks, and their descendants, wherever they moved."""
    members: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        if process.pid != os.getpid() and _is_member(process, groups, marks):
            with contextlib.suppress(psutil.Error):
                members.update({each.pid: each for each in (process, *process.children(recursive=True))})
    return [process for process in members.values() if is_living(process)]


def is_living(process: psutil.Process) -> bool:
    """Whether a process runs; one that is dead and not yet waited for does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def is_reaper(process: psutil.Process) -> bool:
    """Whether a process is a reaper, or one of its commands."""
    try:
        return REAPER in process.environ()
    except psutil.Error:
        return False


def kill_all(groups: Collection[int], marks: Collection[str]) -> list[psutil.Process]:
    """Kill the processes of these groups and marks, and what they start meanwhile; return those that withstand.

    Their reapers have time to tidy up, and end by themselves.
    """
    begin = time.monotonic()
    while left := survivors(groups, marks):
        waited = time.monotonic() - begin
        reapers = [process for process in left if is_reaper(process)]
        for process in left:
            # Another user's: nothing of ours, or beyond us.
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                if process not in reapers or waited > _TIDYING:
                    process.kill()
        if waited > _PATIENCE + (_TIDYING if reapers else 0):
            break
        time.sleep(0.01)
    return left


def _is_member(process: psutil.Process, groups: Collection[int], marks: Collection[str]) -> bool:
    try:
        if os.getpgid(process.pid) in groups:
            return True
        return not set(marks).isdisjoint(process.environ().get(VARIABLE, "").split(":"))
    except (psutil.Error, OSError):
        return False


def _listen(owner: int, guarded: list[tuple[str, Any]]) -> None:
    """Take note of what is guarded until the owner is gone or has closed the pipe."""
    rest = b""
    while True:
        is_orphan = os.getppid() != owner
        # What a dead owner has written last is there to be read, also where this process has just begun.
        readable, _, _ = select.select([0], [], [], 0 if is_orphan else 1.0)
        if not readable:
            if is_orphan:
                return
            continue
        data = os.read(0, 65536)
        if not data:
            return
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            verb, what, value = json.loads(line)
            if verb == "guard":
                guarded.append((what, value))
            elif (what, value) in guarded:
                guarded.remove((what, value))


def _tidy(guarded: list[tuple[str, Any]]) -> None:
    def values(what: str) -> list[Any]:
        return [value for each, value in guarded if each == what]

    if values(GROUP) or values(MARK):
        kill_all(values(GROUP), values(MARK))
    for words, environment in values(COMMAND):
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            subprocess.run(words, env={**os.environ, **environment}, timeout=30, check=False)
    for folder in values(FOLDER):
        shutil.rmtree(folder, ignore_errors=True)


def main(owner: int) -> None:
    """Wait for the owner's end, and tidy up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    guarded: list[tuple[str, Any]] = []
    _listen(owner, guarded)
    _tidy(guarded)


if __name__ == "__main__":
    main(int(sys.argv[1]))
