"""A process that ends, with all its descendants, when the process that started it ends."""

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
    """A command cannot run: the file does not exist, or this user may not run it."""


class ProcessNotKilled(Exception):
    """A process still exists 10 seconds after SIGKILL."""


class SupervisedProcess:
    """A process in its own session and process group. As a context manager it kills the process at the end."""

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
        """Start the process, as `user` if that is not None, with `inherited` pipes; raise ProcessNotStarted."""
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
        """The process id, which is also the id of the process group."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """True if the process runs."""
        return self._process.poll() is None

    def signal(self, number: Signals | int) -> None:
        """Send a signal to the process, but not to its descendants, if it runs."""
        self._process.send_signal(number)

    def catches(self, number: Signals) -> bool:
        """Return True if the process and its descendants handle a signal, or if the system does not say."""
        return all(_catches(pid, number) for pid in (self.pid, *(child.pid for child in self.children())))

    def wait(self, timeout: float | None = None) -> int | None:
        """Return the exit code, negative for a signal, or None if the process still runs after `timeout` seconds."""
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def children(self) -> list[psutil.Process]:
        """Return the living descendants of the process, without reapers, also if they changed group or parent."""
        return [
            process
            for process in survivors({self.pid}, {self._mark})
            if process.pid != self.pid and not is_reaper(process)
        ]

    def terminate(self, grace: float, number: Signals = SIGTERM) -> bool:
        """Send a signal, wait `grace` seconds at most for the end, then kill the process and its descendants.

        Return True if the process had to be killed; raise ProcessNotKilled.
        """
        self.signal(number)
        had_to_be_killed = self.wait(grace) is None
        self.kill()
        return had_to_be_killed

    def kill(self) -> None:
        """Kill the process and its descendants at once; raise ProcessNotKilled if a process survives."""
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
    """Return the name of the signal that killed a process, with a possible cause."""
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
