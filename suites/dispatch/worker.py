"""A target's worker process for one session: it runs a set number of tasks and ends."""

from collections.abc import Mapping
from pathlib import Path

from taskgauge.backends.descriptors import worker
from taskgauge.backends.descriptors.reader import Descriptor, Worker
from taskgauge.suites.dispatch.errors import PreparationFailed, WorkerEnded, WorkerNotReady

_OUTPUT = "worker.txt"
_PATIENCE = 3600.0
"""The seconds until the worker must be ready; the session fails before that."""


class TargetWorker:
    """The worker process of a session."""

    def __init__(self, description: Worker, tasks: int, environment: Mapping[str, str], folder: Path) -> None:
        """Start a worker that ends after `tasks` tasks; raise WorkerNotReady."""
        # Only workers of tests cannot count tasks; these end by themselves too.
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
        """Wait until the worker looks for tasks; raise WorkerNotReady."""
        try:
            self._process.wait_until_ready(_PATIENCE)
        except worker.WorkerNotReady as error:
            raise WorkerNotReady(f"{error}") from error

    def wait_until_done(self) -> None:
        """Wait until the worker has run all tasks and ended; raise WorkerEnded if its exit code is not 0."""
        code = self._process.wait()
        if code:
            raise WorkerEnded(
                f"the worker ended with code {code} before all tasks were run: {self._process.explaining_line()}"
            )

    def kill(self) -> None:
        """Kill the worker and all processes that it started."""
        self._process.kill()


def prepare(descriptor: Descriptor, environment: Mapping[str, str]) -> None:
    """Prepare the target's store; raise PreparationFailed."""
    try:
        worker.prepare(descriptor, environment)
    except worker.PreparationFailed as error:
        raise PreparationFailed(f"{error}") from error
