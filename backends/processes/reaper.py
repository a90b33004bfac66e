"""Ends what a process started, if that process dies before it can do so itself.

The owner starts `python reaper.py OWNER`. The reaper reads lines of JSON from its standard input:
`["guard", what, value]` or `["release", what, value]`. When the owner ends, however it ends, or closes the pipe, the
reaper kills and removes all that is guarded, and ends. It ignores signals that a terminal or a service manager sends
to all processes. It also checks its parent, since processes that the owner forked may hold the pipe open.
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
"""A process group, as a number: its members and their descendants are killed."""
MARK = "mark"
"""A mark in the environment of processes: these processes are killed."""
FOLDER = "folder"
"""A folder: it is removed."""
COMMAND = "command"
"""The words of a command and its environment variables: it runs after all processes are killed."""
REAPER = "TASKGAUGE_REAPER"
"""The environment variable that marks the reaper and its commands, which get time to finish before a kill."""
VARIABLE = "TASKGAUGE_MARKS"
"""The environment variable with the marks of all supervised ancestors of a process, joined by colons.

It identifies a process that left its group and lost its parent.
"""

_KILL_TIMEOUT = 10.0
"""The seconds within which killed processes must end."""
_REAPER_TIMEOUT = 60.0
"""The seconds that the reapers of killed processes have for their work."""


def survivors(groups: Collection[int], marks: Collection[str]) -> list[psutil.Process]:
    """Return the living processes of these groups and marks, and their descendants in any group."""
    members: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        if process.pid != os.getpid() and _is_member(process, groups, marks):
            with contextlib.suppress(psutil.Error):
                members.update({member.pid: member for member in (process, *process.children(recursive=True))})
    return [process for process in members.values() if is_living(process)]


def is_living(process: psutil.Process) -> bool:
    """Return True if a process runs; a zombie does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def is_reaper(process: psutil.Process) -> bool:
    """Return True if a process is a reaper or a command of a reaper."""
    try:
        return REAPER in process.environ()
    except psutil.Error:
        return False


def kill_all(groups: Collection[int], marks: Collection[str]) -> list[psutil.Process]:
    """Kill the processes of these groups and marks, and what they start meanwhile; return the survivors.

    Reapers get 60 seconds to remove what they guard and end by themselves.
    """
    begin = time.monotonic()
    seen: set[psutil.Process] = set()
    # A process that ends has no environment any more, so its mark cannot be read, and it still runs for a moment.
    while left := list({*survivors(groups, marks), *filter(is_living, seen)}):
        seen.update(left)
        waited = time.monotonic() - begin
        reapers = [process for process in left if is_reaper(process)]
        for process in left:
            # A process of another user cannot be killed.
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                if process not in reapers or waited > _REAPER_TIMEOUT:
                    process.kill()
        if waited > _KILL_TIMEOUT + (_REAPER_TIMEOUT if reapers else 0):
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
    """Record what is guarded until the owner has ended or closed the pipe."""
    rest = b""
    while True:
        is_orphan = os.getppid() != owner
        # The last lines of a dead owner are still read, also if this process has just started.
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
            action, what, value = json.loads(line)
            if action == "guard":
                guarded.append((what, value))
            elif (what, value) in guarded:
                guarded.remove((what, value))


def _tidy(guarded: list[tuple[str, Any]]) -> None:
    def values(what: str) -> list[Any]:
        return [value for kind, value in guarded if kind == what]

    if values(GROUP) or values(MARK):
        kill_all(values(GROUP), values(MARK))
    for words, environment in values(COMMAND):
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            subprocess.run(words, env={**os.environ, **environment}, timeout=30, check=False)
    for folder in values(FOLDER):
        shutil.rmtree(folder, ignore_errors=True)


def main(owner: int) -> None:
    """Wait for the owner's end, then kill and remove what is guarded."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    guarded: list[tuple[str, Any]] = []
    _listen(owner, guarded)
    _tidy(guarded)


if __name__ == "__main__":
    main(int(sys.argv[1]))
