"""The worker processes of a target: started as its descriptor says, waited for, and ended."""

import itertools
import os
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypedDict, Unpack

from taskgauge.backends.descriptors.reader import Target
from taskgauge.backends.descriptors.worker import WorkerNotReady, WorkerProcess
from taskgauge.suites.conformance.outcomes import Inconclusive, NotApplicable
from taskgauge.suites.conformance.project import ONE, Project

READY = 60.0
"""Seconds in which a worker must be ready."""
_SURE = 3
"""Workers in a row that did not get ready; after these the next worker has less time."""
GRACE = 20.0
"""Seconds from SIGTERM until a worker is killed."""
_GRACE_OF_OTHERS = 8.0
"""The same seconds for workers that a test has started, which may be inside a task that does not end."""
_HANDLER_TIMEOUT = 3.0
"""Seconds in which a ready worker must install a handler for SIGTERM, or else counts as a worker without one."""


class How(TypedDict, total=False):
    """The options of a worker's start; the descriptor decides those that are left out."""

    queues: Sequence[str] | None
    concurrency: int
    drain: bool
    alias: str | None
    settings: str
    environment: Mapping[str, str] | None


class Workers:
    """The workers that this process has started; one of them is shared by all tests."""

    def __init__(self, target: Target, project: Project, log: Path) -> None:
        """Start no worker; the output of each worker will go to its own file in the folder `log`."""
        self.shared: WorkerProcess | None = None
        self._worker = target.descriptor.worker
        self._project = project
        self._log = log
        self._processes: list[WorkerProcess] = []
        self._last: WorkerProcess | None = None
        self._numbers = itertools.count(1)
        self._unready = 0
        """The number of workers in a row that were not ready in time."""
        self._handles = True
        """True if workers install a handler for SIGTERM, as far as known."""

    def start(self, **how: Unpack[How]) -> WorkerProcess:
        """Start a worker and do not wait until it is ready, so that several can get ready at once.

        Raises NotApplicable if the target has no such worker, and Inconclusive if it cannot be started.
        """
        if self._worker is None:
            raise NotApplicable("this target has no worker process of its own to start")
        argv = self._worker.words(
            queues=how.get("queues"),
            concurrency=how.get("concurrency", 1),
            drain=how.get("drain", False),
            alias=how.get("alias"),
        )
        if argv is None:
            raise NotApplicable("its worker cannot be started that way")
        inherited = {**os.environ, **self._project.environment, "DJANGO_SETTINGS_MODULE": how.get("settings", ONE)}
        try:
            process = WorkerProcess(
                argv,
                ready=self._worker.ready,
                environment={**inherited, **(how.get("environment") or {})},
                output=self._log / f"worker-{next(self._numbers)}.txt",
                folder=self._project.folder,
            )
        except WorkerNotReady as error:
            raise Inconclusive(f"the worker was not started: {error}") from error
        self._processes.append(process)
        self._last = process
        return process

    def await_ready(self, *workers: WorkerProcess) -> None:
        """Wait until started workers are ready; raise Inconclusive if one of them is not."""
        for process in workers:
            try:
                process.wait_until_ready(READY if self._unready < _SURE else READY / 10)
            except WorkerNotReady as error:
                process.kill()
                self._unready += 1
                raise Inconclusive(f"the worker was not ready: {error}") from error
            self._unready = 0
            self._await_handler(process)

    def _await_handler(self, worker: WorkerProcess) -> None:
        """Wait until the worker and its processes handle SIGTERM, so that it does not end them during their start.

        If not all processes of a worker handle it in time, later workers are not waited for.
        """
        end = time.monotonic() + _HANDLER_TIMEOUT
        while self._handles and worker.is_alive and not worker.catches(signal.SIGTERM):
            if time.monotonic() > end:
                self._handles = False
            time.sleep(0.01)

    def tail(self, lines: int = 20) -> str:
        """Return the last output lines of the worker that was started last, if any."""
        return self._last.tail(lines) if self._last is not None else ""

    def end_others(self) -> tuple[bool, bool]:
        """End all workers but the shared one, first as a supervisor does, and kill those that do not end in time.

        Returns whether there was any, and whether any had to be killed.
        """
        others = [worker for worker in self._processes if worker is not self.shared]
        for worker in others:
            worker.signal(signal.SIGTERM)
        end = time.monotonic() + _GRACE_OF_OTHERS
        killed = [worker.wait(max(0.0, end - time.monotonic())) is None for worker in others]
        for worker in others:
            worker.kill()
        self._processes = [worker for worker in self._processes if worker is self.shared]
        return bool(others), any(killed)

    def exit_codes(self) -> list[int | None]:
        """Return the exit codes of the workers that have ended."""
        return [worker.wait(0) for worker in self._processes if not worker.is_alive]

    def kill(self) -> None:
        """Kill all workers."""
        for worker in self._processes:
            worker.kill()
        self._processes, self.shared = [], None


def end(worker: WorkerProcess) -> bool:
    """End a worker as a supervisor does, so that it hands its tasks back; return whether it had to be killed."""
    return worker.terminate(GRACE)
