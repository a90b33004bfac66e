"""The process that enqueues: it takes requests as lines of JSON, and writes the times of its calls into files.

Start it as a JsonLinesProcess in the folder of the session's project. The first request names the target; the answer
comes when Django, the backend and the task are loaded. Every later request has the key `do`, which names a method of
`Producer`. An answer with the key `error` says why a request failed.
"""

import asyncio
import io
import os
import random
import sys
import time
from array import array
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from taskgauge.backends.processes.json_lines_child import answer_requests
from taskgauge.suites.sessions.costs.steps import install, time_backend
from taskgauge.suites.sessions.costs.variables import STEPS
from taskgauge.suites.sessions.enqueueing.callers import (
    NS_PER_S,
    CallLog,
    async_loop_cost,
    deadline_in,
    from_coroutines,
    from_threads,
    loop_cost,
)
from taskgauge.suites.sessions.project import BASE, FRAMEWORK, INSTALLED, SETTINGS
from taskgauge.suites.sessions.resolved_settings import flat_settings

INTENDED, BEGIN, END = "intended.i64", "enqueue_begin.i64", "enqueue_end.i64"
"""The files with the times of a session's tasks by number: 64-bit integers in native byte order, 0 where none."""
_SHORT_NS = 200_000
"""The nanoseconds before an intended time in which the producer does not sleep, because a sleep ends late."""

type Answer = dict[str, Any]


class Producer:
    """A producer of one target; its times are of the monotonic clock."""

    def __init__(self, *, tasks: int, floor: str | None, payload: int = 0) -> None:
        """Load the target of the environment, or the floor of this path; raise any error of the backend.

        Each measured task takes a text of `payload` characters as an argument, if that is not 0.
        """
        # Django writes its own defaults into the settings as soon as it uses them.
        self._settings = {name: flat_settings(name, BASE) for name in (SETTINGS, INSTALLED)}
        self._columns = {name: array("q", bytes(8 * tasks)) for name in (INTENDED, BEGIN, END)}
        self._log = CallLog(begin=self._columns[BEGIN], end=self._columns[END])
        self._payload = "x" * payload
        self._backend: Any
        self._enqueue: Callable[[int], Any]
        self._aenqueue: Callable[[int], Any]
        if floor is not None:
            self._load_floor(floor)
        else:
            self._load_target()

    def _load_floor(self, path: str) -> None:
        from django.utils.module_loading import import_string  # noqa: PLC0415 -- a target sets Django up before

        self._backend = import_string(path)()
        self._enqueue = self._with_payload(self._backend.put)

    def _load_target(self) -> None:
        if STEPS in os.environ:
            install(os.environ.get(FRAMEWORK, "django.tasks"))
        import django  # noqa: PLC0415 -- reads the settings

        django.setup()
        from taskgauge.suites.sessions.tasks import record  # noqa: PLC0415 -- needs the settings

        self._backend = record.get_backend()
        time_backend(type(self._backend))
        self._enqueue = self._with_payload(record.enqueue)
        self._aenqueue = self._with_payload(record.aenqueue)

    def _with_payload(self, call: Callable[..., Any]) -> Callable[..., Any]:
        # Without a payload there is no partial, which would add its own time to each call.
        return partial(call, payload=self._payload) if self._payload else call

    def facts(self) -> Answer:
        """Return the facts that the driver needs."""
        names = ("supports_get_result", "supports_priority", "supports_defer")
        return {
            **{name: bool(getattr(self._backend, name, False)) for name in names},
            "queues": sorted(getattr(self._backend, "queues", ())),
            "settings": self._settings[SETTINGS],
            "installed": self._settings[INSTALLED],
        }

    def warm_up(self, *, first: int, count: int) -> Answer:
        """Enqueue tasks that are not measured, with the numbers from `first` on."""
        for number in range(first, first + count):
            self._enqueue(number)
        return {}

    def try_payload(self, *, number: int) -> Answer:
        """Enqueue a task without a payload and one with it; return the error if only the second raises one."""
        plain = self._enqueue.func if isinstance(self._enqueue, partial) else self._enqueue
        plain(number)
        try:
            self._enqueue(number)
        except Exception as error:
            return {"refused": _failure(error)["error"]}
        return {}

    def enqueue(
        self,
        *,
        count: int,
        seconds: float,
        transaction: bool,
        call: str,
        producers: int,
        first: int,
    ) -> Answer:
        """Enqueue the tasks 0 to `count` - 1, for at most so many seconds.

        One thread does it, or `producers` threads that call `enqueue`, or as many coroutines that call `aenqueue`.
        Tasks with the number `first` warm connections up. Return the number of calls, and the cost of the loop.
        """
        stalls: Answer = {}
        if call == "aenqueue":
            done, stalls = self._from_coroutines(count, seconds, producers, first)
        elif producers > 1:
            done = from_threads(
                producers,
                warm_up=lambda _: self._enqueue(first),
                work=lambda numbers, deadline: self._call_each(numbers, deadline, transaction=transaction),
                clean_up=_close_connections,
                count=count,
                seconds=seconds,
            )
        else:
            done = self._call_each(range(count), deadline_in(seconds), transaction=transaction)
        self._write()
        cost = async_loop_cost() if call == "aenqueue" else loop_cost()
        return {"count": done, "driver_ns": round(cost, 1), **stalls}

    def _call_each(self, numbers: range, deadline: int, *, transaction: bool) -> int:
        if not transaction:
            return self._log.call_each(self._enqueue, numbers, deadline)
        from django.db import transaction as database  # noqa: PLC0415 -- needs the settings

        return self._log.call_each_in_transaction(self._enqueue, numbers, deadline, database.atomic)

    def _from_coroutines(self, count: int, seconds: float, coroutines: int, first: int) -> tuple[int, Answer]:
        async def warm_up() -> None:
            for _ in range(coroutines):
                await self._aenqueue(first)

        with asyncio.Runner() as runner:
            done, stalls = runner.run(
                from_coroutines(
                    coroutines,
                    warm_up=warm_up,
                    work=partial(self._log.await_each, self._aenqueue),
                    count=count,
                    seconds=seconds,
                )
            )
        return done, {"stall_ns": stalls.working, "idle_stall_ns": stalls.idle}

    def enqueue_varied(self, *, count: int, priorities: list[int], queues: list[str], deferrals: list[float]) -> Answer:
        """Enqueue the tasks 0 to `count` - 1 with these priorities, queues and seconds of deferral, each repeated.

        The due time of a deferred task is its intended time.
        """
        from django.utils import timezone  # noqa: PLC0415 -- needs the settings

        from taskgauge.suites.sessions.tasks import record  # noqa: PLC0415 -- needs the settings

        now, intended = time.monotonic_ns, self._columns[INTENDED]
        for number in range(count):
            options: dict[str, Any] = {}
            if priorities:
                options["priority"] = priorities[number % len(priorities)]
            if queues:
                options["queue_name"] = queues[number % len(queues)]
            if deferrals:
                seconds = deferrals[number % len(deferrals)]
                intended[number] = now() + round(seconds * NS_PER_S)
                options["run_after"] = timezone.now() + timedelta(seconds=seconds)
            self._log.call_each(record.using(**options).enqueue, [number], sys.maxsize)
        self._write()
        return {"count": count}

    def enqueue_range(self, *, first: int, count: int, seconds: float) -> Answer:
        """Enqueue so many tasks with the numbers from `first` on, for at most so many seconds; return their number."""
        done = self._call_each(range(first, first + count), deadline_in(seconds), transaction=False)
        self._write()
        return {"count": done}

    def look_up(self, *, numbers: list[int]) -> Answer:
        """Return the nanoseconds of a call of get_result() for each of these tasks."""
        now, get_result, ids = time.monotonic_ns, self._backend.get_result, self._log.ids
        times = []
        for number in numbers:
            task = ids[number]
            before = now()
            result = get_result(task)
            times.append(now() - before)
            del result
        return {"times": times}

    def enqueue_at_rate(self, *, count: int, rate: float) -> Answer:
        """Enqueue the tasks 0 to `count` - 1 at fixed times, or at once if their time has passed."""
        first = time.monotonic_ns() + NS_PER_S // 10
        return self._enqueue_at(first + round(number * NS_PER_S / rate) for number in range(count))

    def enqueue_idle(self, *, count: int, shortest: float, longest: float, seed: int) -> Answer:
        """Enqueue the tasks 0 to `count` - 1, each after a random pause between these seconds."""
        chance = random.Random(seed)  # noqa: S311 -- no secret

        def times() -> Iterator[int]:
            for _ in range(count):
                yield time.monotonic_ns() + round(chance.uniform(shortest, longest) * NS_PER_S)

        return self._enqueue_at(times())

    def _enqueue_at(self, times: Iterator[int]) -> Answer:
        intended, begin, end = self._columns.values()
        now, enqueue, ids = time.monotonic_ns, self._enqueue, self._log.ids
        for number, due in enumerate(times):
            sleep_until(due)
            before = now()
            result = enqueue(number)
            after = now()
            intended[number], begin[number], end[number] = due, before, after
            ids[number] = getattr(result, "id", "")
            del result
        self._write()
        return {}

    def states(self, *, numbers: list[int]) -> Answer:
        """Return the status of each of these tasks as the backend reports it now; UNKNOWN if it knows no such id."""
        return {"states": [self._state(number) for number in numbers]}

    def _state(self, number: int) -> str:
        try:
            return str(self._backend.get_result(self._log.ids[number]).status)
        except Exception as error:
            if type(error).__name__ in {"TaskResultDoesNotExist", "TaskResultMismatch"}:
                return "UNKNOWN"
            raise

    def command(self, *, words: list[str]) -> Answer:
        """Run a management command in this process, and throw away what it prints."""
        from django.core.management import call_command  # noqa: PLC0415 -- a target sets Django up before

        call_command(*words, stdout=io.StringIO())
        return {}

    def start(self) -> Answer:
        """Let a pausable backend run its tasks."""
        self._backend.start()
        return {}

    def stop(self) -> Answer:
        """End the workers of a pausable backend after the tasks that they run."""
        self._backend.stop()
        return {}

    def _write(self) -> None:
        for name, column in self._columns.items():
            Path(name).write_bytes(column.tobytes())


def _close_connections() -> None:
    """Close the database connections of the calling thread, if there are any."""
    from django.conf import settings  # noqa: PLC0415 -- a target sets Django up before
    from django.db import connections  # noqa: PLC0415 -- needs the settings

    if settings.configured:
        connections.close_all()


def sleep_until(due: int) -> None:
    """Return at this time of the monotonic clock, in nanoseconds."""
    while (left := due - time.monotonic_ns()) > 0:
        time.sleep(max(0, left - _SHORT_NS) / NS_PER_S)


def begin_with(make: Callable[..., Producer]) -> Callable[[Any], tuple[Answer, Callable[[Any], Answer]]]:
    """Return the function that answers the first request; `make` returns the producer."""

    def begin(request: Any) -> tuple[Answer, Callable[[Any], Answer]]:
        # Django writes to the folder of `manage.py` too: modules beside the settings are importable.
        sys.path.insert(0, str(Path.cwd()))
        try:
            producer = make(**request)
        except Exception as error:
            return _failure(error), lambda _: {"error": "the producer was not ready"}

        def work(request: Any) -> Answer:
            try:
                answer: Answer = getattr(producer, request.pop("do"))(**request)
            except Exception as error:
                return _failure(error)
            return answer

        return producer.facts(), work

    return begin


def _failure(error: Exception) -> Answer:
    return {"error": " ".join(f"{type(error).__name__}: {error}".split())[:1000]}


if __name__ == "__main__":
    answer_requests(begin_with(Producer))
