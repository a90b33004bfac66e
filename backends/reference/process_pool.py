"""The pool of reference-process, which keeps the number of worker processes constant."""

import logging
import pickle
import threading

from django.conf import settings

from taskgauge.backends.reference.errors import SettingsNotPicklable, WorkerDidNotStart
from taskgauge.backends.reference.result_types import ResultTypes
from taskgauge.backends.reference.store import Store
from taskgauge.backends.reference.waiting import WaitingTasks
from taskgauge.backends.reference.worker import Boot
from taskgauge.backends.reference.worker_process import WorkerProcess

logger = logging.getLogger(__name__)

_SENT_SETTINGS = ("TASKS", "USE_TZ", "TIME_ZONE", "INSTALLED_APPS", "DATABASES", "LOGGING")


class ProcessPool:
    """Worker processes with their queue and their store of results."""

    def __init__(self, types: ResultTypes, sender: type, *, alias: str, workers: int, prefetch: int) -> None:
        """Take the number of workers; no process starts yet."""
        self.store = Store(types)
        self.waiting = WaitingTasks()
        self.sender = sender
        self.prefetch = prefetch
        self.refill_from = max(1, prefetch // 2)
        self.stopped = False
        """True after `stop`: then only `start` starts workers, and enqueueing does not."""
        self._alias = alias
        self._count = workers
        self._workers: list[WorkerProcess] = []
        self._broken: WorkerDidNotStart | None = None
        self._lock = threading.RLock()
        self._starting_or_stopping = threading.RLock()

    def start(self) -> None:
        """Start the workers that are not running."""
        with self._starting_or_stopping, self._lock:
            self.stopped = False
            self._broken = None
            self._fill_up()

    def start_unless_stopped(self) -> None:
        """Start the workers at the first task, unless `stop` was called."""
        if not self._workers and not self.stopped:
            self.start()

    def wait_until_ready(self, timeout: float | None) -> bool:
        """Wait until every worker can run tasks, `timeout` seconds at most per worker; raise WorkerDidNotStart."""
        ready = all(worker.ready.wait(timeout) for worker in list(self._workers))
        self.raise_if_broken()
        return ready

    def join(self, timeout: float | None) -> bool:
        """Wait until all tasks are finished; return False after `timeout` seconds; raise WorkerDidNotStart."""
        self.raise_if_broken()
        finished = self.store.join(timeout, unless=lambda: self._broken is not None)
        self.raise_if_broken()
        return finished

    def raise_if_broken(self) -> None:
        """Raise WorkerDidNotStart if a worker ended before it was ready."""
        if self._broken is not None:
            raise self._broken

    def stop(self, timeout: float | None) -> None:
        """Let the workers run the tasks they hold, for `timeout` seconds at most, and end them; others stay READY."""
        with self._starting_or_stopping:
            with self._lock:
                self.stopped = True
                workers, self._workers = self._workers, []
            for worker in workers:
                worker.ask_to_stop()
                self.waiting.stop_one()
            for worker in workers:
                worker.wait_or_kill(timeout)
            self.waiting.forget_stops()

    def pids(self) -> list[int]:
        """Return the process ids of the workers."""
        with self._lock:
            return [worker.process.pid or 0 for worker in self._workers]

    def gone(self, worker: WorkerProcess) -> None:
        """Record that a worker has ended; start another worker if this worker was not stopped."""
        with self._lock:
            if worker not in self._workers:
                return
            self._workers.remove(worker)
            if worker.ready.is_set():
                self._fill_up()
                return
            # A new worker would fail in the same way, without end.
            self._broken = WorkerDidNotStart(
                f"a worker process ended with exit code {worker.process.exitcode} before it was ready; "
                "its error output says why"
            )
        logger.error("%s", self._broken)
        worker.ready.set()
        self.store.interrupt()

    def _fill_up(self) -> None:
        boot = Boot(alias=self._alias, settings={name: getattr(settings, name) for name in _SENT_SETTINGS})
        try:
            pickle.dumps(boot)
        except (pickle.PicklingError, TypeError, AttributeError) as error:
            raise SettingsNotPicklable(
                f"{self.sender.__name__} sends the settings {', '.join(_SENT_SETTINGS)} to its workers: {error}; "
                'OPTIONS["result_types"] must be a path'
            ) from error
        while len(self._workers) < self._count:
            self._workers.append(WorkerProcess(self, boot))
