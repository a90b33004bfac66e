"""Removes the System V shared memory of a PostgreSQL server that was killed: `python shared_memory.py DATA`.

PostgreSQL keeps one small segment while it runs, with any settings, and removes the segment when it stops in order.
After SIGKILL, only a restart of the machine, or of a server on the same data, removes the segment.
"""

import contextlib
import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LINE = 6
"""The line of `postmaster.pid` with the key and the id of the segment, counted from 0."""
_IPC_RMID = 0


def remove_segment(data: Path) -> None:
    """Remove the segment of a dead server on this data folder, if there is a segment."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
        _, number = lines[_LINE].split()
        segment = int(number)
    except (OSError, IndexError, ValueError):
        return  # the server stopped in order, or had no segment yet
    with contextlib.suppress(OSError, AttributeError):  # a system without System V shared memory
        ctypes.CDLL(None).shmctl(segment, _IPC_RMID, None)


@contextmanager
def segment_removed(data: Path) -> Iterator[None]:
    """Remove the segment of the server on this data folder at the end, however the process ends.

    The server must be dead by the end of the context.
    """
    # When this file runs as a program, it cannot import these.
    from taskgauge.backends.processes.process_guard import guard, release  # noqa: PLC0415
    from taskgauge.backends.processes.reaper import COMMAND  # noqa: PLC0415

    # -I: the environment does not change what the program imports.
    command = [[sys.executable, "-I", str(Path(__file__)), str(data)], {}]
    guard(COMMAND, command)
    try:
        yield
    finally:
        remove_segment(data)
        release(COMMAND, command)


if __name__ == "__main__":
    remove_segment(Path(sys.argv[1]))
