"""The operations on Django's own objects: create, change, pickle, unpickle and refresh a TaskResult with its Task."""

import copy
import dataclasses
import pickle
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from .operation import PreparedOperation

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_PROTOCOL = pickle.HIGHEST_PROTOCOL


def _task() -> Any:
    from .work import add  # noqa: PLC0415 -- settings first

    return add


def _new_result(task: Any) -> Any:
    from django.tasks.base import TaskResult, TaskResultStatus  # noqa: PLC0415 -- settings first

    return TaskResult(
        task=task,
        id="0123456789abcdef0123456789abcdef",
        status=TaskResultStatus.READY,
        enqueued_at=_NOW,
        started_at=None,
        finished_at=None,
        last_attempted_at=None,
        args=[1001],
        kwargs={"right": 2001},
        backend="default",
        errors=[],
        worker_ids=[],
    )


def _create() -> PreparedOperation:
    task, make = _task(), _new_result
    return PreparedOperation(call=lambda: make(task.using(queue_name="default")), makes=True, sized=True)


def _evolve() -> PreparedOperation:
    from django.tasks.base import TaskResultStatus  # noqa: PLC0415 -- settings first

    result, status = _new_result(_task()), TaskResultStatus.RUNNING
    replace = getattr(copy, "replace", dataclasses.replace)
    return PreparedOperation(call=lambda: replace(result, status=status), makes=True)


def _pickle() -> PreparedOperation:
    result = _new_result(_task())
    return PreparedOperation(call=lambda: pickle.dumps(result, _PROTOCOL), makes=True, sized=True)


def _unpickle() -> PreparedOperation:
    data = pickle.dumps(_new_result(_task()), _PROTOCOL)
    return PreparedOperation(call=lambda: pickle.loads(data), makes=True)


def _refresh() -> PreparedOperation:
    # DummyBackend keeps results in memory, so this is the cost of refreshing without a store.
    result = _task().enqueue(1001, right=2001)
    return PreparedOperation(call=result.refresh)


RESULT_OPERATIONS: Mapping[str, Callable[[], PreparedOperation]] = {
    "create": _create,
    "evolve": _evolve,
    "pickle": _pickle,
    "unpickle": _unpickle,
    "refresh": _refresh,
}
