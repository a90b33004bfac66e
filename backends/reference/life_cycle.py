"""The life cycle that Django documents for a task, shared by all reference backends."""

import os
import random
from collections.abc import Callable
from traceback import format_exception
from types import NoneType
from typing import Any

from django.tasks.signals import task_finished, task_started
from django.utils import timezone
from django.utils.json import normalize_json

from taskgauge.backends.reference.result_types import Changed, ResultTypes

_IMMUTABLE = frozenset({str, int, float, bool, NoneType})

# An id is no secret. The system's randomness would cost a system call and a change of threads for each task.
_random = random.Random()  # noqa: S311
os.register_at_fork(after_in_child=_random.seed)


def new_id() -> str:
    """Return 32 random hexadecimal digits: the id of a result or of a worker."""
    return f"{_random.getrandbits(128):032x}"


def enqueued(types: ResultTypes, task: Any, args: Any, kwargs: Any, *, alias: str) -> Any:
    """Return a READY result for one execution of the task; raise TypeError for arguments that JSON cannot hold."""
    return types.new_result(
        task=task,
        id=new_id(),
        status=types.TaskResultStatus.READY,
        enqueued_at=timezone.now(),
        started_at=None,
        finished_at=None,
        last_attempted_at=None,
        args=args,
        kwargs=kwargs,
        backend=alias,
        errors=[],
        worker_ids=[],
    )


def twin(types: ResultTypes, ready: Any, task: Any) -> Any:
    """Return a copy of a READY result without shared mutable parts: the store and the caller each get a result."""
    return types.new_result(
        task=task,
        id=ready.id,
        status=ready.status,
        enqueued_at=ready.enqueued_at,
        started_at=None,
        finished_at=None,
        last_attempted_at=None,
        args=ready.args,
        kwargs=ready.kwargs,
        backend=ready.backend,
        errors=[],
        worker_ids=[],
    )


def snapshot(types: ResultTypes, result: Any) -> Any:
    """Return a copy of a result in any state, without shared mutable parts."""
    copy = types.evolve(
        result,
        args=normalize_json(result.args),
        kwargs=normalize_json(result.kwargs),
        errors=list(result.errors),
        worker_ids=list(result.worker_ids),
    )
    value = copy._return_value  # noqa: SLF001 -- the property raises in most states
    return copy if type(value) in _IMMUTABLE else types.change(copy, _return_value=normalize_json(value))


def run(
    types: ResultTypes,
    result: Any,
    *,
    worker_id: str,
    sender: type,
    change: Changed,
    let_through: tuple[type[BaseException], ...] = (),
) -> Any:
    """Run a READY result's task and return the finished result.

    `change` stores each new state, before the signal of that state is sent. Django logs the exception of a receiver,
    which changes nothing. An exception of the task makes the result FAILED. An exception of `let_through` goes to the
    caller instead: the result stays RUNNING and task_finished is not sent.
    """
    now = timezone.now()
    result = change(
        result,
        status=types.TaskResultStatus.RUNNING,
        started_at=result.started_at or now,
        last_attempted_at=now,
        worker_ids=[*result.worker_ids, worker_id],
    )
    task_started.send_robust(sender, task_result=result)
    try:
        value = normalize_json(_call(types, result))
    except let_through:
        raise
    except BaseException as exception:
        # SystemExit and similar exceptions end the task, not the worker.
        result = fail(types, result, exception, change=change)
        # Sent while the exception is handled, so that Django's log record carries the traceback.
        task_finished.send_robust(sender, task_result=result)
    else:
        result = change(
            result, status=types.TaskResultStatus.SUCCESSFUL, finished_at=timezone.now(), _return_value=value
        )
        task_finished.send_robust(sender, task_result=result)
    return result


def fail(types: ResultTypes, result: Any, exception: BaseException, *, change: Callable[..., Any]) -> Any:
    """Return the result as FAILED with this exception as its last error."""
    kind = type(exception)
    error = types.TaskError(
        exception_class_path=f"{kind.__module__}.{kind.__qualname__}",
        traceback="".join(format_exception(exception)),
    )
    return change(
        result,
        status=types.TaskResultStatus.FAILED,
        finished_at=timezone.now(),
        errors=[*result.errors, error],
    )


def _call(types: ResultTypes, result: Any) -> Any:
    task = result.task  # a lazy reference may fail here: the task cannot be started
    args = [_own(value) for value in result.args]
    kwargs = {name: _own(value) for name, value in result.kwargs.items()}
    if task.takes_context:
        return task.call(types.TaskContext(task_result=result), *args, **kwargs)
    return task.call(*args, **kwargs)


def _own(value: Any) -> Any:
    """Return a value that the function may change without changing the stored arguments."""
    return value if type(value) in _IMMUTABLE else normalize_json(value)
