"""A worker of a target: one process, or one process for each queue if a process serves only one queue."""

import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from taskgauge.backends.descriptors.worker import WorkerProcess
from taskgauge.suites.conformance.environment_variables import WORKER


class TargetWorker(WorkerProcess):
    """The process of a worker, with the processes that serve the other queues beside it."""

    def __init__(
        self,
        words: Sequence[str],
        *,
        ready: str | None,
        environment: Mapping[str, str],
        output: Path,
        folder: Path,
        queue: str,
        alias: str | None,
    ) -> None:
        """Start the process; raise WorkerNotReady if its command cannot run."""
        self.name = output.stem
        """The name of the process in the event log."""
        self.queue = queue
        """A queue that it serves."""
        self.alias = alias
        """The alias that it serves; None for all of them, or for `default`."""
        self.beside: list[TargetWorker] = []
        """The processes of the same worker for other queues."""
        super().__init__(
            words, ready=ready, environment={**environment, WORKER: self.name}, output=output, folder=folder
        )

    @property
    def processes(self) -> "list[TargetWorker]":
        """This process and those beside it."""
        return [self, *self.beside]

    def ended(self) -> "TargetWorker | None":
        """Return a process of this worker that has ended, or None if all run."""
        return next((process for process in self.processes if not process.is_alive), None)

    def terminate(self, grace: float, number: signal.Signals = signal.SIGTERM) -> bool:
        """Send all processes a signal, wait for their ends, and kill those that do not end in time.

        Return True if one of them had to be killed; raise ProcessNotKilled.
        """
        for process in self.beside:
            process.signal(number)
        killed = [super().terminate(grace, number), *(process.wait(grace) is None for process in self.beside)]
        for process in self.beside:
            process.kill()
        return any(killed)

    def kill(self) -> None:
        """Kill all processes at once; raise ProcessNotKilled."""
        for process in self.beside:
            process.kill()
        super().kill()
