"""A process that does not outlive the one that started it, with all that it starts in turn."""

import os
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from signal import Signals
from typing import IO, Any

import psutil

from taskgauge.backends.processes.process_guard import forget, keep
from taskgauge.backends.processes.reaper import GROUP, MARK, VARIABLE, is_living, kill_all, survivors


class ProcessNotStarted(Exception):
    """A command cannot be run at all: no such file, or no right to run it."""


class ProcessNotKilled(Exception):
    """A process is still there seconds after SIGKILL."""


class KeptProcess:
    """A process in a session and process group of its own."""

    def __init__(
        self,
        words: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        output: int | IO[bytes],
        user: str | None = None,
        inherited: Sequence[int] = (),
    ) -> None:
        """Start it, as another user if need be, with nothing to read but pipes it inherits; raise ProcessNotStarted."""
        self._mark = uuid.uuid4().hex
        self.words = tuple(words)
        keep(MARK, self._mark)
        try:
            self._process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={**environment, VARIABLE: self._mark},
                start_new_session=True,
                pass_fds=inherited,
                **_as_user(user),
            )
        except OSError as error:
            forget(MARK, self._mark)
            raise ProcessNotStarted(f"{words[0]} cannot be run: {error.strerror or error}") from error
        keep(GROUP, self.pid)

    @property
    def pid(self) -> int:
        """Its process id, which is also its group's."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def signal(self, number: Signals | int) -> None:
        """Send a signal to the process itself, if it runs."""
        self._process.send_signal(number)

    def catches(self, number: Signals) -> bool:
        """Whether it and all that it started handle a signal; also True where the system does not tell."""
        return all(_catches(pid, number) for pid in (self.pid, *(child.pid for child in self.children())))

    def wait(self, timeout: float | None = None) -> int | None:
        """Return its exit code, negative for a signal, or None if it still runs after so many seconds."""
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def children(self) -> list[psutil.Process]:
        """Return the living processes that it started, and those that they started, wherever they moved."""
        return [process for process in survivors({self.pid}, {self._mark}) if process.pid != self.pid]

    def kill(self) -> None:
        """Kill it and all that it started, at once; raise ProcessNotKilled if that does not help."""
        left = kill_all({self.pid}, {self._mark})
        self._process.poll()
        if left := [process for process in left if is_living(process)]:
            raise ProcessNotKilled(f"{left[0]} is still there after SIGKILL")
        self._process.wait()
        forget(GROUP, self.pid)
        forget(MARK, self._mark)


def _catches(pid: int, number: Signals) -> bool:
    try:
        lines = Path("/proc", str(pid), "status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return True
    caught = next((line.split()[1] for line in lines if line.startswith("SigCgt:")), "ffffffff")
    return bool(int(caught, 16) >> (number - 1) & 1)


def _as_user(name: str | None) -> dict[str, Any]:
    if name is None or os.geteuid() != 0:
        return {}
    import pwd  # noqa: PLC0415 -- POSIX only

    return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}
