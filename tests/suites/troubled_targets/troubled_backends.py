"""Backends in trouble: they hang, fail, or lose their store, for the conformance command to come through."""

# ruff: noqa: D102 -- the classes say what is wrong

import json
import os
import signal
import threading
import time
import warnings
from pathlib import Path
from typing import Any

import psutil
from django.db import connection
from mutants.durable import Durable, execute
from mutants.steps import Steps
from mutants.workers import SaysNothing

from taskgauge.backends.reference import ReferenceImmediateBackend, ReferenceMemoryBackend

LATER = 5
"""The call in which trouble begins that begins later."""


class ReturnsNothing(ReferenceImmediateBackend):
    """Breaks ENQ-01 and nothing that a test of one requirement asks besides."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        super().enqueue(task, args, kwargs)


class ReportsNoEnd(SaysNothing):
    """Shows no end of a task, by a result or by a signal."""


class ClaimsDeferral(ReferenceImmediateBackend):
    """Runs what is for later at once."""

    supports_defer = True


class HangsInEnqueue(ReferenceImmediateBackend):
    """Never comes back from enqueue(), and leaves no time to tidy up when it is interrupted."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        del task, args, kwargs
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        threading.Event().wait()


class Warns(ReferenceImmediateBackend):
    """Warns of its old age in enqueue()."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        warnings.warn("it is old", DeprecationWarning, stacklevel=2)
        return super().enqueue(task, args, kwargs)


class TakesItsTime(ReferenceImmediateBackend):
    """Takes three seconds for enqueue()."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        time.sleep(3)
        return super().enqueue(task, args, kwargs)


class HangsInGetResult(ReferenceMemoryBackend):
    """Never comes back from get_result()."""

    def get_result(self, result_id: str) -> Any:
        del result_id
        threading.Event().wait()


class StopsAnotherThing(ReferenceMemoryBackend):
    """Has methods that are called like those of a pausable backend, which it does not say it is."""

    def start(self, task_id: str) -> None:
        raise KeyError(task_id)

    def stop(self, task_id: str) -> None:
        raise KeyError(task_id)

    def clear(self, queue: str) -> None:
        raise KeyError(queue)


class Floods(ReferenceImmediateBackend):
    """Says far too much while it enqueues."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        for _ in range(64):
            os.write(1, b"so much to say\n" * 2**16)
        return super().enqueue(task, args, kwargs)


class InRedis(ReferenceImmediateBackend):
    """Keeps something of each task in Redis before it runs it."""

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        """Take the URL from the options."""
        import redis  # noqa: PLC0415 -- not everywhere

        params["OPTIONS"] = options = dict(params.get("OPTIONS", {}))
        self.redis = redis.Redis.from_url(options.pop("URL"))
        self.count = 0
        super().__init__(alias, params)

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        self.count += 1
        if self.count == LATER:
            self.be_troubled()
        self.redis.rpush("tasks", task.module_path)
        return super().enqueue(task, args, kwargs)

    def be_troubled(self) -> None:
        """Do nothing."""


class KillsRedis(InRedis):
    """Loses its store."""

    def be_troubled(self) -> None:
        os.kill(self.redis.info()["process_id"], signal.SIGKILL)


class FillsRedis(InRedis):
    """Finds its store full."""

    def be_troubled(self) -> None:
        self.redis.config_set("maxmemory-policy", "noeviction")
        self.redis.config_set("maxmemory", 1)


class FillsSQLite(Durable):
    """Finds its database full."""

    count = 0

    def keep(self, kept: Any) -> None:
        self.count += 1
        if self.count == LATER:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA max_page_count = 1")
        super().keep(kept)


class Mute(Durable):
    """Keeps no results for others, and sends no signals."""

    supports_get_result = False

    def get_result(self, result_id: str) -> Any:
        del result_id
        raise NotImplementedError

    def announce(self, result: Any) -> None:
        """Send nothing."""

    def tell_started(self, result: Any) -> None:
        """Send nothing."""

    def tell_finished(self, result: Any) -> None:
        """Send nothing."""


class FillsTheDisk(Durable):
    """Finds no room where its database is."""

    count = 0

    def keep(self, kept: Any) -> None:
        self.count += 1
        if self.count == LATER:
            with Path("ballast").open("wb") as file:
                while file.write(bytes(2**16)):
                    file.flush()
        super().keep(kept)


class HearsNothing(Durable):
    """Has a worker that leaves signals as they are, and so do the children of its tasks."""

    def listen(self) -> None:
        """Hear of nothing."""


class DefaultFirst(Durable):
    """Serves its first queue, and the others when that is empty."""

    def find(self, queues: list[str] | None, limit: int) -> list[tuple[str, str, str]]:
        return super().find(["default"], limit) or super().find(queues, limit)


class ExpiresInRedis(Durable):
    """Keeps something of each task in Redis for an hour, and drops a task of which that is gone."""

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        """Take the URL from the options."""
        import redis  # noqa: PLC0415 -- not everywhere

        params["OPTIONS"] = options = dict(params.get("OPTIONS", {}))
        self.redis = redis.Redis.from_url(options.pop("URL"))
        super().__init__(alias, params)

    def keep(self, kept: Any) -> None:
        self.redis.set(kept.id, "kept", ex=3600)
        super().keep(kept)

    def handle(self, worker_id: str, result_id: str, owner: str, document: str) -> None:
        if self.redis.exists(result_id):
            super().handle(worker_id, result_id, owner, document)
        else:
            execute("DELETE FROM mutant_task WHERE id = %s", result_id)


class KillsPostgreSQL(Durable):
    """Loses its store."""

    count = 0

    def keep(self, kept: Any) -> None:
        self.count += 1
        if self.count == LATER:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                server = psutil.Process(cursor.fetchone()[0]).parent()
            assert server is not None
            server.kill()
        super().keep(kept)


class DiesInEnqueue(ReferenceImmediateBackend):
    """Takes the whole process along."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        del task, args, kwargs
        os.kill(os.getpid(), signal.SIGKILL)


class EndsFailuresTwice(Steps):
    """Says twice of a task that failed that it has ended."""

    def tell_finished(self, result: Any) -> None:
        super().tell_finished(result)
        if result.errors and self.is_odd(result.errors[-1].traceback):
            super().tell_finished(result)

    def is_odd(self, text: str) -> bool:
        """Return whether the failure is one of those of which it is said."""
        return bool(text)


class EndsOddTextsTwice(EndsFailuresTwice):
    """Says it only of failures whose text cannot be written in UTF-8."""

    def is_odd(self, text: str) -> bool:
        """Return whether the text has a lone surrogate."""
        return any("\ud800" <= letter <= "\udfff" for letter in text)


class LosesWithoutRetries(Durable):
    """Runs the task of a dead worker again only if it runs failing tasks again; otherwise the task has failed."""

    def next(self, queues: list[str] | None) -> Any:
        if self.options.get("attempts", 1) == 1:
            sql = "SELECT id, owner, document FROM mutant_task WHERE status = 'RUNNING' AND lease < %s"
            # A moment before the base class would run it again; a living worker renews its lease earlier.
            for result_id, owner, document in execute(sql, time.time() + 0.5):
                self.before = owner
                self.give_up(result_id, json.loads(document), TimeoutError("its worker is gone"))
        return super().next(queues)
