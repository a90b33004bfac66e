"""reference-process: worker processes fed through pipes; the process that enqueues owns the state."""

from typing import Any

from django.core import checks
from django.tasks.signals import task_enqueued

from taskgauge.backends.reference import pools, worker
from taskgauge.backends.reference.base import ReferenceBackend
from taskgauge.backends.reference.errors import NotInsideWorker
from taskgauge.backends.reference.life_cycle import enqueued, twin
from taskgauge.backends.reference.messages import pack
from taskgauge.backends.reference.process_pool import ProcessPool


class ReferenceProcessBackend(ReferenceBackend):
    """Runs tasks in processes of its own, started by spawning; the process that enqueues keeps their results.

    What goes through the pipe is the result object itself, pickled when the task is enqueued, and it comes back in its
    final state and takes the place of the one that was kept. A backend could send the task's path and its arguments
    instead, and build the object anew on the other side; that would be quicker, and would measure nothing of it.
    Hence Django 6.0, whose Task cannot be pickled, can only be used with result types that hold the task's path:
    enqueue() refuses others with TaskNotPicklable, and the system check says so beforehand.

    Options: `workers`, the number of processes (1); `prefetch`, how many tasks a worker holds at most, the running one
    included (32): a task of higher priority overtakes all but these; `result_types`, which must be a path.

    A worker that dies fails the task that it ran with WorkerDied; what it had not started goes to the others, and
    a new worker takes its place. No task is run twice. Tasks may enqueue tasks and ask for results. When the
    owner dies, its workers end at once, and what waits is lost.
    """

    supports_defer = True
    supports_get_result = True
    counts = {"workers": 1, "prefetch": 1}  # noqa: RUF012 -- annotated in the base class

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        """Take the alias and its part of TASKS; no process starts yet."""
        super().__init__(alias, params)
        self._shared = pools.Shared(self, self._new_pool)

    def _new_pool(self) -> ProcessPool:
        return ProcessPool(
            self.types,
            type(self),
            alias=self.alias,
            workers=self.options.get("workers", 1),
            prefetch=self.options.get("prefetch", 32),
        )

    @property
    def _pool(self) -> ProcessPool:
        if worker.link is not None:
            raise NotInsideWorker(f"{type(self).__name__} is started, stopped and joined where its state is")
        return self._shared.pool

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        """Keep the task for a worker and return its READY result, which will not change by itself.

        Raises TaskNotPicklable, and WorkerDidNotStart once workers turned out not to start.
        """
        self.validate_task(task)
        result = enqueued(self.types, task, args, kwargs, alias=self.alias)
        packed = pack(result)
        if worker.link is not None:
            worker.link.enqueue(packed)
            task_enqueued.send(type(self), task_result=result)
            return result
        pool = self._pool
        pool.raise_if_broken()
        pool.store.add(twin(self.types, result, task))
        try:
            task_enqueued.send(type(self), task_result=result)
        finally:
            # A receiver that raises tells the caller; the task was accepted all the same, and runs.
            pool.waiting.put(result.id, packed, priority=task.priority, run_after=task.run_after)
            pool.start_unless_stopped()
        return result

    def get_result(self, result_id: str) -> Any:
        """Return the result as it is now; raise TaskResultDoesNotExist."""
        if worker.link is not None:
            return worker.link.get_result(result_id)
        return self._pool.store.get(result_id)

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        """Report result types that cannot be sent to a process."""
        task_class = self.types.Task
        eager = getattr(self.types, "reference", "eager") == "eager"
        messages: list[checks.CheckMessage] = list(super().check(**kwargs))
        if eager and getattr(task_class, "__reduce__", None) is object.__reduce__:
            messages.append(
                checks.Error(
                    f"TASKS[{self.alias!r}]: {task_class.__name__} cannot be pickled, so no worker process can get it.",
                    hint="Use Django 6.1, or result types that keep the task's path instead of the Task.",
                    obj=type(self),
                    id="taskgauge.E001",
                )
            )
        return messages

    def start(self, timeout: float | None = None) -> bool:
        """Start the workers now, and wait until they are ready; False after `timeout` seconds without that.

        Raises WorkerDidNotStart.
        """
        self._pool.start()
        return self._pool.wait_until_ready(timeout)

    def stop(self, timeout: float | None = None) -> None:
        """End the workers once they have run what they hold, or kill them after `timeout` seconds.

        Tasks that wait stay READY until `start()`.
        """
        self._pool.stop(timeout)

    def join(self, timeout: float | None = None) -> bool:
        """Wait until every task is finished, deferred ones included; False after `timeout` seconds without that.

        Raises WorkerDidNotStart.
        """
        return self._pool.join(timeout)

    def clear(self) -> None:
        """Forget every task and result."""
        self._pool.waiting.clear()
        self._pool.store.clear()
