"""Backends with one thing broken each, for the dispatch suite to notice."""

# ruff: noqa: D102 -- the classes say what is broken

import os
import signal
import sys
import threading
import time
from datetime import timedelta
from typing import Any

from django.utils import timezone

from taskgauge.backends.reference import ReferenceMemoryBackend, ReferenceProcessBackend
from taskgauge.backends.reference.life_cycle import enqueued

TARGET = 27
"""The task on which each of them does its damage; the tasks of the warm-up have smaller numbers."""


class LosesOne(ReferenceMemoryBackend):
    """Says that a task has run which never did."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        if args != (TARGET,):
            return super().enqueue(task, args, kwargs)
        result = enqueued(self.types, task, args, kwargs, alias=self.alias)
        result = self.types.change(result, status=self.types.TaskResultStatus.SUCCESSFUL)
        self._pool.store.add(result)
        self._pool.store.finished(result.id)
        return result


class RunsOneTwice(ReferenceMemoryBackend):
    """Runs a task, and then again."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        result = super().enqueue(task, args, kwargs)
        if args == (TARGET,):
            super().enqueue(task, args, kwargs)
        return result


class RunsOneAgainAtTheEnd(ReferenceMemoryBackend):
    """Runs a task once more when it is stopped, long after it said that all was done."""

    def stop(self, timeout: float | None = None) -> None:
        super().stop(timeout)
        from taskgauge.suites.shapes.variants import load  # noqa: PLC0415 -- needs the settings

        load("today").tasks.record.call(TARGET)


class RunsOneLater(ReferenceMemoryBackend):
    """Runs a task of a longer turn again in a shorter one."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        result = super().enqueue(task, args, kwargs)
        if args == (2,):
            super().enqueue(task, (TARGET,), kwargs)
        return result


class FinishesLate(ReferenceMemoryBackend):
    """Says that everything is done once all but one task are."""

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        super().__init__(alias, params)
        self._on_time: list[str] = []

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        if args == (TARGET,):
            return super().enqueue(task.using(run_after=timezone.now() + timedelta(hours=1)), args, kwargs)
        result = super().enqueue(task, args, kwargs)
        self._on_time.append(result.id)
        return result

    def join(self, timeout: float | None = None) -> bool:
        del timeout
        while not all(self.get_result(result_id).is_finished for result_id in self._on_time):
            time.sleep(0.01)
        return True

    def clear(self) -> None:
        super().clear()
        self._on_time.clear()


class ReportsFailure(ReferenceMemoryBackend):
    """Runs a task, and reports that it failed."""

    def get_result(self, result_id: str) -> Any:
        result = super().get_result(result_id)
        if result.args == [TARGET]:
            self.types.change(result, status=self.types.TaskResultStatus.FAILED)
        return result


class HangsInEnqueue(ReferenceMemoryBackend):
    """Never comes back from enqueue()."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        if args == (TARGET,):
            threading.Event().wait()
        return super().enqueue(task, args, kwargs)


class RaisesInEnqueue(ReferenceMemoryBackend):
    """Refuses a task for no reason, in several lines."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        if args == (TARGET,):
            raise RuntimeError("the store is\nfull")
        return super().enqueue(task, args, kwargs)


class KillsItsWorker(ReferenceProcessBackend):
    """Kills a worker while it works."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        from broken_tasks import start_and_die  # noqa: PLC0415 -- a task asks for its backend when it is made

        return super().enqueue(start_and_die if args == (TARGET,) else task, args, kwargs)


class DiesInEnqueue(ReferenceMemoryBackend):
    """Takes the whole process along, if its result types are those that the environment names."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        if args == (TARGET,) and self.options["result_types"].endswith(os.environ.get("TASKGAUGE_TEST_BREAKS", "")):
            sys.stderr.write("out of cheese\n")
            os.kill(os.getpid(), signal.SIGKILL)
        return super().enqueue(task, args, kwargs)


class Slow(ReferenceMemoryBackend):
    """Takes its time, so that there is something to interrupt."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        time.sleep(0.01)
        return super().enqueue(task, args, kwargs)
