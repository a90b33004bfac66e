"""The worker processes of a target: started as its descriptor says, waited for, and ended."""

import itertools
import os
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypedDict, Unpack

from taskgauge.backends.descriptors.worker import WorkerNotReady
from taskgauge.suites.conformance.harness.configured_target import ConfiguredTarget
from taskgauge.suites.conformance.harness.probe_tasks import ProbeTasks
from taskgauge.suites.conformance.harness.target_worker import TargetWorker
from taskgauge.suites.conformance.outcomes import Inconclusive, NotApplicable, WorkerEnded
from taskgauge.suites.conformance.project import ALIAS, ONE

READY = 60.0
"""Seconds in which a worker must be ready."""
_SURE = 3
"""Workers in a row that did not get ready; after these the next worker has less time."""
GRACE = 20.0
"""Seconds from the signal that ends it until a worker is killed."""
_GRACE_OF_OTHERS = 8.0
"""The same seconds for workers that a test has started, which may be inside a task that does not end."""
_HANDLER_TIMEOUT = 3.0
"""Seconds in which a ready worker must handle the signal that ends it, or else counts as a worker without a handler."""


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

    def __init__(self, target: ConfiguredTarget, probes: ProbeTasks, log: Path) -> None:
        """Start no worker; the output of each worker will go to its own file in the folder `log`."""
        self.shared: TargetWorker | None = None
        self._worker = target.target.worker
        self._target = target
        self._project = target.project
        self._probes = probes
        self._log = log
        self._workers: list[TargetWorker] = []
        self._last: TargetWorker | None = None
        self._by_name: dict[str, TargetWorker] = {}
        """All processes, also those that have ended."""
        self._numbers = itertools.count(1)
        self._unready = 0
        """The number of workers in a row that were not ready in time."""
        self._handles = True
        """True if workers install a handler for the signal that ends them, as far as known."""

    @property
    def stop_signal(self) -> signal.Signals:
        """The signal that ends a worker."""
        return signal.SIGTERM if self._worker is None else self._worker.stop_signal

    def start(self, **how: Unpack[How]) -> TargetWorker:
        """Start a worker and do not wait until it is ready, so that several can get ready at once.

        If a process serves one queue and `how` names none, the worker has a process for each queue. Raises
        NotApplicable if the target has no such worker, and Inconclusive if it cannot be started.
        """
        is_for_each_queue = self._worker is not None and self._worker.serves_one_queue and how.get("queues") is None
        worker = self._start_process([ALIAS] if is_for_each_queue else how.get("queues"), how)
        self._workers.append(worker)
        self._last = worker
        if is_for_each_queue:
            others = sorted(self._target.served_queues() - {ALIAS})
            worker.beside.extend(self._start_process([queue], how) for queue in others)
        return worker

    def _start_process(self, queues: Sequence[str] | None, how: How) -> TargetWorker:
        if self._worker is None:
            raise NotApplicable("this target has no worker process of its own to start")
        argv = self._worker.words(
            queues=queues,
            concurrency=how.get("concurrency", 1),
            drain=how.get("drain", False),
            alias=how.get("alias"),
        )
        if argv is None:
            raise NotApplicable("its worker cannot be started that way")
        inherited = {**os.environ, **self._project.environment, "DJANGO_SETTINGS_MODULE": how.get("settings", ONE)}
        try:
            process = TargetWorker(
                argv,
                ready=self._worker.ready,
                environment={**inherited, **(how.get("environment") or {})},
                output=self._log / f"worker-{next(self._numbers)}.txt",
                folder=self._project.folder,
                queue=next(iter(queues or ()), ALIAS),
                alias=None if self._worker.alias is None else how.get("alias"),
            )
        except WorkerNotReady as error:
            raise Inconclusive(f"the worker was not started: {error}") from error
        self._by_name[process.name] = process
        return process

    def await_ready(self, *workers: TargetWorker) -> None:
        """Wait until started workers are ready; raise Inconclusive if one is not, or WorkerEnded if one has ended."""
        processes = [process for worker in workers for process in worker.processes]
        timeout = READY if self._unready < _SURE else READY / 10
        try:
            if self._worker is not None and self._worker.ready is None:
                self._probes.await_ready(processes, timeout)
            for process in processes:
                process.wait_until_ready(timeout)
                self._unready = 0
                self._await_handler(process)
        except WorkerNotReady as error:
            has_ended = not all(process.is_alive for process in processes)
            for worker in workers:
                worker.kill()
            self._unready += 1
            kind = WorkerEnded if has_ended else Inconclusive
            raise kind(f"the worker was not ready: {error}") from error

    def _await_handler(self, worker: TargetWorker) -> None:
        """Wait until a process and its children handle the signal that ends it, so that it is not cut off in its start.

        If not all of them handle it in time, later processes are not waited for.
        """
        end = time.monotonic() + _HANDLER_TIMEOUT
        while self._handles and worker.is_alive and not worker.catches(self.stop_signal):
            if time.monotonic() > end:
                self._handles = False
            time.sleep(0.01)

    def tail(self, *, name: str = "", queue: str = "") -> str:
        """Return the last output lines of a process: of this name, or else of the last worker, for this queue."""
        process = self._by_name.get(name)
        if process is None and self._last is not None:
            process = next((process for process in self._last.processes if process.queue == queue), self._last)
        return "" if process is None else process.tail()

    def end_others(self) -> tuple[bool, bool]:
        """End all workers but the shared one, first as a supervisor does, and kill those that do not end in time.

        Returns whether there was any, and whether any had to be killed.
        """
        others = [worker for worker in self._workers if worker is not self.shared]
        processes = [process for worker in others for process in worker.processes]
        for process in processes:
            process.signal(self.stop_signal)
        end = time.monotonic() + _GRACE_OF_OTHERS
        killed = [process.wait(max(0.0, end - time.monotonic())) is None for process in processes]
        for worker in others:
            worker.kill()
        self._workers = [worker for worker in self._workers if worker is self.shared]
        return bool(others), any(killed)

    def end(self, worker: TargetWorker) -> bool:
        """End a worker as a supervisor does, so that it hands its tasks back; return whether it had to be killed."""
        return worker.terminate(GRACE, self.stop_signal)

    def exit_codes(self) -> list[int | None]:
        """Return the exit codes of the processes that have ended."""
        processes = [process for worker in self._workers for process in worker.processes]
        return [process.wait(0) for process in processes if not process.is_alive]

    def kill(self) -> None:
        """Kill all workers."""
        for worker in self._workers:
            worker.kill()
        self._workers, self.shared = [], None
