"""Starts a backend's worker process, and runs the commands that prepare its store, as its descriptor says."""

import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path

from taskgauge.backends.descriptors.reader import Descriptor, fill_in
from taskgauge.backends.processes.captured_output import CapturedOutput
from taskgauge.backends.processes.error_line import SILENT, explaining_line, without_escapes
from taskgauge.backends.processes.supervised_process import ProcessNotStarted, SupervisedProcess

PREPARATION = 120.0
"""The seconds that a command may take to prepare a store."""
_LONGEST = 1000
"""The characters of a line of the output that are kept."""
_LINES = 5
"""The lines that a message shows of the output of a worker that does not start."""
_SHOWN = 200
"""The characters of each of these lines."""


class WorkerNotReady(Exception):
    """A worker did not start, ended before it was ready, or did not say in time that it is ready."""


class PreparationFailed(Exception):
    """A command that prepares a store failed."""


class WorkerProcess(SupervisedProcess):
    """A supervised worker process; its output goes to a file, and the end of it is kept in memory."""

    def __init__(
        self, words: Sequence[str], *, ready: str | None, environment: Mapping[str, str], output: Path, folder: Path
    ) -> None:
        """Start the worker in a folder; raise WorkerNotReady if its command cannot run.

        `ready` is the text that it prints when it begins to look for tasks; None if it prints no such text.
        """
        self._awaited = ready
        self._captured = CapturedOutput(output, ready or "")
        unbuffered = {**environment, "PYTHONUNBUFFERED": "1"}
        try:
            super().__init__(words, environment=unbuffered, folder=folder, output=self._captured)
        except ProcessNotStarted as error:
            raise WorkerNotReady(f"{error}") from error

    def wait_until_ready(self, timeout: float) -> None:
        """Wait until the worker has printed its `ready` text; raise WorkerNotReady.

        Return at once if there is no such text.
        """
        deadline = time.monotonic() + timeout
        while self._awaited is not None and not self._captured.has_awaited.wait(0.05):
            if not self.is_alive:
                self._captured.wait_until_read(1)
                if self._captured.has_awaited.is_set():
                    return
                self.check_runs()
            if time.monotonic() > deadline:
                raise WorkerNotReady(
                    f"the worker has not said {self._awaited!r} within {timeout:g} s: {self.last_lines()}"
                )

    def check_runs(self) -> None:
        """Raise WorkerNotReady if the worker has ended."""
        if not self.is_alive:
            raise WorkerNotReady(f"the worker ended with code {self.wait()}: {self.last_lines()}")

    def tail(self, lines: int = 20) -> str:
        """Return the last lines of the output."""
        if not self.is_alive:
            self._captured.wait_until_read(1)
        return "\n".join(line[-_LONGEST:] for line in self._captured.tail().splitlines()[-lines:])

    def explaining_line(self) -> str:
        """Return the line of the output that explains a failure."""
        return explaining_line(self.tail())

    def last_lines(self) -> str:
        """Return the last lines of the output in one line: the last alone may only name the command's help."""
        lines = [" ".join(line.split()) for line in without_escapes(self.tail()).splitlines()]
        different = [line for line, _ in groupby(filter(None, lines))]
        return " | ".join(line[:_SHOWN] for line in different[-_LINES:]) or SILENT


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
