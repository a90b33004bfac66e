"""Starts a backend's worker process, and runs the commands that prepare its store, as its descriptor says."""

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
"""The seconds that a command may take to prepare a store."""
_LONGEST = 1000
"""The characters of a line that are shown."""


class WorkerNotReady(Exception):
    """A worker did not start, ended before it was ready, or did not say in time that it is ready."""


class PreparationFailed(Exception):
    """A command that prepares a store failed."""


class WorkerProcess(SupervisedProcess):
    """A supervised worker process; its output goes to a file, and the end of it is kept in memory."""

    def __init__(
        self, words: Sequence[str], *, ready: str, environment: Mapping[str, str], output: Path, folder: Path
    ) -> None:
        """Start the worker in a folder; raise WorkerNotReady if its command cannot run."""
        self._awaited = ready
        self._captured = CapturedOutput(output, ready)
        unbuffered = {**environment, "PYTHONUNBUFFERED": "1"}
        try:
            super().__init__(words, environment=unbuffered, folder=folder, output=self._captured)
        except ProcessNotStarted as error:
            raise WorkerNotReady(f"{error}") from error

    def wait_until_ready(self, timeout: float) -> None:
        """Wait until the worker has printed its `ready` text; raise WorkerNotReady."""
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
        """Return the last lines of the output."""
        if not self.is_alive:
            self._captured.wait_until_read(1)
        return "\n".join(line[-_LONGEST:] for line in self._captured.tail().splitlines()[-lines:])

    def explaining_line(self) -> str:
        """Return the line of the output that explains a failure."""
        return explaining_line(self.tail())


def prepare(descriptor: Descriptor, environment: Mapping[str, str], *, python: str = sys.executable) -> None:
    """Run the commands that prepare the target's store, and leave no files behind; raise PreparationFailed."""
    for command in descriptor.prepare:
        words = [fill_in(word, {"python": python}, f"{descriptor.path}") for word in command]
        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder) / "said.txt"
            try:
                process = WorkerProcess(words, ready="", environment=environment, output=output, folder=Path.cwd())
            except WorkerNotReady as error:
                raise PreparationFailed(f"{error}") from error
            with process:
                code, line = process.wait(PREPARATION), process.explaining_line()
        if code is None:
            raise PreparationFailed(f"{' '.join(command)} did not finish within {PREPARATION:g} s: {line}")
        if code:
            raise PreparationFailed(f"{' '.join(command)} ended with code {code}: {line}")
