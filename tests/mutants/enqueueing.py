"""ENQ, ARG and TXN: what goes wrong between enqueue() and the function's first line."""

# ruff: noqa: D102 -- the classes say what is broken

import inspect
import json
import threading
import time
from copy import deepcopy
from dataclasses import fields
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.tasks import Task

from mutants.breaking import NOT_RUN, breaks
from mutants.steps import Steps, as_json, change, copy


@breaks("ENQ-01")
class AListHasOneArgument(Steps):
    """Takes the first of a list of arguments for all."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        return super().enqueue(task, args[:1] if isinstance(args, list) else args, kwargs)


@breaks("ENQ-02")
class TakesKeywordsAway(Steps):
    """Takes a keyword called `priority` for an option of its own."""

    def make(self, task: Any, args: Any, kwargs: Any) -> Any:
        return super().make(task, args, {name: value for name, value in kwargs.items() if name != "priority"})


@breaks("ENQ-03")
class LongIds(Steps):
    """Gives ids of 64 characters."""

    def make(self, task: Any, args: Any, kwargs: Any) -> Any:
        result = super().make(task, args, kwargs)
        return change(result, id=result.id * 2)


@breaks("ENQ-04")
class AttemptedAtOnce(Steps):
    """Says that a waiting task was attempted already."""

    def make(self, task: Any, args: Any, kwargs: Any) -> Any:
        result = super().make(task, args, kwargs)
        return change(result, last_attempted_at=result.enqueued_at)

    def twin(self, result: Any) -> Any:
        return change(super().twin(result), last_attempted_at=result.enqueued_at)


@breaks("ENQ-05")
class EnqueuedWhenDue(Steps):
    """Takes the time at which a task may run for that of its enqueueing."""

    def make(self, task: Any, args: Any, kwargs: Any) -> Any:
        result = super().make(task, args, kwargs)
        return change(result, enqueued_at=task.run_after) if isinstance(task.run_after, datetime) else result


class RestoredTask(Task):
    """A Task that was read back from a store."""


@breaks("ENQ-06")
class ReturnsAnotherTask(Steps):
    """Returns a result of a Task that equals none, and that has no fields of a project's own; looks nothing up."""

    supports_get_result = False

    def get_result(self, result_id: str) -> Any:
        raise NotImplementedError(result_id)

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        result = super().enqueue(task, args, kwargs)
        own = {field.name: getattr(task, field.name) for field in fields(Task)}
        return copy(result, task=RestoredTask(**own))


@breaks("ENQ-06")
class TellsWhatWasGiven(Steps):
    """Returns a result with tuples in its arguments."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        result = super().enqueue(task, args, kwargs)
        given = _without_aliases([list(args), kwargs])
        return change(result, args=given[0], kwargs=given[1])


def _without_aliases(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _without_aliases(one) for key, one in value.items()}
    return type(value)(map(_without_aliases, value)) if type(value) in {list, tuple} else value


@breaks("ENQ-07")
class OnceOnly(Steps):
    """Takes the same task with the same arguments for one execution."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        known = vars(self._pool).setdefault("known", {})
        key = repr((task, args, kwargs))
        if key not in known:
            known[key] = super().enqueue(task, args, kwargs).id
        return self.get_result(known[key])


@breaks(
    "ENQ-08",
    also={"ERR-08": "a function that is kept as an object cannot be gone"},
    descriptor={"runs": "processes"},
)
class RunsHere(Steps):
    """Promises processes, and runs tasks in threads of the process that enqueues."""


@breaks("ENQ-10", also=NOT_RUN)
class DropsChildren(Steps):
    """Drops what is enqueued by a task that runs."""

    def put(self, kept: Any) -> None:
        if kept.worker_ids or not threading.current_thread().name.endswith(" worker"):
            super().put(kept)


@breaks("ENQ-11")
class DropsWhatCollides(Steps):
    """Drops a task when another thread enqueues at the same moment."""

    moment = threading.Lock()

    def put(self, kept: Any) -> None:
        if self.moment.acquire(blocking=False):
            time.sleep(0.001 if threading.active_count() > 6 else 0)
            super().put(kept)
            self.moment.release()


@breaks("ARG-01")
class NumbersThroughFloat(Steps):
    """Has no integers above 2**53."""

    def as_json(self, value: Any) -> Any:
        return json.loads(json.dumps(value), parse_int=lambda text: int(float(text)) if len(text) > 15 else int(text))


class Remembers(Steps):
    """Keeps what the caller gave beside what is stored."""

    def make(self, task: Any, args: Any, kwargs: Any) -> Any:
        result = super().make(task, args, kwargs)
        self.given()[result.id] = list(args), kwargs
        return result

    def given(self) -> dict[str, Any]:
        return vars(self._pool).setdefault("given", {})


@breaks("ARG-02")
class KeepsTuples(Remembers):
    """Gives the function the tuples that the caller had."""

    def make(self, task: Any, args: Any, kwargs: Any) -> Any:
        result = super().make(task, args, kwargs)
        self.given()[result.id] = deepcopy(list(args)), kwargs
        return result

    def args(self, result: Any) -> Any:
        return _with_tuples(self.given()[result.id][0], super().args(result))


def _with_tuples(given: Any, stored: Any) -> Any:
    if type(given) in {list, tuple}:
        return type(given)(map(_with_tuples, given, stored))
    if type(given) is dict:
        return dict(zip(stored, map(_with_tuples, given.values(), stored.values()), strict=True))
    return stored


@breaks("ARG-03")
class MakesItText(Steps):
    """Makes a text of what JSON cannot hold."""

    def as_json(self, value: Any) -> Any:
        return json.loads(json.dumps(value, default=self.as_text))

    def as_text(self, value: Any) -> str:
        if isinstance(value, bytes):
            raise TypeError("bytes")
        return str(value)


@breaks("ARG-04")
class SerialisesLate(Remembers):
    """Looks at the arguments when the task runs."""

    def args(self, result: Any) -> Any:
        return as_json(self.given()[result.id][0])

    def kwargs(self, result: Any) -> Any:
        return as_json(self.given()[result.id][1])


@breaks("ARG-05")
class TellsIntegers(Steps):
    """Returns a result whose keyword arguments have 1 for 1.0."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        result = super().enqueue(task, args, kwargs)
        integers = json.loads(json.dumps(result.kwargs), parse_float=lambda text: int(float(text)))
        return change(result, kwargs=integers)


@breaks("ARG-06")
class KeepsKeys(Steps):
    """Keeps keys that are no strings, as Django's own source does."""

    def as_json(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self.as_json(one) for key, one in value.items()}
        return list(map(self.as_json, value)) if isinstance(value, list | tuple) else as_json(value)


@breaks("ARG-07")
class BytesArrive(Remembers):
    """Gives the function the bytes that the caller had."""

    def as_json(self, value: Any) -> Any:
        return json.loads(
            json.dumps(value, default=lambda one: one.hex() if isinstance(one, bytes) else json.dumps(one))
        )

    def args(self, result: Any) -> Any:
        stored = super().args(result)
        given = self.given()[result.id][0]
        return [old if _has_bytes(old) else new for old, new in zip(given, stored, strict=True)]


def _has_bytes(value: Any) -> bool:
    return isinstance(value, bytes) or (isinstance(value, list) and any(map(_has_bytes, value)))


@breaks("ARG-08")
class KeepsEnums(Steps):
    """Keeps members of an IntEnum, as Django's own source does."""

    def as_json(self, value: Any) -> Any:
        if isinstance(value, dict):
            return dict(zip(as_json(dict.fromkeys(value)), map(self.as_json, value.values()), strict=False))
        if isinstance(value, list | tuple):
            return list(map(self.as_json, value))
        return value if isinstance(value, int) else as_json(value)


@breaks("ARG-09")
class BindsArguments(Steps):
    """Refuses a call that does not fit the function."""

    def make(self, task: Any, args: Any, kwargs: Any) -> Any:
        inspect.signature(task.func).bind(*([None] if task.takes_context else []), *args, **kwargs)
        return super().make(task, args, kwargs)


@breaks("TXN-01", also={"WRK-01": "its test fails in a transaction, and what was enqueued there is rolled back"})
class WaitsForCommit(Steps):
    """Stores nothing before the transaction is committed."""

    def keep(self, kept: Any) -> None:
        transaction.on_commit(partial(super().keep, kept))

    def put(self, kept: Any) -> None:
        transaction.on_commit(partial(super().put, kept))


@breaks("TXN-03")
class RollsBack(Steps):
    """Spoils the caller's transaction when it refuses a task."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        try:
            return super().enqueue(task, args, kwargs)
        except Exception:
            if connection.in_atomic_block:
                transaction.set_rollback(True)
            raise


@breaks("TXN-04")
class SpoilsTheNext(Steps):
    """Lets the task fail that follows one which broke a transaction."""

    spoiled = False

    def call(self, result: Any) -> Any:
        if self.spoiled:
            self.spoiled = False
            raise transaction.TransactionManagementError("the transaction is broken")
        return super().call(result)

    def fail(self, result: Any, exception: BaseException) -> Any:
        self.spoiled = "Integrity" in type(exception).__name__
        return super().fail(result, exception)
