"""The floor of another process: a pipe, and one process that reads from it."""

import os
import subprocess
import sys

from taskgauge.backends.floors.floor_environment import function

_WIDTH = 12
"""The characters of a number in the pipe; the length of its text has as many."""


class ProcessPipeFloor:
    """Numbers through a pipe to a process that calls the function."""

    def __init__(self) -> None:
        """Start the process, which ends with the pipe."""
        reading, self._writing = os.pipe()
        self._process = subprocess.Popen([sys.executable, "-m", __name__, str(reading)], pass_fds=[reading])
        os.close(reading)

    def put(self, number: int, payload: str = "") -> None:
        """Write a number and a text; wait while the pipe is full."""
        os.write(self._writing, f"{number:{_WIDTH}}{len(payload):{_WIDTH}}{payload}".encode("ascii"))


def work(reading: int) -> None:
    """Call the function for each number until the pipe is closed."""
    call = function()
    with open(reading, "rb") as pipe:
        while head := pipe.read(2 * _WIDTH):
            pipe.read(int(head[_WIDTH:]))
            call(int(head[:_WIDTH]))


if __name__ == "__main__":
    work(int(sys.argv[1]))
