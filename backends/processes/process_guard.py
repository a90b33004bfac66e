"""Ends what this process started when this process ends: it reports processes and folders to the reaper process."""

import atexit
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from taskgauge.backends.processes import reaper

type Guarded = tuple[str, Any]

_lock = threading.RLock()
_own: "_Reaper | None" = None


def guard(what: str, value: Any) -> None:
    """End or remove `value` when this process ends, however it ends; `what` is a kind that the reaper knows."""
    with _lock:
        _reaper().guard((what, value))


def release(what: str, value: Any) -> None:
    """Stop guarding `value`, which has ended."""
    with _lock:
        _reaper().release((what, value))


@contextmanager
def temporary_folder(prefix: str, parent: Path | None = None) -> Iterator[Path]:
    """Make a folder in `parent` or in the usual place; remove it at the end, however the process ends."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    guard(reaper.FOLDER, str(folder))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        release(reaper.FOLDER, str(folder))


class _Reaper:
    def __init__(self) -> None:
        self.owner = os.getpid()
        self._guarded: list[Guarded] = []
        self._process = self._start()

    def guard(self, entry: Guarded) -> None:
        self._guarded.append(entry)
        self._send("guard", entry)

    def release(self, entry: Guarded) -> None:
        if entry in self._guarded:
            self._guarded.remove(entry)
            self._send("release", entry)

    def close(self) -> None:
        """Let the reaper end; it first ends what is still guarded."""
        if self.owner != os.getpid():
            return
        self._guarded.clear()
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            self._process.communicate(timeout=30)

    def _start(self) -> subprocess.Popen[bytes]:
        # -I: neither the folder nor the environment of this process changes what the reaper imports.
        return subprocess.Popen(
            [sys.executable, "-I", str(Path(reaper.__file__)), str(self.owner)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={**os.environ, reaper.REAPER: "1"},
            start_new_session=True,
        )

    def _send(self, action: str, entry: Guarded) -> None:
        try:
            self._write(action, entry)
        except (BrokenPipeError, ValueError):
            # The reaper was killed or has ended; a new reaper gets the whole list.
            self._process.communicate()
            self._process = self._start()
            for guarded in self._guarded:
                self._write("guard", guarded)

    def _write(self, action: str, entry: Guarded) -> None:
        if self._process.stdin is not None:
            self._process.stdin.write(json.dumps([action, *entry]).encode() + b"\n")
            self._process.stdin.flush()


def _reaper() -> _Reaper:
    """Return this process's reaper; a forked child gets its own reaper when it first guards something."""
    global _own  # noqa: PLW0603 -- one for each process
    if _own is None or _own.owner != os.getpid():
        _own = _Reaper()
        atexit.register(_own.close)
    return _own
