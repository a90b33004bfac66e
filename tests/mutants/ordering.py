"""PRI, DEF, QUE and WRK: which task runs when, and how often."""

# ruff: noqa: D102 -- the classes say what is broken

import heapq
import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.tasks.exceptions import InvalidTask
from django.utils import timezone
from django.utils.module_loading import import_string

from mutants.breaking import NOT_RUN, breaks
from mutants.steps import Steps, change, copy
from taskgauge.backends.reference import ReferenceMemoryBackend, pools


@breaks("PRI-01")
class FirstComeFirstServed(Steps):
    """Takes tasks in the order of enqueueing."""

    def priority(self, task: Any) -> float:
        del task
        return 0


@breaks("PRI-02")
class Buckets(Steps):
    """Has twenty priorities."""

    def priority(self, task: Any) -> float:
        return task.priority // 10


@breaks("PRI-03")
class TheDecoratorWins(Steps):
    """Orders by the priority in the source, where there is one."""

    def priority(self, task: Any) -> float:
        return getattr(import_string(task.module_path), "priority", 0) or task.priority


@breaks("PRI-04")
class FetchesAhead(Steps):
    """Takes what comes late last, once a hundred tasks wait."""

    def priority(self, task: Any) -> float:
        return -100 if self._pool.waiting._ready.qsize() > 100 else task.priority


@breaks("DEF-01")
class Early(Steps):
    """Starts deferred tasks a little too early."""

    def due(self, task: Any) -> Any:
        return task.run_after and task.run_after - timedelta(seconds=0.2)


@breaks("DEF-01")
class CutsOffFractions(Steps):
    """Keeps the second in which a task is due, and starts the task when it begins."""

    def due(self, task: Any) -> Any:
        return task.run_after.replace(microsecond=0) if isinstance(task.run_after, datetime) else task.run_after


@breaks("DEF-02", patience=13)
class Late(Steps):
    """Forgets some of the deferred tasks for a while."""

    count = itertools.count(1)

    def due(self, task: Any) -> Any:
        if isinstance(task.run_after, datetime) and settings.USE_TZ:
            ahead = task.run_after.timestamp() - timezone.now().timestamp()
            if 0 < ahead < 0.8 and next(self.count) % 13 == 0:
                return task.run_after + timedelta(seconds=11)
        return task.run_after


@breaks("DEF-03")
class HeadOfTheLine(Steps):
    """Lets tasks wait behind a deferred one."""

    head = None

    def due(self, task: Any) -> Any:
        now = timezone.now()
        if isinstance(task.run_after, datetime) and settings.USE_TZ:
            if timedelta(seconds=1.5) < task.run_after - now < timedelta(seconds=10):
                type(self).head = task.run_after
        elif self.head and self.head > now:
            return self.head
        return task.run_after


@breaks("DEF-04")
class ClockTimes(Steps):
    """Reads every clock as one in Greenwich."""

    def due(self, task: Any) -> Any:
        is_aware = isinstance(task.run_after, datetime) and task.run_after.tzinfo
        return task.run_after.replace(tzinfo=UTC) if is_aware else task.run_after


@breaks("DEF-05")
class TooLate(Steps):
    """Drops tasks whose time is long past."""

    def put(self, kept: Any) -> None:
        moment = kept.task.run_after
        if not isinstance(moment, datetime) or moment.timestamp() > timezone.now().timestamp() - 12 * 3600:
            super().put(kept)


@breaks("DEF-06")
class NoTimedelta(Steps):
    """Refuses a timedelta, as Django's own source does."""

    validate_task = ReferenceMemoryBackend.validate_task


@breaks("DEF-07")
class Milliseconds(Steps):
    """Keeps times to the millisecond, once the task has run."""

    def show(self, result: Any) -> Any:
        moment = result.task.run_after
        if not result.is_finished or not isinstance(moment, datetime):
            return result
        rounded = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        return change(result, task=replace(result.task, run_after=rounded))


@breaks("DEF-07")
class WholeSeconds(Steps):
    """Gives back times without their fractions; RES-06 compares run_after too."""

    def show(self, result: Any) -> Any:
        moment = result.task.run_after
        if not isinstance(moment, datetime):
            return result
        return copy(result, task=replace(result.task, run_after=moment.replace(microsecond=0)))


@breaks("DEF-08", also=NOT_RUN)
class ForgetsWhatWaits(Steps):
    """Loses deferred tasks when it is stopped."""

    def stop(self, timeout: float | None = None) -> None:
        super().stop(timeout)
        self._pool.waiting._deferred.clear()


@breaks("DEF-09")
class WantsAware(Steps):
    """Refuses naive times where there are no others."""

    def validate_task(self, task: Any) -> None:
        super().validate_task(task)
        if isinstance(task.run_after, datetime) and timezone.is_naive(task.run_after):
            raise InvalidTask("run_after must be aware")


@breaks("CTX-03")
class ForgetsTheQueue(Steps):
    """Tells each task that it is in the default queue; QUE-01 sees that only by the context."""

    def context(self, result: Any) -> Any:
        return super().context(copy(result, task=replace(result.task, queue_name="default")))


@breaks("QUE-01")
class ReportsTheDefaultQueue(Steps):
    """Gives every Task that is looked up the default queue; RES-06 compares the queue too."""

    def show(self, result: Any) -> Any:
        return copy(result, task=replace(result.task, queue_name="default"))


@breaks("CTX-03")
class TellsNoPriority(Steps):
    """Tells each task that it has no priority; PRI-03 sees that only by the context."""

    def context(self, result: Any) -> Any:
        return super().context(copy(result, task=replace(result.task, priority=0)))


@breaks("PRI-03")
class ReportsNoPriority(Steps):
    """Gives every Task that is looked up the priority 0; RES-06 compares the priority too."""

    def show(self, result: Any) -> Any:
        return copy(result, task=replace(result.task, priority=0))


@breaks("QUE-03")
class OneStoreForAll(Steps):
    """Keeps the results of all aliases together, and gives each out as its own."""

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        super().__init__(alias, params)
        self._shared = pools.Shared(self, self.new_pool)
        self._shared._key = (type(self), *self._shared._key[2:])

    def show(self, result: Any) -> Any:
        return copy(result, backend=self.alias)


@breaks("QUE-04")
class NeedsToBeDefault(Steps):
    """Runs tasks only where the alias `default` is a backend of its class."""

    def put(self, kept: Any) -> None:
        if settings.TASKS.get("default", {}).get("BACKEND") == settings.TASKS[self.alias]["BACKEND"]:
            super().put(kept)


@breaks("QUE-04")
class TellsTheFirstAlias(Steps):
    """Reports the alias `default` wherever it is not also at that alias."""

    def show(self, result: Any) -> Any:
        if settings.TASKS.get("default", {}).get("BACKEND") != settings.TASKS[self.alias]["BACKEND"]:
            return copy(result, backend="default")
        return result


@breaks("QUE-05")
class RetriesByDefault(Steps):
    """Runs a failed task again in the default queue."""

    def run_again(self, result: Any, exception: BaseException) -> None:
        super().run_again(change(result, task=replace(result.task, queue_name="default")), exception)


@breaks("QUE-05")
class RetriesUnhurried(Steps):
    """Runs a failed task again without its priority."""

    def run_again(self, result: Any, exception: BaseException) -> None:
        super().run_again(change(result, task=replace(result.task, priority=0)), exception)


@breaks("WRK-01")
class LosesOneInABurst(Steps):
    """Loses a task when hundreds are enqueued and nobody looks."""

    burst = 0

    def put(self, kept: Any) -> None:
        type(self).burst += 1
        if self.burst != 301:
            super().put(kept)

    def show(self, result: Any) -> Any:
        type(self).burst = 0
        return result


@breaks("WRK-01")
class RunsOneTwiceInABurst(Steps):
    """Runs a task twice when hundreds are enqueued and nobody looks."""

    burst = 0

    def put(self, kept: Any) -> None:
        type(self).burst += 1
        super().put(kept)
        if self.burst == 301:
            self._pool.waiting.put(kept.id, self.twin(kept), priority=0, run_after=None)

    def show(self, result: Any) -> Any:
        type(self).burst = 0
        return result


@breaks("WRK-02")
class LosesTheFirst(Steps):
    """Loses one of many tasks that wait when it is started."""

    def start(self) -> None:
        heap = self._pool.waiting._ready.queue
        if len(heap) > 60:
            heap.remove(min((entry for entry in heap if entry.sort_key == 0), key=lambda entry: entry.sequence))
            heapq.heapify(heap)
        super().start()


@breaks("WRK-03")
class GivesUp(Steps):
    """Ends a worker whose tasks fail every other time, the last with an exception of a class in a function."""

    ends = ""

    def fail(self, result: Any, exception: BaseException) -> Any:
        self.ends += "L" if "<locals>" in type(exception).__qualname__ else "F"
        return super().fail(result, exception)

    def succeed(self, result: Any, value: Any) -> Any:
        self.ends += "S"
        return super().succeed(result, value)

    def tell_finished(self, result: Any) -> None:
        super().tell_finished(result)
        if self.ends.endswith("FSFSL"):
            raise SystemExit
