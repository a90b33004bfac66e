"""Backends that break nothing: each does otherwise what the documentation leaves open, and none may be failed."""

# ruff: noqa: D102 -- the classes say in what they differ

import contextlib
import itertools
import json
import os
import threading
import time
from datetime import datetime
from typing import Any

from django.db import DatabaseError, close_old_connections, connections

from mutants.breaking import differs
from mutants.durable import _MOMENTS, Durable, execute
from mutants.steps import Steps, change
from mutants.workers import CallsInAThread, WithoutResults


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
    "WRK-01",
    "WRK-05",
    unknown={"WRK-05": "no run waits for as long as the recovery is documented to take"},
    descriptor={"recovery": 690},
)
class RecoversLate(Durable):
    """Runs a dead worker's task again as late as it documents, which is later than a run can see."""

    lease = 600.0


@differs("RES-16", store="postgresql")
class LivesElsewhere(Durable):
    """Keeps its tasks on a server, which may be far away."""


@differs("ENQ-02", "RES-03", "RES-04")
class NumbersTasks(Steps):
    """Has numbers for ids, written as text, of which each process has its own."""

    numbers = itertools.count(1)

    def make(self, task: Any, args: Any, kwargs: Any) -> Any:
        return change(super().make(task, args, kwargs), id=f"{os.getpid()}{next(self.numbers):06}")


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


@differs("DEF-01", "ENQ-08", "PRI-01", "QUE-01", "SIG-02", "SIG-04", "WRK-01", "WRK-02", "WRK-03", "WRK-04", "WRK-05")
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
