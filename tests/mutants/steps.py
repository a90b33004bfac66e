"""A task's life taken apart into steps, each of which a mutant can do wrongly; as they stand they do all right."""

# ruff: noqa: D102 -- the base class says what the methods are for

import json
import logging
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

from django.db import close_old_connections
from django.tasks.base import TaskContext, TaskError, TaskResult
from django.tasks.signals import task_enqueued, task_finished, task_started
from django.utils import timezone

from taskgauge.backends.reference import ReferenceMemoryBackend, pools
from taskgauge.backends.reference.base import ReferenceBackend
from taskgauge.backends.reference.life_cycle import enqueued, fail, new_id, twin
from taskgauge.backends.reference.memory import ThreadPool
from taskgauge.backends.reference.result_types import DjangoResultTypes

logger = logging.getLogger(__name__)


def change(result: Any, **values: Any) -> Any:
    """Set fields of a frozen object in place, and return it."""
    for name, value in values.items():
        object.__setattr__(result, name, value)
    return result


def as_json(value: Any) -> Any:
    """Return what comes back from JSON; raise TypeError for what cannot go there."""
    return json.loads(json.dumps(value))


def copy(result: Any, **values: Any) -> Any:
    """Return a copy of a result with some fields set."""
    given = {field.name: getattr(result, field.name) for field in fields(result) if field.init}
    return change(type(result)(**given), **{"_return_value": result._return_value, **values})


def types_with(*, result: type = TaskResult, error: type = TaskError, context: type = TaskContext) -> type:
    """Return result types with some of Django's classes replaced."""

    class Types(DjangoResultTypes):
        TaskResult = result
        TaskError = error
        TaskContext = context
        new_result = result
        evolve = staticmethod(copy)

    return Types


class Cycle(ReferenceBackend):
    """The life of a task; option `attempts`: how often one that fails is run."""

    counts = {"workers": 1, "attempts": 1}  # noqa: RUF012 -- annotated in the base class
    supports_defer = True
    supports_get_result = True

    # Enqueueing

    def validate_task(self, task: Any) -> None:
        """Accept a timedelta too, as Django documents it."""
        if isinstance(task.run_after, timedelta):
            replace(task, run_after=timezone.now() + task.run_after)  # which is validated by being made
        else:
            super().validate_task(task)

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        """Keep the task for a worker and return its READY result."""
        self.validate_again(task)
        result = self.make(task, args, kwargs)
        kept = self.twin(result)
        self.keep(kept)
        try:
            self.announce(result)
        finally:
            self.put(kept)
        return result

    def validate_again(self, task: Any) -> None:
        """Raise InvalidTask for what was valid once."""
        self.validate_task(task)

    def make(self, task: Any, args: Any, kwargs: Any) -> Any:
        """Return the READY result."""
        return enqueued(self.types, task, self.as_json(args), self.as_json(kwargs), alias=self.alias)

    def as_json(self, value: Any) -> Any:
        """Return arguments as they are kept; raise TypeError."""
        return as_json(value)

    def twin(self, result: Any) -> Any:
        """Return the object that is kept for the one that the caller gets."""
        return twin(self.types, result, result.task)

    def keep(self, kept: Any) -> None:
        """Let look-ups find it."""
        raise NotImplementedError

    def announce(self, result: Any) -> None:
        """Send task_enqueued."""
        task_enqueued.send(type(self), task_result=result)

    def put(self, kept: Any) -> None:
        """Let workers find it."""
        raise NotImplementedError

    def priority(self, task: Any) -> float:
        """Return by what tasks are ordered."""
        return task.priority

    def due(self, task: Any) -> Any:
        """Return when it may run, or None."""
        return task.run_after

    # Running, in a worker thread

    def new_worker_id(self) -> str:
        """Return the name of a worker thread."""
        return new_id()

    def run(self, result: Any, worker_id: str) -> None:
        """Bring a READY result to its end, or to READY again if it failed and has attempts left."""
        result = self.begin(result, worker_id)
        self.tell_started(result)
        try:
            value = self.serialise(self.call(result))
        except BaseException as exception:
            if len(result.worker_ids) < self.options.get("attempts", 1):
                self.run_again(result, exception)
            else:
                self.tell_finished(self.fail(result, exception))
        else:
            self.tell_finished(self.succeed(result, value))

    def begin(self, result: Any, worker_id: str) -> Any:
        """Make it RUNNING."""
        now = timezone.now()
        return self.store(
            result,
            status=self.types.TaskResultStatus.RUNNING,
            started_at=result.started_at or now,
            last_attempted_at=now,
            worker_ids=[*result.worker_ids, worker_id],
        )

    def store(self, result: Any, **values: Any) -> Any:
        """Set fields where look-ups see them."""
        raise NotImplementedError

    def tell_started(self, result: Any) -> None:
        """Send task_started."""
        task_started.send_robust(type(self), task_result=result)

    def call(self, result: Any) -> Any:
        """Call the function."""
        task, args, kwargs = result.task, self.args(result), self.kwargs(result)
        if task.takes_context:
            return task.call(self.context(result), *args, **kwargs)
        return task.call(*args, **kwargs)

    def args(self, result: Any) -> Any:
        """Return the positional arguments, which the function may change."""
        return self.as_json(result.args)

    def kwargs(self, result: Any) -> Any:
        """Return the keyword arguments, likewise."""
        return self.as_json(result.kwargs)

    def context(self, result: Any) -> Any:
        """Return what the function gets as `context`."""
        return self.types.TaskContext(task_result=result)

    def serialise(self, value: Any) -> Any:
        """Return a return value as it is kept; raise TypeError."""
        return as_json(value)

    def succeed(self, result: Any, value: Any) -> Any:
        """Make it SUCCESSFUL."""
        return self.store(
            result,
            status=self.types.TaskResultStatus.SUCCESSFUL,
            finished_at=timezone.now(),
            _return_value=value,
        )

    def fail(self, result: Any, exception: BaseException) -> Any:
        """Make it FAILED."""
        return fail(self.types, result, exception, change=self.store)

    def run_again(self, result: Any, exception: BaseException) -> None:
        """Make it READY again."""
        again = {"status": self.types.TaskResultStatus.READY, "finished_at": None}

        def change(kept: Any, **values: Any) -> Any:
            return self.store(kept, **(values | again))

        self.put(fail(self.types, result, exception, change=change))

    def tell_finished(self, result: Any) -> None:
        """Send task_finished."""
        task_finished.send_robust(type(self), task_result=result)

    # Looking up

    def show(self, result: Any) -> Any:
        """Return what a look-up gives for this copy."""
        return result


class Pool(ThreadPool):
    """Worker threads that run tasks as their backend says."""

    def __init__(self, backend: "Steps", workers: int) -> None:
        super().__init__(backend.types, type(backend), workers)
        self._backend = backend

    def _work(self) -> None:
        worker_id = self._backend.new_worker_id()
        while (entry := self.waiting.get()).result_id is not None:
            try:
                self._backend.run(entry.payload, worker_id)
            except Exception:
                logger.exception("Task id=%s could not be brought to an end", entry.result_id)
            finally:
                self.store.finished(entry.result_id)
                close_old_connections()


class Steps(Cycle, ReferenceMemoryBackend):
    """reference-memory in steps: keeps tasks in memory and runs them in threads."""

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        super().__init__(alias, params)
        self._shared = pools.Shared(self, self.new_pool)

    def new_pool(self) -> ThreadPool:
        """Return the threads and the store."""
        return Pool(self, self.options.get("workers", 1))

    def keep(self, kept: Any) -> None:
        self._pool.store.add(kept)

    def put(self, kept: Any) -> None:
        pool = self._pool
        pool.waiting.put(kept.id, kept, priority=self.priority(kept.task), run_after=self.due(kept.task))
        pool.start_unless_stopped()

    def store(self, result: Any, **values: Any) -> Any:
        return self._pool.store.change(result, **values)

    def get_result(self, result_id: str) -> Any:
        return self.show(ReferenceMemoryBackend.get_result(self, result_id))
