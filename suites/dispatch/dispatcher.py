"""Dispatches tasks through one backend with the classes of one arm, and checks that each task ran exactly once."""

import gc
import os
import time
from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from taskgauge.suites.dispatch.errors import FinalStateWrong, TasksUnaccounted
from taskgauge.suites.event_log import journal
from taskgauge.suites.event_log.exactly_once import Accounting, account
from taskgauge.suites.event_log.tail import EventLogTail

_SETTINGS = "taskgauge.suites.dispatch.settings"


@dataclass(slots=True, kw_only=True)
class Latencies:
    """Nanoseconds by task: each call of enqueue(), and from before that call to the task's first line."""

    enqueue: array[int] = field(default_factory=lambda: array("q"))
    start: array[int] = field(default_factory=lambda: array("q"))


class Dispatcher:
    """A backend in this process that runs tasks of one arm."""

    def __init__(self, *, source: str, arm: str, log: Path, room: int) -> None:
        """Set the backend up, and start its workers.

        `source` is Python with the setting TASKS for the arm; the new event log has room for `room` tasks.
        """
        journal.MappedJournal.create(log, room).close()
        self._log = EventLogTail(log)
        os.environ |= {journal.VARIABLE: str(log), "DJANGO_SETTINGS_MODULE": _SETTINGS}
        import django  # noqa: PLC0415 -- after the settings are named
        from django.conf import settings  # noqa: PLC0415

        settings.TASKS = _tasks_setting(source)
        django.setup()
        from django.tasks import task_backends  # noqa: PLC0415 -- needs the settings

        from taskgauge.suites.shapes.variants import load  # noqa: PLC0415 -- needs the settings

        self._backend: Any = task_backends["default"]
        self._enqueue: Callable[[int], Any] = load(arm).tasks.record.enqueue
        if hasattr(self._backend, "start"):
            self._backend.start()
        self.latencies = Latencies()

    def timeit(self, count: int) -> float:
        """Dispatch tasks without the garbage collector, and forget their results.

        Return the seconds from the first call of enqueue() to the last finish. Raise DispatchError, or any error of the
        backend.
        """
        gc.collect()
        gc.disable()
        try:
            begin = time.monotonic_ns()
            notes = self._enqueue_all(count)
            self._join()
        finally:
            gc.enable()
        accounting = self._checked(notes)
        if hasattr(self._backend, "clear"):
            self._backend.clear()
        return (max(accounting.finished) - begin) / 1e9

    def keep(self, count: int) -> float:
        """Dispatch tasks as in life, with the garbage collector; keep their results and their latencies.

        Return and raise as `timeit` does.
        """
        gc.collect()
        notes, begun = self._enqueue_and_time(count)
        self._join()
        accounting = self._checked(notes)
        self.latencies.start.extend(at - begin for at, begin in zip(accounting.started, begun, strict=True))
        return (max(accounting.finished) - begun[0]) / 1e9

    def stop(self) -> None:
        """End the workers; raise TasksUnaccounted if a task ran after the backend reported its end."""
        if hasattr(self._backend, "stop"):
            self._backend.stop()
        if again := {execution.number for execution in self._log.look()}:
            raise _ran_again(again)

    def _join(self) -> None:
        if hasattr(self._backend, "join"):
            self._backend.join()

    def _enqueue_all(self, count: int) -> list[Any]:
        enqueue = self._enqueue
        if self._backend.supports_get_result:
            return [enqueue(number).id for number in range(count)]
        return [enqueue(number).status for number in range(count)]

    def _enqueue_and_time(self, count: int) -> tuple[list[Any], array[int]]:
        enqueue, by_id, now = self._enqueue, self._backend.supports_get_result, time.monotonic_ns
        notes, begun, took = [], array("q"), self.latencies.enqueue
        for number in range(count):
            before = now()
            result = enqueue(number)
            after = now()
            begun.append(before)
            took.append(after - before)
            notes.append(result.id if by_id else result.status)
        return notes, begun

    def _checked(self, notes: Sequence[Any]) -> Accounting:
        """Return when the tasks ran; raise TasksUnaccounted, or FinalStateWrong if the backend reports no success."""
        executions = self._log.look()
        accounting = account(executions, len(notes))
        states, last_words = self._reported(notes)
        try:
            TasksUnaccounted.check(accounting)
        except TasksUnaccounted as error:
            if not last_words:
                raise
            raise TasksUnaccounted(f"{error}; the backend says {last_words}", error.count) from error
        if len(executions) != 2 * len(notes):
            raise _ran_again({execution.number for execution in executions if execution.number >= len(notes)})
        if states != {"SUCCESSFUL": len(notes)}:
            counts = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
            example = f"; the first says {last_words}" if last_words else ""
            raise FinalStateWrong(f"of {len(notes)} tasks that ran, the backend reports {counts}{example}")
        return accounting

    def _reported(self, notes: Sequence[Any]) -> tuple[Counter[str], str]:
        """Return how many tasks the backend reports in each state, and the last line of the first error."""
        if not self._backend.supports_get_result:
            return Counter(map(str, notes)), ""
        states: Counter[str] = Counter()
        last_words = ""
        for note in notes:
            result = self._backend.get_result(note)
            states[str(result.status)] += 1
            if result.errors and not last_words:
                last_words = result.errors[-1].traceback.strip().splitlines()[-1]
        return states, last_words


def _tasks_setting(source: str) -> Any:
    values: dict[str, Any] = {}
    exec(source, values)  # noqa: S102 -- the settings of a descriptor
    return values["TASKS"]


def _ran_again(numbers: set[int]) -> TasksUnaccounted:
    text = ", ".join(f"task {number}" for number in sorted(numbers)[:5])
    return TasksUnaccounted(f"after their end was reported, {text} ran again: no rate is given", len(numbers))
