"""A backend's own worker process, started by its descriptor's words; and the commands that prepare its store."""

import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from taskgauge.backends.descriptors.reader import Descriptor, fill_in
from taskgauge.backends.processes.captured_output import CapturedOutput
from taskgauge.backends.processes.error_line import explaining_line
from taskgauge.backends.processes.supervised_process import ProcessNotStarted, SupervisedProcess

PREPARATION = 120.0
"""Seconds that a command may take to prepare a store."""
_LONGEST = 1000
"""Characters of a line that are shown."""


class WorkerNotReady(Exception):
    """A worker could not be started, ended before it looked for tasks, or never said that it does."""


class PreparationFailed(Exception):
    """A command that makes the store ready failed."""


class WorkerProcess(SupervisedProcess):
    """A supervised worker; what it prints goes into a file, of which the end is at hand."""

    def __init__(
        self, words: Sequence[str], *, ready: str, environment: Mapping[str, str], output: Path, folder: Path
    ) -> None:
        """Start it in a folder; raise WorkerNotReady if that is not possible at all."""
        self._awaited = ready
        self._captured = CapturedOutput(output, ready)
        unbuffered = {**environment, "PYTHONUNBUFFERED": "1"}
        try:
            super().__init__(words, environment=unbuffered, folder=folder, output=self._captured)
        except ProcessNotStarted as error:
            raise WorkerNotReady(f"{error}") from error

    def wait_until_ready(self, timeout: float) -> None:
        """Wait until it has said that it looks for tasks; raise WorkerNotReady."""
        deadline = time.monotonic() + timeout
        while not self._captured.has_awaited.wait(0.05):
            if not self.is_alive:
                self._captured.wait_until_read(1)
                if self._captured.has_awaited.is_set():
                    return
                raise WorkerNotReady(f"the worker ended with code {self.wait()}: {self.explaining_line()}")
            if time.monotonic() > deadline:
                raise WorkerNotReady(
                    f"the worker has not said {self._awaited!r} within {timeout:g} s: {self.explaining_line()}"
                )

    def tail(self, lines: int = 20) -> str:
        """Return its last lines."""
        if not self.is_alive:
            self._captured.wait_until_read(1)
        return "\n".join(line[-_LONGEST:] for line in self._captured.tail().splitlines()[-lines:])

    def explaining_line(self) -> str:
        """Return the line of its output that explains a failure."""
        return explaining_line(self.tail())


def prepare(descriptor: Descriptor, environment: Mapping[str, str]) -> None:
    """Make the target's store ready, and leave nothing behind; raise PreparationFailed."""
    for command in descriptor.prepare:
        words = [fill_in(word, {"python": sys.executable}, f"{descriptor.path}") for word in command]
        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder) / "said.txt"
            try:
                process = WorkerProcess(words, ready="", environment=environment, output=output, folder=Path.cwd())
            except WorkerNotReady as error:
                raise PreparationFailed(f"{error}") from error
            with process:
                code, said = process.wait(PREPARATION), process.explaining_line()
        if code is None:
            raise PreparationFailed(f"{' '.join(command)} was not done within {PREPARATION:g} s: {said}")
        if code:
            raise PreparationFailed(f"{' '.join(command)} ended with code {code}: {said}")
