"""reference-memory: a priority queue and worker threads in this process."""

import logging
import threading
from typing import Any

from django.db import close_old_connections
from django.tasks.signals import task_enqueued

from taskgauge.backends.reference import pools
from taskgauge.backends.reference.base import ReferenceBackend
from taskgauge.backends.reference.life_cycle import enqueued, new_id, run, twin
from taskgauge.backends.reference.result_types import ResultTypes
from taskgauge.backends.reference.store import Store
from taskgauge.backends.reference.waiting import WaitingTasks

logger = logging.getLogger(__name__)


class ThreadPool:
    """Worker threads with their queue and their store of results."""

    def __init__(self, types: ResultTypes, sender: type, workers: int) -> None:
        """Take the number of workers; no thread starts yet."""
        self.store = Store(types)
        self.waiting = WaitingTasks()
        self.stopped = False
        """True after `stop`: then only `start` starts workers, and enqueueing does not."""
        self._sender = sender
        self._count = workers
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start the workers that are not running."""
        with self._lock:
            self.stopped = False
            self._threads = [thread for thread in self._threads if thread.is_alive()]
            while len(self._threads) < self._count:
                # Daemons, so that an endless task does not keep the interpreter alive; see pools.stop_all().
                thread = threading.Thread(target=self._work, name=f"{self._sender.__name__} worker", daemon=True)
                self._threads.append(thread)
                thread.start()

    def start_unless_stopped(self) -> None:
        """Start the workers at the first task, unless `stop` was called."""
        if not self._threads and not self.stopped:
            self.start()

    def stop(self, timeout: float | None) -> None:
        """Let running tasks finish, for `timeout` seconds at most, and end the workers; waiting tasks stay READY."""
        with self._lock:
            self.stopped = True
            threads, self._threads = self._threads, []
            for _ in threads:
                self.waiting.stop_one()
        for thread in threads:
            thread.join(timeout)
            if thread.is_alive():
                logger.error("A worker thread still runs its task %s s after it was asked to stop", timeout)

    def _work(self) -> None:
        worker_id = new_id()
        while (entry := self.waiting.get()).result_id is not None:
            try:
                run(self.store.types, entry.payload, worker_id=worker_id, sender=self._sender, change=self.store.change)
            except Exception:
                # Not the task's exception: run() handles those. The thread goes on, and the task stays unfinished.
                logger.exception("Task id=%s could not be brought to an end", entry.result_id)
            finally:
                self.store.finished(entry.result_id)
                close_old_connections()
            del entry  # otherwise an idle worker keeps its last task alive


class ReferenceMemoryBackend(ReferenceBackend):
    """A task backend that keeps tasks in memory and runs them in threads of this process.

    Options: `workers`, the number of threads (1); `result_types`. The first enqueue() starts the workers. All instances
    of an alias, one per thread, share one store. Results are kept until `clear()`. Tasks that wait when the interpreter
    ends are lost. A KeyboardInterrupt in a worker thread cannot come from the user, so it fails the task.
    """

    supports_defer = True
    supports_get_result = True
    counts = {"workers": 1}  # noqa: RUF012 -- annotated in the base class

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        """Take the alias and its entry in TASKS; no worker starts yet."""
        super().__init__(alias, params)
        workers = self.options.get("workers", 1)
        self._shared = pools.Shared(self, lambda: ThreadPool(self.types, type(self), workers))

    @property
    def _pool(self) -> ThreadPool:
        return self._shared.pool

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        """Keep the task for a worker and return its READY result, which does not change later."""
        self.validate_task(task)
        pool = self._pool
        result = enqueued(self.types, task, args, kwargs, alias=self.alias)
        kept = twin(self.types, result, task)
        pool.store.add(kept)
        try:
            task_enqueued.send(type(self), task_result=result)
        finally:
            # If a receiver raises, the caller gets the exception, but the task is accepted and runs.
            pool.waiting.put(result.id, kept, priority=task.priority, run_after=task.run_after)
            pool.start_unless_stopped()
        return result

    def get_result(self, result_id: str) -> Any:
        """Return the result as it is now; raise TaskResultDoesNotExist."""
        return self._pool.store.get(result_id)

    def start(self) -> None:
        """Start the workers now instead of at the first task."""
        self._pool.start()

    def stop(self, timeout: float | None = None) -> None:
        """End the workers when their running tasks are finished; waiting tasks stay READY until `start()`."""
        self._pool.stop(timeout)

    def join(self, timeout: float | None = None) -> bool:
        """Wait until all tasks, also deferred tasks, are finished; return False after `timeout` seconds."""
        return self._pool.store.join(timeout)

    def clear(self) -> None:
        """Forget every task and result."""
        self._pool.waiting.clear()
        self._pool.store.clear()
