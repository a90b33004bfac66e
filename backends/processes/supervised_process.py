"""A process that does not outlive the one that started it, with all that it starts in turn."""

import os
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from signal import SIGTERM, Signals
from typing import IO, Any, Self

import psutil

from taskgauge.backends.processes.captured_output import CapturedOutput
from taskgauge.backends.processes.process_guard import guard, release
from taskgauge.backends.processes.reaper import GROUP, MARK, VARIABLE, is_living, is_reaper, kill_all, survivors


class ProcessNotStarted(Exception):
    """A command cannot be run at all: no such file, or no right to run it."""


class ProcessNotKilled(Exception):
    """A process is still there seconds after SIGKILL."""


class SupervisedProcess:
    """A process in a session and process group of its own; a context manager, which kills it at its end."""

    def __init__(
        self,
        words: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        output: int | IO[bytes] | CapturedOutput,
        stdin: int = subprocess.DEVNULL,
        user: str | None = None,
        inherited: Sequence[int] = (),
    ) -> None:
        """Start it, as another user if need be, with the pipes that it inherits; raise ProcessNotStarted."""
        self.words = tuple(words)
        self._output = output if isinstance(output, CapturedOutput) else None
        self._mark = uuid.uuid4().hex
        marks = ":".join(filter(None, (os.environ.get(VARIABLE), self._mark)))
        guard(MARK, self._mark)
        try:
            self._process = subprocess.Popen(
                words,
                stdin=stdin,
                stdout=output.writer if isinstance(output, CapturedOutput) else output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={**environment, VARIABLE: marks},
                start_new_session=True,
                pass_fds=inherited,
                **_as_user(user),
            )
        except OSError as error:
            release(MARK, self._mark)
            if self._output is not None:
                self._output.close()
            raise ProcessNotStarted(f"{words[0]} cannot be run: {error.strerror or error}") from error
        finally:
            if self._output is not None:
                self._output.close_writer()
        guard(GROUP, self.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

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
        """Return the living processes that it started, and those that they started, wherever they moved.

        Their reapers are left out.
        """
        return [
            process
            for process in survivors({self.pid}, {self._mark})
            if process.pid != self.pid and not is_reaper(process)
        ]

    def terminate(self, grace: float, number: Signals = SIGTERM) -> bool:
        """Send it a signal, and kill it and all that it started after its end, or after `grace` seconds.

        Return whether it had to be killed; raise ProcessNotKilled.
        """
        self.signal(number)
        had_to_be_killed = self.wait(grace) is None
        self.kill()
        return had_to_be_killed

    def kill(self) -> None:
        """Kill it and all that it started, at once; raise ProcessNotKilled if that does not help."""
        left = kill_all({self.pid}, {self._mark})
        self._process.poll()
        if left := [process for process in left if is_living(process)]:
            raise ProcessNotKilled(f"{left[0]} is still there after SIGKILL")
        self._process.wait()
        release(GROUP, self.pid)
        release(MARK, self._mark)
        if self._output is not None:
            self._output.wait_until_read(1)
            self._output.close()


def signal_name(number: int) -> str:
    """Return the name of the signal that a process died of, with what that may mean."""
    name = Signals(number).name if number in set(Signals) else f"signal {number}"
    return f"{name} (out of memory?)" if name == "SIGKILL" else name


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
