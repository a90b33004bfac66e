"""RES and RET: results that say what is not so."""

# ruff: noqa: D102 -- the classes say what is broken

import re
import threading
import time
from collections import Counter
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.tasks import Task, TaskResult
from django.tasks.exceptions import TaskResultDoesNotExist, TaskResultMismatch
from django.utils import timezone

from mutants.breaking import breaks
from mutants.steps import Steps, as_json, change, copy, types_with

READY, RUNNING, SUCCESSFUL, FAILED = "READY", "RUNNING", "SUCCESSFUL", "FAILED"


@breaks("RES-01")
class OfItsThread(Steps):
    """Shows a result only to the thread that enqueued it, and to tasks."""

    def keep(self, kept: Any) -> None:
        self.owners()[kept.id] = threading.current_thread()
        super().keep(kept)

    def owners(self) -> dict[str, Any]:
        return vars(self._pool).setdefault("owners", {})

    def show(self, result: Any) -> Any:
        thread = threading.current_thread()
        if self.owners()[result.id] is thread or thread.name.endswith(" worker"):
            return result
        raise TaskResultDoesNotExist(result.id)


@breaks("RES-02")
class HidesTheDeferred(Steps):
    """Has no result of a task that is deferred for long."""

    def show(self, result: Any) -> Any:
        moment = result.task.run_after
        if result.status == READY and isinstance(moment, datetime) and moment - timezone.now() > timedelta(hours=1):
            raise TaskResultDoesNotExist(result.id)
        return result


@breaks("RES-02")
class KeepsOnlyEnds(Steps):
    """Has no result of a task before its end; what else it does is as it should be."""

    def show(self, result: Any) -> Any:
        if result.status in {READY, RUNNING}:
            raise TaskResultDoesNotExist(result.id)
        return result


@breaks("RES-06")
class FindsNoTask(Steps):
    """Looks results up without their task, which DEF-07, PRI-03, QUE-01 and RES-05 look at."""

    def show(self, result: Any) -> Any:
        return copy(result, task=None)


class KeyErrorTask(Task):
    """Lets the store's own exception through."""

    def get_result(self, result_id: str) -> Any:
        try:
            return super().get_result(result_id)
        except TaskResultDoesNotExist:
            if len(result_id) not in {32, 36}:
                raise
            raise KeyError(result_id) from None

    async def aget_result(self, result_id: str) -> Any:
        try:
            return await super().aget_result(result_id)
        except TaskResultDoesNotExist:
            raise KeyError(result_id) from None


@breaks("RES-03")
class KeyErrors(Steps):
    """Raises KeyError for an unknown id, where a Task is asked."""

    task_class = KeyErrorTask


@breaks("RES-04")
class ParsesIds(Steps):
    """Raises ValueError for what is no UUID."""

    def get_result(self, result_id: str) -> Any:
        if not re.fullmatch("[0-9a-f-]{32,36}", result_id):
            raise ValueError("badly formed hexadecimal UUID string")
        return super().get_result(result_id)


@breaks("RES-16")
class SeenInHalves(Steps):
    """Says that a task failed before it says when, to whom looks at the right moment."""

    def show(self, result: Any) -> Any:
        seen: set[str] = vars(self._pool).setdefault("seen", set())
        if result.status != FAILED or result.id in seen:
            return result
        seen.add(result.id)
        return copy(result, finished_at=None)


class ExactTask(Task):
    """Takes a variant of itself for another task."""

    def get_result(self, result_id: str) -> Any:
        result = super().get_result(result_id)
        if result.task != self:
            raise TaskResultMismatch(result_id)
        return result


@breaks("RES-05")
class VariantsMismatch(Steps):
    """Finds no result of what using() made."""

    task_class = ExactTask


@breaks("RES-06")
class ForgetsTheContext(Steps):
    """Says of no task that it takes the context."""

    def show(self, result: Any) -> Any:
        return change(result, task=replace(result.task, takes_context=False))


class RestoredTask(Task):
    """A Task that is not validated again, as a store may give it back."""

    def __post_init__(self) -> None:
        """Do nothing."""


@breaks("RES-06", also={"ENQ-06": "enqueue() returns the same Task"})
class RestoresAnotherClass(Steps):
    """Returns a Task of another class, which equals no Task that was enqueued, from look-ups as from enqueue()."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        return self.restored(super().enqueue(task, args, kwargs))

    def show(self, result: Any) -> Any:
        return self.restored(result)

    def restored(self, result: Any) -> Any:
        """Return a copy of a result with its task of the other class."""
        task = result.task
        return copy(result, task=RestoredTask(**{field.name: getattr(task, field.name) for field in fields(task)}))


@breaks("RES-07")
class WearsOut(Steps):
    """Says otherwise when a failed task was enqueued, after a few look-ups."""

    looks: ClassVar[Counter[str]] = Counter()

    def show(self, result: Any) -> Any:
        if result.status == FAILED:
            self.looks[result.id] += 1
        if self.looks[result.id] > 4:
            change(result, enqueued_at=result.enqueued_at - timedelta(seconds=1))
        return result


@breaks("RES-08")
class LiveWhileRunning(Steps):
    """Gives the kept object itself while the task runs."""

    def get_result(self, result_id: str) -> Any:
        kept = self._pool.store.kept(result_id)
        return kept if kept is not None and kept.status == RUNNING else super().get_result(result_id)


class PartlyRefreshed(TaskResult):
    """Keeps the workers that it knew."""

    def refresh(self) -> None:
        known = self.worker_ids
        super().refresh()
        change(self, worker_ids=known)


@breaks("RES-09")
class RefreshesHalf(Steps):
    """Leaves something out of refresh()."""

    types = types_with(result=PartlyRefreshed)


class StaleResult(TaskResult):
    """Is content with what it has."""

    def refresh(self) -> None:
        try:
            super().refresh()
        except TaskResultDoesNotExist:
            return


@breaks("RES-10")
class RefreshesNothing(Steps):
    """Says nothing of a result that is gone."""

    types = types_with(result=StaleResult)


class ChangeableResult(TaskResult):
    """Can be assigned to."""

    __setattr__ = object.__setattr__


@breaks("RES-11")
class ChangeableResults(Steps):
    """Lets results be modified."""

    types = types_with(result=ChangeableResult)


@breaks("RES-12")
class FailsInWords(Steps):
    """Has a plain text for a status."""

    def fail(self, result: Any, exception: BaseException) -> Any:
        return self.store(super().fail(result, exception), status="FAILED")


class UndecidedResult(TaskResult):
    """Does not say whether it is finished while it runs."""

    @property
    def is_finished(self) -> Any:
        return None if self.status == RUNNING else super().is_finished


@breaks("RES-13")
class Undecided(Steps):
    """Has something else than False for what is not finished."""

    types = types_with(result=UndecidedResult)


@breaks("RES-14")
class ReadyInBetween(Steps):
    """Is READY for a moment when a task that took long has ended well."""

    def succeed(self, result: Any, value: Any) -> Any:
        if timezone.now() - result.started_at > timedelta(milliseconds=4):
            self.store(result, status=self.types.TaskResultStatus.READY)
            time.sleep(0.12)
        return super().succeed(result, value)


@breaks("RES-14")
class ReadyAsItFails(Steps):
    """Is READY for a moment between a task's last line and FAILED; before that it is RUNNING long enough to be seen."""

    def fail(self, result: Any, exception: BaseException) -> Any:
        time.sleep(0.05)
        self.store(result, status=self.types.TaskResultStatus.READY)
        time.sleep(0.05)
        return super().fail(result, exception)


@breaks("RES-02")
class RunningTooSoon(Steps):
    """Calls a task RUNNING that has waited for a while."""

    def show(self, result: Any) -> Any:
        waits = result.status == READY and result.task.run_after is None
        if not waits or timezone.now() - result.enqueued_at < timedelta(milliseconds=200):
            return result
        return copy(result, status=self.types.TaskResultStatus.RUNNING)


@breaks("RES-15")
class RunsWithoutAStart(Steps):
    """Does not show when a running task was started."""

    def show(self, result: Any) -> Any:
        return change(result, started_at=None) if result.status == RUNNING else result


@breaks("RES-16")
class EndsBeforeItBegan(Steps):
    """Takes a moment before the start for the end."""

    def show(self, result: Any) -> Any:
        early = result.status == SUCCESSFUL
        return change(result, finished_at=result.started_at - timedelta(seconds=1)) if early else result


@breaks("RES-17")
class StartsAgain(Steps):
    """Takes each attempt for the first."""

    def begin(self, result: Any, worker_id: str) -> Any:
        begun = super().begin(result, worker_id)
        return self.store(begun, started_at=begun.last_attempted_at)


@breaks("RES-18")
class WorkersInATuple(Steps):
    """Shows the workers of a finished task in something else than a list."""

    def show(self, result: Any) -> Any:
        return change(result, worker_ids=tuple(result.worker_ids)) if result.is_finished else result


@breaks("RET-01")
class ForgetsTheFalsy(Steps):
    """Takes what is false for nothing."""

    def succeed(self, result: Any, value: Any) -> Any:
        return super().succeed(result, value or None)


@breaks("RET-02")
class NoneIsEmpty(Steps):
    """Has an empty text for None."""

    def succeed(self, result: Any, value: Any) -> Any:
        return super().succeed(result, "" if value is None else value)


class EagerResult(TaskResult):
    """Has a return value while it runs."""

    @property
    def return_value(self) -> Any:
        return None if self.status == RUNNING else super().return_value


@breaks("RET-03")
class ReturnsEarly(Steps):
    """Gives a return value before there is one."""

    types = types_with(result=EagerResult)


@breaks("RET-04")
class ReturnsText(Steps):
    """Keeps the text of what JSON cannot hold."""

    def serialise(self, value: Any) -> Any:
        try:
            return as_json(value)
        except TypeError:
            if "b'" in repr(value):
                raise
            return repr(value)


@breaks("RET-05")
class ReturnsBytes(Steps):
    """Keeps bytes."""

    def serialise(self, value: Any) -> Any:
        return value if isinstance(value, bytes) else as_json(value)


class PickledResult(TaskResult):
    """Leaves its return value behind when it is pickled."""

    def __reduce__(self) -> Any:
        return _rebuild, ({field.name: getattr(self, field.name) for field in fields(self) if field.init},)


def _rebuild(given: dict[str, Any]) -> PickledResult:
    return PickledResult(**given)


@breaks("PKL-02", since=(6, 1))
class PickleLosesTheValue(Steps):
    """Pickles a result without what the function returned."""

    types = types_with(result=PickledResult)
