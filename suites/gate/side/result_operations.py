"""The operations on Django's own objects: create, change, pickle, unpickle and refresh a TaskResult with its Task."""

import copy
import dataclasses
import pickle
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from .operation import Operation

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


def _create() -> Operation:
    task, make = _task(), _new_result
    return Operation(call=lambda: make(task.using(queue_name="default")), makes=True, sized=True)


def _evolve() -> Operation:
    from django.tasks.base import TaskResultStatus  # noqa: PLC0415 -- settings first

    result, status = _new_result(_task()), TaskResultStatus.RUNNING
    replace = getattr(copy, "replace", dataclasses.replace)
    return Operation(call=lambda: replace(result, status=status), makes=True)


def _pickle() -> Operation:
    result = _new_result(_task())
    return Operation(call=lambda: pickle.dumps(result, _PROTOCOL), makes=True, sized=True)


def _unpickle() -> Operation:
    data = pickle.dumps(_new_result(_task()), _PROTOCOL)
    return Operation(call=lambda: pickle.loads(data), makes=True)


def _refresh() -> Operation:
    # DummyBackend keeps results in memory, so this is the cost of refreshing without a store.
    result = _task().enqueue(1001, right=2001)
    return Operation(call=result.refresh)


RESULT_VERBS: Mapping[str, Callable[[], Operation]] = {
    "create": _create,
    "evolve": _evolve,
    "pickle": _pickle,
    "unpickle": _unpickle,
    "refresh": _refresh,
}
