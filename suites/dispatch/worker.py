"""A target's own worker process as dispatch uses it: it runs so many tasks and ends."""

from collections.abc import Mapping
from pathlib import Path

from taskgauge.backends.descriptors import worker
from taskgauge.backends.descriptors.reader import Descriptor, Worker
from taskgauge.suites.dispatch.errors import PreparationFailed, WorkerEnded, WorkerNotReady

_OUTPUT = "worker.txt"
_PATIENCE = 3600.0
"""Seconds until it must be ready; the session gives up before."""


class TargetWorker:
    """The worker process of a session."""

    def __init__(self, description: Worker, tasks: int, environment: Mapping[str, str], folder: Path) -> None:
        """Start it, to end by itself after so many tasks; raise WorkerNotReady."""
        # One that cannot count is one that a test has made, and ends by itself too.
        words = description.words(tasks=tasks if description.count is not None else None)
        if words is None:
            raise WorkerNotReady("the worker cannot be started for one task at a time")
        try:
            self._process = worker.WorkerProcess(
                words, ready=description.ready, environment=environment, output=folder / _OUTPUT, folder=folder
            )
        except worker.WorkerNotReady as error:
            raise WorkerNotReady(f"{error}") from error

    def wait_until_ready(self) -> None:
        """Wait until it looks for tasks; raise WorkerNotReady."""
        try:
            self._process.wait_until_ready(_PATIENCE)
        except worker.WorkerNotReady as error:
            raise WorkerNotReady(f"{error}") from error

    def wait_until_done(self) -> None:
        """Wait until it has run all tasks and ended; raise WorkerEnded if it did not end well."""
        code = self._process.wait()
        if code:
            raise WorkerEnded(
                f"the worker ended with code {code} before all tasks were run: {self._process.explaining_line()}"
            )

    def kill(self) -> None:
        """End it at once, with all that it started."""
        self._process.kill()


def prepare(descriptor: Descriptor, environment: Mapping[str, str]) -> None:
    """Make the target's store ready; raise PreparationFailed."""
    try:
        worker.prepare(descriptor, environment)
    except worker.PreparationFailed as error:
        raise PreparationFailed(f"{error}") from error
