"""What only a worker process can do wrongly, or a store that outlives it."""

# ruff: noqa: ARG002, D102 -- the classes say what is broken; what a step is given it need not use

import atexit
import contextlib
import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections
from django.utils import timezone

from mutants.breaking import NOT_RUN, breaks
from mutants.durable import LEASE, PAUSE, Durable, _seconds, execute
from mutants.steps import change


@breaks("WRK-04")
class DiesOfSignals(Durable):
    """Ends at once when it is asked to, in the middle of a task."""

    def listen(self) -> None:
        """Hear of nothing."""


@breaks("WRK-04")
class IgnoresSignals(Durable):
    """Does not hear of signals while it runs a task."""

    busy = False

    def handle(self, *given: Any) -> None:
        self.busy = True
        super().handle(*given)
        self.busy = False

    def stop_working(self, *given: object) -> None:
        if not self.busy:
            super().stop_working(*given)


class EndsAtOnceUnlessItRuns(Durable):
    """Ends at once when it is asked to, unless it runs a task."""

    busy = False

    def tell_started(self, result: Any) -> None:
        self.busy = True
        super().tell_started(result)

    def handle(self, *given: Any) -> None:
        super().handle(*given)
        self.busy = False

    def stop_working(self, *given: object) -> None:
        if not self.busy:
            os._exit(0)
        super().stop_working(*given)


@breaks("WRK-04", store="postgresql")
class HoldsWhatItClaims(EndsAtOnceUnlessItRuns):
    """Claims a task for ever, renews its lease for a short time only when it runs it, and ends in between."""

    def begin(self, result: Any, worker_id: str) -> Any:
        self.lease = 1e6
        try:
            begun = super().begin(result, worker_id)
        finally:
            self.lease = LEASE
        sql = "UPDATE mutant_task SET lease = %s WHERE id = %s AND owner = %s"
        execute(sql, time.time() + self.lease, result.id, self.owner)
        return begun


@breaks("WRK-05")
class HoldsForEver(Durable):
    """Holds a task by a lease that never ends."""

    lease = 1e6


@breaks("WRK-01")
class RenewsNothing(Durable):
    """Runs a live task again when its lease has ended."""

    def renew(self, result_id: str, owner: str, over: threading.Event) -> None:
        """Do nothing."""


@breaks("RES-14")
class OverwritesAnEnd(Durable):
    """Stores the end of a task that another worker has taken and ended meanwhile."""

    def store(self, result: Any, **values: Any) -> Any:
        changed = change(result, **values)
        sql = "UPDATE mutant_task SET status = %s, document = %s WHERE id = %s"
        execute(sql, changed.status, self.document(changed), changed.id)
        return changed


@breaks("WRK-01")
class TakesBlindly(Durable):
    """Takes a task without a look whether another worker has it, when many wait."""

    def begin(self, result: Any, worker_id: str) -> Any:
        waiting = execute("SELECT count(*) FROM mutant_task WHERE status = 'READY' AND due = 0")[0][0]
        if waiting > 40:
            time.sleep(0.03)
            self.before = execute("SELECT owner FROM mutant_task WHERE id = %s", result.id)[0][0]
        return super().begin(result, worker_id)


@breaks("WRK-01")
class TakesBlindlyWhatIsDue(Durable):
    """Takes a deferred task without a look whether another worker has it, when many are due."""

    def begin(self, result: Any, worker_id: str) -> Any:
        sql = "SELECT count(*) FROM mutant_task WHERE status = 'READY' AND due > 0 AND due < %s"
        if execute(sql, time.time())[0][0] > 30:
            time.sleep(0.03)
            self.before = execute("SELECT owner FROM mutant_task WHERE id = %s", result.id)[0][0]
        return super().begin(result, worker_id)


@breaks("DEF-10")
class HoldsWhatWaits(Durable):
    """Takes deferred tasks into a worker's memory, and gives them to one more worker each time their lease ends."""

    lease = 3.0

    def next(self, queues: list[str] | None) -> Any:
        now = time.time()
        held = self.__dict__.setdefault("held", {})
        waiting = "SELECT id, due, document FROM mutant_task WHERE status = 'READY' AND due > %s AND lease < %s"
        for result_id, due, document in execute(waiting, now, now):
            sql = "UPDATE mutant_task SET lease = %s WHERE id = %s AND lease < %s"
            if execute(sql, now + self.lease, result_id, now):
                held[result_id] = (due, document)
        for result_id, (due, document) in list(held.items()):
            if due <= now:
                del held[result_id]
                return result_id, execute("SELECT owner FROM mutant_task WHERE id = %s", result_id)[0][0], document
        return super().next(queues)

    def find(self, queues: list[str] | None, limit: int) -> list[tuple[str, str, str]]:
        rows = super().find(queues, limit + 100)
        return [row for row in rows if json.loads(row[2])["run_after"] is None or not self.is_held(row[0])][:limit]

    def is_held(self, result_id: str) -> bool:
        """Return whether a worker has it in its memory."""
        [[status, lease]] = execute("SELECT status, lease FROM mutant_task WHERE id = %s", result_id)
        return bool(status == "READY" and lease > time.time())


@breaks("DEF-03")
class SeesTheFirst(Durable):
    """Looks at the first two hundred tasks that wait, be they due or not."""

    def find(self, queues: list[str] | None, limit: int) -> list[tuple[str, str, str]]:
        sql = "SELECT id FROM mutant_task WHERE status IN ('READY', 'RUNNING') ORDER BY number LIMIT 200"
        first = {row[0] for row in execute(sql)}
        return [row for row in super().find(queues, 1000) if row[0] in first][:limit]


@breaks("WRK-06", store="postgresql")
class DiesWithItsConnection(Durable):
    """Does not get over a lost connection."""

    def recover(self, error: DatabaseError) -> None:
        raise error


class CallsInAThread(Durable):
    """Calls functions in a thread of their own, which has connections of its own to the project's database."""

    thread: ClassVar[Any] = None

    def call(self, result: Any) -> Any:
        if self.thread is None:
            type(self).thread = ThreadPoolExecutor(1)
        return self.thread.submit(self.call_there, result).result()

    def call_there(self, result: Any) -> Any:
        """Call the function."""
        return super().call(result)


@breaks("WRK-06", store="postgresql")
class KeepsTheProjectsConnection(CallsInAThread):
    """Gets over a lost connection to its store, and never closes the one that its tasks use."""


class WithoutResults(Durable):
    """Keeps no result that could be looked up, and says so."""

    supports_get_result = False

    def get_result(self, result_id: str) -> Any:
        raise NotImplementedError("results are not kept")


@breaks("ERR-07")
class EndsWithItsTask(WithoutResults):
    """Ends its worker when a task raises SystemExit, which no result shows."""

    def fail(self, result: Any, exception: BaseException) -> Any:
        if isinstance(exception, SystemExit):
            raise exception
        return super().fail(result, exception)


@breaks("QUE-01")
class KeepsOneQueue(Durable):
    """Lays every task into the default queue, and says nothing of it."""

    def keep(self, kept: Any) -> None:
        super().keep(kept)
        execute("UPDATE mutant_task SET queue = 'default' WHERE id = %s", kept.id)


@breaks("QUE-02")
class ServesAllQueues(Durable):
    """Takes tasks of queues that it was not started for."""

    def next(self, queues: list[str] | None) -> Any:
        del queues
        return super().next(None)


@breaks("QUE-04")
class StartsBesideItsKind(Durable):
    """Has a worker that ends at once where the alias `default` is a backend of another class."""

    def work(self, **how: Any) -> None:
        if settings.TASKS["default"]["BACKEND"] != settings.TASKS[self.alias]["BACKEND"]:
            raise ImproperlyConfigured("the alias 'default' is not configured for this backend")
        super().work(**how)


@breaks("QUE-05")
class RetriesElsewhere(Durable):
    """Lays a failed task into the default queue, and says nothing of it."""

    def run_again(self, result: Any, exception: BaseException) -> None:
        super().run_again(result, exception)
        execute("UPDATE mutant_task SET queue = 'default' WHERE id = %s", result.id)


@breaks("ENQ-09", also=NOT_RUN)
class ConfirmsLater(Durable):
    """Lets a task run only after its producer has confirmed it, a moment later or when it ends in order."""

    unconfirmed: ClassVar[dict[str, float]] = {}
    thread: ClassVar[Any] = None

    def keep(self, kept: Any) -> None:
        super().keep(kept)
        execute("UPDATE mutant_task SET due = 1e12 WHERE id = %s", kept.id)
        self.unconfirmed[kept.id] = _seconds(self.due(kept.task))
        if self.thread is None:
            type(self).thread = threading.Thread(target=self.confirm, daemon=True)
            self.thread.start()
            atexit.register(self.confirm_all)

    def confirm(self) -> None:
        while True:
            time.sleep(PAUSE)
            with contextlib.suppress(DatabaseError):
                self.confirm_all()

    def confirm_all(self) -> None:
        for result_id, due in list(self.unconfirmed.items()):
            if execute("UPDATE mutant_task SET due = %s WHERE id = %s", due, result_id):
                del self.unconfirmed[result_id]
        connections.close_all()


@breaks("ENQ-12")
class SwallowsErrors(Durable):
    """Returns a result although the task could not be stored."""

    def keep(self, kept: Any) -> None:
        with contextlib.suppress(DatabaseError):
            super().keep(kept)


@breaks("RES-19")
class NamelessWorkers(Durable):
    """Calls every worker the same."""

    def new_worker_id(self) -> str:
        return "worker"


@breaks("RES-18")
class ForgetsItsWorkers(Durable):
    """Says which worker runs a task, and forgets it at the end; RES-19 is judged by the running tasks."""

    def succeed(self, result: Any, value: Any) -> Any:
        return super().succeed(change(result, worker_ids=[]), value)


@breaks("ERR-08")
class CannotGiveUp(Durable):
    """Holds on to a task that it cannot start."""

    def give_up(self, result_id: str, document: dict[str, Any], error: Exception) -> None:
        execute("UPDATE mutant_task SET status = 'RUNNING', lease = 1e12 WHERE id = %s", result_id)


@breaks(
    "SIG-04",
    also={
        "SIG-03": "it sends no task_started either",
    },
)
class SaysNothing(Durable):
    """Keeps no results and sends no signals from its workers, so that no end of a task can be seen."""

    supports_get_result = False

    def tell_started(self, result: Any) -> None:
        del result

    def tell_finished(self, result: Any) -> None:
        del result

    def get_result(self, result_id: str) -> Any:
        raise NotImplementedError(result_id)


@breaks("DEF-08", also=NOT_RUN)
class ForgetsOnRestart(Durable):
    """Clears away what is deferred for less than an hour when it is started."""

    def listen(self) -> None:
        super().listen()
        now = time.time()
        execute("DELETE FROM mutant_task WHERE status = 'READY' AND due > %s AND due < %s", now, now + 3600)


@breaks("DEF-01")
class EarlyWorker(Durable):
    """Starts tasks at once that are deferred for a few seconds only."""

    def due(self, task: Any) -> Any:
        return task.run_after if _seconds(task.run_after) > time.time() + 5 else None


@breaks("RES-16", store="postgresql")
class StartsBeforeItAsks(Durable):
    """Takes the moment before it asks for a task for the start of what it gets, which may not have been there yet."""

    pause = 0.001

    def find(self, queues: list[str] | None, limit: int) -> list[tuple[str, str, str]]:
        self.asked = timezone.now()
        return super().find(queues, limit)

    def begin(self, result: Any, worker_id: str) -> Any:
        begun = super().begin(result, worker_id)
        first = result.started_at is None
        return self.store(begun, last_attempted_at=self.asked, **({"started_at": self.asked} if first else {}))
