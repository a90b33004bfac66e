"""Captures the output of a process into a file of limited size, and reports when an awaited text appears."""

import contextlib
import os
import select
import threading
from pathlib import Path

CAP = 16 * 2**20
"""The bytes of the output's beginning that the file keeps; of the rest it keeps only the end."""
_TAIL = 64 * 2**10
"""The bytes of the output's end that are kept in memory."""
_LEFT_OUT = "\n[Taskgauge leaves out {count} bytes here]\n"


class CapturedOutput:
    """A pipe that a process prints to, and a thread that reads from it."""

    def __init__(self, path: Path, awaited: str = "") -> None:
        """Open the file; raise OSError. The caller closes `writer` once the process has started."""
        self.has_awaited = threading.Event()
        """The event that is set once the process has printed the awaited text."""
        self._awaited = awaited.encode()
        self._tail = b""
        self._count = 0
        self._file = path.open("wb", buffering=0)
        self._reader, self.writer = os.pipe()
        self._waker: int | None
        self._wake, self._waker = os.pipe()
        self._closing = threading.Lock()
        self._is_closed = threading.Event()
        self._thread = threading.Thread(target=self._read, name=f"output into {path.name}", daemon=True)
        self._thread.start()

    def close_writer(self) -> None:
        """Close this process's own writing end; call this once only."""
        os.close(self.writer)

    def wait_until_read(self, timeout: float) -> None:
        """Wait until all output is read, for `timeout` seconds at most: other processes may hold the pipe open."""
        self._is_closed.wait(timeout)

    def close(self) -> None:
        """Stop reading and close the file; a second call does nothing."""
        with self._closing:
            if self._waker is None:
                return  # the descriptor may belong to another file by now
            with contextlib.suppress(OSError):
                os.write(self._waker, b"x")
            self._thread.join()
            os.close(self._waker)
            self._waker = None

    def tail(self) -> str:
        """Return the last 64 KiB of the output at most."""
        return self._tail.decode(errors="replace")

    def _read(self) -> None:
        poll = select.poll()
        poll.register(self._reader, select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        while True:
            readable = {number for number, _ in poll.poll()}
            if self._wake in readable:
                break
            data = os.read(self._reader, 65536)
            if not data:
                break
            self._take(data)
        self._finish()

    def _take(self, data: bytes) -> None:
        # If the disk is full, the output is still read: otherwise the process would block.
        with contextlib.suppress(OSError):
            self._file.write(data[: max(0, CAP - self._count)])
        self._count += len(data)
        # The awaited text may arrive in two parts.
        is_there = self._awaited in self._tail[-len(self._awaited) :] + data
        self._tail = (self._tail + data)[-_TAIL:]
        if is_there:
            self.has_awaited.set()

    def _finish(self) -> None:
        beyond = self._count - CAP
        if beyond > 0:
            end = self._tail[-min(beyond, len(self._tail)) :]
            with contextlib.suppress(OSError):
                self._file.write(_LEFT_OUT.format(count=beyond - len(end)).encode() + end)
        self._file.close()
        os.close(self._reader)
        os.close(self._wake)
        self._is_closed.set()
