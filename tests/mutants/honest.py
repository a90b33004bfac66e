"""Backends that break nothing: each does otherwise what the documentation leaves open, and none may be failed."""

# ruff: noqa: D102 -- the classes say in what they differ

import asyncio
import contextlib
import itertools
import json
import logging
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, close_old_connections, connections
from django.tasks import Task
from django.tasks.exceptions import TaskResultDoesNotExist
from django.utils.module_loading import import_string

from mutants.breaking import differs
from mutants.durable import _MOMENTS, Durable, execute
from mutants.steps import Steps, change
from mutants.workers import CallsInAThread, EndsAtOnceUnlessItRuns, WithoutResults


@differs(
    *(
        "CTX-05",
        "DEF-01",
        "DEF-04",
        "ENQ-02",
        "ENQ-04",
        "ERR-01",
        "RES-06",
        "RES-07",
        "RES-08",
        "RES-09",
        "RES-15",
        "RES-16",
    ),
    *("SET-04", "SET-05", "SIG-02", "SIG-03", "SIG-04", "WRK-02"),
)
class KeepsMilliseconds(Durable):
    """Keeps moments as many stores do, to the millisecond."""

    def make(self, task: Any, args: Any, kwargs: Any) -> Any:
        result = super().make(task, args, kwargs)
        whole = result.enqueued_at.microsecond // 1000 * 1000
        return change(result, enqueued_at=result.enqueued_at.replace(microsecond=whole))

    def document(self, result: Any) -> str:
        kept = json.loads(super().document(result))
        return json.dumps(kept | {name: _short(kept[name]) for name in _MOMENTS})


def _short(text: str | None) -> str | None:
    return datetime.fromisoformat(text).isoformat(timespec="milliseconds") if text else None


@differs(
    "RES-14",
    "WRK-01",
    "WRK-05",
    descriptor={"recovery": 690},
)
class RecoversLate(Durable):
    """Runs a dead worker's task again as late as it documents, which is later than a run can see."""

    lease = 600.0


@differs("RES-16", "WRK-04", store="postgresql")
class LivesElsewhere(Durable):
    """Keeps its tasks on a server, which may be far away."""


@differs("DEF-01", "DEF-02", "DEF-04", "DEF-05", "DEF-07", "DEF-09")
class DueInWholeSeconds(Steps):
    """Starts a task when the second in which it is due has ended, since its store keeps whole seconds."""

    def due(self, task: Any) -> Any:
        return _whole_second(task.run_after) if isinstance(task.run_after, datetime) else task.run_after


def _whole_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0) + timedelta(seconds=moment.microsecond > 0)


@differs("VAL-12")
class NeedsPreparedQueues(Durable):
    """Has a place in the store for each queue of the settings, whose name must not be long."""

    def prepare(self) -> None:
        self.check_names(self.queues)
        super().prepare()

    def keep(self, kept: Any) -> None:
        self.check_names([kept.task.queue_name])
        super().keep(kept)

    def check_names(self, names: Iterable[str]) -> None:
        for name in names:
            if len(name) > 57:
                raise ValueError(f"the name of the queue {name!r} is too long")


@differs("RET-01")
class ReturnsWholeNumbers(Steps):
    """Keeps numbers as a database may keep them: a float that is a whole number comes back as one."""

    def serialise(self, value: Any) -> Any:
        return _whole(super().serialise(value))


def _whole(value: Any) -> Any:
    match value:
        case float() if value.is_integer():
            return int(f"{value:.0f}") if abs(value) < 1e15 else int(Decimal(repr(value)))
        case list():
            return [_whole(item) for item in value]
        case dict():
            return {key: _whole(item) for key, item in value.items()}
    return value


@differs("ERR-08")
class RunsPlainFunctions(Durable):
    """Runs the function that the path of a task names, whether it is a Task any more or not."""

    def rebuild(self, document: dict[str, Any]) -> Any:
        named = import_string(document["path"])
        if isinstance(named, Task):
            return super().rebuild(document)
        plain = super().rebuild({**document, "path": "taskgauge.suites.conformance.tasks.basic.note"})
        return change(plain, task=replace(plain.task, func=named))


@differs("WRK-04")
class StopsAtOnceOnSigterm(Durable):
    """Finishes its task after SIGINT; SIGTERM ends it at once."""

    def listen(self) -> None:
        signal.signal(signal.SIGINT, self.stop_working)


@differs("SIG-02", "SIG-04", "SIG-07", "SIG-11")
class SignalsFromALoop(Durable):
    """Sends its signals inside an event loop, as a worker of coroutines does."""

    def tell_started(self, result: Any) -> None:
        asyncio.run(self.send(super().tell_started, result))

    def tell_finished(self, result: Any) -> None:
        asyncio.run(self.send(super().tell_finished, result))

    async def send(self, send: Callable[[Any], None], result: Any) -> None:
        send(result)


@differs("ENQ-12", "QUE-01", "QUE-02", "WRK-06", store="postgresql")
class NoticesLate(Durable):
    """Enqueues over several connections in turn, and notices only by a failing call that one of them is broken."""

    pool: ClassVar[dict[int, Any]] = {}
    calls = itertools.count()

    def keep(self, kept: Any) -> None:
        import psycopg  # noqa: PLC0415 -- only this store needs it

        number = next(self.calls) % 3
        if number not in self.pool:
            self.pool[number] = psycopg.connect(**connections["default"].get_connection_params(), autocommit=True)
        try:
            self.pool[number].execute("SELECT 1")
        except psycopg.Error as error:
            self.pool.pop(number).close()
            raise ConnectionError("the connection is broken") from error
        super().keep(kept)


@differs("ENQ-02", "RES-03", "RES-04")
class NumbersTasks(Steps):
    """Has numbers for ids, written as text, of which each process has its own."""

    numbers = itertools.count(1)

    def make(self, task: Any, args: Any, kwargs: Any) -> Any:
        return change(super().make(task, args, kwargs), id=f"{os.getpid()}{next(self.numbers):06}")


@differs("ERR-01", "ERR-06", "ERR-10", "ERR-11")
class LogsItsFailures(Steps):
    """Logs each failure with the text of its exception, before it stores the result."""

    def fail(self, result: Any, exception: BaseException) -> Any:
        logging.getLogger(__name__).error("The task %s failed: %s", result.id, exception)
        return super().fail(result, exception)


@differs("BCK-01", "ENQ-08", "WRK-01", descriptor={"pausable": False})
class StopsOtherwise(Steps):
    """Has methods of the names by which a pausable backend is held, and means something else by them."""

    def start(self, rocket: str) -> None:
        raise AssertionError(f"{rocket} must not be started")

    def stop(self, reason: str, timeout: float | None = None) -> None:
        raise AssertionError(f"must not be stopped for {reason} within {timeout}")

    def clear(self, record: str) -> None:
        raise AssertionError(f"{record} must not be cleared")


@differs(
    *("DEF-01", "DEF-02", "ENQ-08", "PRI-01", "QUE-01", "RES-01", "SIG-04", "WRK-01", "WRK-02"),
    descriptor={"poll_interval": 1.5, "idle_pick_up": 2, "deferral": 2},
)
class LooksSeldom(Durable):
    """Looks for tasks now and then, as it documents."""

    pause = 1.5


@differs(
    *("DEF-01", "ENQ-08", "PRI-01", "QUE-01", "RES-14", "SIG-02", "SIG-04"),
    *("WRK-01", "WRK-02", "WRK-03", "WRK-04", "WRK-05"),
)
class TakesSeveral(Durable):
    """Has its worker hold a few tasks, by leases which it renews, and hand them back when it is told to end."""

    at_once = 4

    def work(self, **how: Any) -> None:
        self.buffer: list[tuple[str, str, str]] = []
        super().work(**how)
        for result_id, owner, _ in self.buffer:
            sql = "UPDATE mutant_task SET status = 'READY', owner = '' WHERE id = %s AND owner = %s"
            execute(sql, result_id, owner)

    def next(self, queues: list[str] | None) -> tuple[str, str, str] | None:
        if not self.buffer:
            for result_id, before, document in self.find(queues, self.at_once):
                owner = f"{os.getpid()}-{time.monotonic_ns()}"
                sql = "UPDATE mutant_task SET status = 'RUNNING', owner = %s, lease = %s WHERE id = %s AND owner = %s"
                if execute(sql, owner, time.time() + self.lease, result_id, before):
                    self.buffer.append((result_id, owner, document))
        return self.buffer.pop(0) if self.buffer else None

    def renew(self, result_id: str, owner: str, over: threading.Event) -> None:
        others = threading.Thread(target=self.renew_buffer, args=(over,), daemon=True)
        others.start()
        super().renew(result_id, owner, over)
        others.join()

    def renew_buffer(self, over: threading.Event) -> None:
        while not over.wait(self.lease / 4):
            for result_id, owner, _ in tuple(self.buffer):
                with contextlib.suppress(DatabaseError):
                    sql = "UPDATE mutant_task SET lease = %s WHERE id = %s AND owner = %s"
                    execute(sql, time.time() + self.lease, result_id, owner)
        connections.close_all()


@differs("RES-02", "RES-03", "RES-04", "RES-10")
class ArchivesResults(Durable):
    """Keeps a copy of each result in a file of its own, which is there when the database is emptied."""

    def keep(self, kept: Any) -> None:
        self.archive(kept)
        super().keep(kept)

    def store(self, result: Any, **values: Any) -> Any:
        stored = super().store(result, **values)
        self.archive(stored)
        return stored

    def archive(self, result: Any) -> None:
        copy = self.place(result.id).with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        copy.write_text(self.document(result), encoding="utf-8")
        copy.replace(self.place(result.id))

    def place(self, result_id: str) -> Path:
        return Path(f"{settings.DATABASES['default']['NAME']}.{self.alias}.{result_id}.json")

    def get_result(self, result_id: str) -> Any:
        try:
            return super().get_result(result_id)
        except TaskResultDoesNotExist:
            if not re.fullmatch("[0-9a-f]{1,63}", result_id) or not self.place(result_id).exists():
                raise
            return self.show(self.rebuild(json.loads(self.place(result_id).read_text(encoding="utf-8"))))


@differs(
    *("BCK-01", "BCK-02", "BCK-03", "BCK-07", "ENQ-03", "PKL-01", "PKL-03", "PKL-06", "RES-06", "SET-02", "SET-05"),
    *("TSK-01", "TSK-04", "TSK-06", "TSK-08", "TSK-12", "VAL-01", "VAL-12"),
)
class ReadsItsOwnSettings(Steps):
    """Reads its settings by its alias, and refuses tasks where they do not name this class itself."""

    def validate_task(self, task: Any) -> None:
        self.check_settings()
        super().validate_task(task)

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        self.check_settings()
        return super().enqueue(task, args, kwargs)

    def get_result(self, result_id: str) -> Any:
        self.check_settings()
        return super().get_result(result_id)

    def check_settings(self) -> None:
        named = settings.TASKS.get(self.alias, {}).get("BACKEND")
        if named != f"{ReadsItsOwnSettings.__module__}.{ReadsItsOwnSettings.__qualname__}":
            raise ImproperlyConfigured(f"the alias {self.alias!r} names {named!r}")


@differs("ERR-07", "ERR-10", "SIG-03", "SIG-04", "WRK-04", "WRK-05")
class KeepsNoResults(WithoutResults):
    """Keeps no result that could be looked up; what it does can be seen in its signals."""


@differs("WRK-03", "WRK-06", store="postgresql")
class RecoversAfterAFailure(CallsInAThread):
    """Closes connections that do not work when a task has ended: one task fails on them, and the next does not."""

    def call_there(self, result: Any) -> Any:
        try:
            return super().call_there(result)
        finally:
            close_old_connections()


@differs("BCK-01", "BCK-02", "BCK-03", "BCK-07", "CHK-01", "CHK-02", "CHK-04", "SET-02", "SET-05")
class RefusesStrangers(Steps):
    """Refuses subclasses, keys of its settings that it does not know, and aliases that the settings do not have."""

    def __init_subclass__(cls) -> None:
        raise ImproperlyConfigured(f"{cls.__name__} must not be derived")

    def __init__(self, alias: str, params: Any) -> None:
        if alias not in settings.TASKS or not set(params) <= {"BACKEND", "QUEUES", "OPTIONS"}:
            raise ImproperlyConfigured(f"the alias {alias!r} must not have {params!r}")
        super().__init__(alias, params)


@differs("CTX-06", "ERR-05", "QUE-05", "RES-17")
class RetriesLater(Durable):
    """Runs a failed task again after a pause, as most backends do."""

    def run_again(self, result: Any, exception: BaseException) -> None:
        super().run_again(result, exception)
        execute("UPDATE mutant_task SET due = %s WHERE id = %s", time.time() + 0.3, result.id)


@differs("WRK-04", "WRK-05", store="postgresql")
class LeavesItsClaim(EndsAtOnceUnlessItRuns):
    """Ends in the middle of a claim, whose lease ends soon, so that another worker runs the task."""
