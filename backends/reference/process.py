"""reference-process: worker processes get tasks through pipes; the process that enqueues owns the state."""

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
    """A task backend that runs tasks in spawned processes; the process that enqueues keeps their results.

    The result object itself goes through the pipe, pickled when the task is enqueued. It comes back in its final state
    and replaces the stored object. Sending the task's path and arguments, and building the object anew, would be
    faster, but would not measure the object. Django 6.0 cannot pickle a Task, so there the result types must hold the
    task's path: enqueue() refuses others with TaskNotPicklable, and the system check reports them beforehand.

    Options: `workers`, the number of processes (1); `prefetch`, the number of tasks that a worker holds at most, with
    the running task (32); `result_types`, which must be a path. A task of higher priority overtakes all waiting tasks
    that no worker holds yet.

    If a worker dies, the task that it ran fails with WorkerDied, its other tasks go to other workers, and a new worker
    starts. No task runs twice. Tasks may enqueue tasks and request results. If the owner dies, its workers end at
    once, and waiting tasks are lost.
    """

    supports_defer = True
    supports_get_result = True
    counts = {"workers": 1, "prefetch": 1}  # noqa: RUF012 -- annotated in the base class

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        """Take the alias and its entry in TASKS; no process starts yet."""
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
        """Keep the task for a worker and return its READY result, which does not change later.

        Raises TaskNotPicklable, and WorkerDidNotStart if a worker ended before it was ready.
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
            # If a receiver raises, the caller gets the exception, but the task is accepted and runs.
            pool.waiting.put(result.id, packed, priority=task.priority, run_after=task.run_after)
            pool.start_unless_stopped()
        return result

    def get_result(self, result_id: str) -> Any:
        """Return the result as it is now; raise TaskResultDoesNotExist."""
        if worker.link is not None:
            return worker.link.get_result(result_id)
        return self._pool.store.get(result_id)

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        """Return an error for result types that cannot be sent to a process."""
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
        """Start the workers and wait until they are ready; return False if that takes longer than `timeout` seconds.

        Raises WorkerDidNotStart.
        """
        self._pool.start()
        return self._pool.wait_until_ready(timeout)

    def stop(self, timeout: float | None = None) -> None:
        """End the workers after the tasks that they hold, or kill them after `timeout` seconds.

        Waiting tasks stay READY until `start()`.
        """
        self._pool.stop(timeout)

    def join(self, timeout: float | None = None) -> bool:
        """Wait until all tasks, also deferred tasks, are finished; return False after `timeout` seconds.

        Raises WorkerDidNotStart.
        """
        return self._pool.join(timeout)

    def clear(self) -> None:
        """Forget every task and result."""
        self._pool.waiting.clear()
        self._pool.store.clear()
