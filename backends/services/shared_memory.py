"""Removes the System V shared memory of a PostgreSQL server that was killed: `python shared_memory.py DATA`.

PostgreSQL keeps one small segment for as long as it runs, whatever its settings are, and removes it where it ends in
order. After SIGKILL nothing but a restart of the machine, or of a server on the same data, would remove it.
"""

import contextlib
import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LINE = 6
"""Where `postmaster.pid` has the key and the id of the segment, counted from 0."""
_IPC_RMID = 0


def remove_segment(data: Path) -> None:
    """Remove the segment that a dead server on this data folder left, if it left one."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
        _, number = lines[_LINE].split()
        segment = int(number)
    except (OSError, IndexError, ValueError):
        return  # it ended in order, or had none yet
    with contextlib.suppress(OSError, AttributeError):  # a system without such memory
        ctypes.CDLL(None).shmctl(segment, _IPC_RMID, None)


@contextmanager
def segment_removed(data: Path) -> Iterator[None]:
    """Remove the segment of the server on this data folder at the end, however the process ends.

    The server must be dead by the end of the context.
    """
    from taskgauge.backends.processes.process_guard import guard, release  # noqa: PLC0415 -- not where this file runs as a program
    from taskgauge.backends.processes.reaper import COMMAND  # noqa: PLC0415

    # -I: nothing of the environment has a say in what it imports.
    command = [[sys.executable, "-I", str(Path(__file__)), str(data)], {}]
    guard(COMMAND, command)
    try:
        yield
    finally:
        remove_segment(data)
        release(COMMAND, command)


if __name__ == "__main__":
    remove_segment(Path(sys.argv[1]))
