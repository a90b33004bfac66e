"""A durable queue in Django's own database, with a worker process; honest, and taken apart as `steps` is.

`python -m mutants.durable prepare` makes its table, `… work` is the worker. A worker holds a task by a lease, which
it renews while it runs it; when the lease has ended, the worker must be dead, and another runs the task again.
"""

# ruff: noqa: D102 -- `steps` says what the methods are for

import argparse
import contextlib
import json
import os
import re
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

import django
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection, connections, transaction
from django.tasks import task_backends
from django.tasks.exceptions import TaskResultDoesNotExist
from django.utils import timezone
from django.utils.module_loading import import_string

from mutants.steps import Cycle, change, copy
from taskgauge.backends.reference.life_cycle import fail

TABLE = """
CREATE TABLE IF NOT EXISTS mutant_task (
    id text PRIMARY KEY, alias text NOT NULL, queue text NOT NULL, priority double precision NOT NULL,
    due double precision NOT NULL, number bigint NOT NULL, status text NOT NULL, document text NOT NULL,
    owner text NOT NULL, lease double precision NOT NULL
)
"""
LEASE = 2.0
"""Seconds for which a worker holds a task unless it renews its lease."""
PAUSE = 0.05
"""Seconds between two looks at an empty queue."""
_MOMENTS = ("enqueued_at", "started_at", "finished_at", "last_attempted_at")
_OF_TASK = ("priority", "backend", "queue_name", "takes_context")


class NotMine(Exception):
    """Another worker has taken the task."""


def execute(sql: str, *values: Any) -> Any:
    """Run a statement; return its rows, or how many it changed."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if sql.startswith("SELECT") else cursor.rowcount


class Durable(Cycle):
    """Keeps tasks in a table, from which worker processes take them."""

    lease = LEASE
    pause = PAUSE

    def prepare(self) -> None:
        """Make an empty store ready."""
        execute(TABLE)

    # Enqueueing and looking up

    def keep(self, kept: Any) -> None:
        task, due = kept.task, self.due(kept.task)
        execute(
            "INSERT INTO mutant_task VALUES (%s, %s, %s, %s, %s, %s, %s, %s, '', 0)",
            *(kept.id, self.alias, task.queue_name, self.priority(task), _seconds(due), time.time_ns()),
            *(kept.status, self.document(kept)),
        )

    def put(self, kept: Any) -> None:
        """Do nothing: what is kept is found."""

    def twin(self, result: Any) -> Any:
        return copy(result)

    def get_result(self, result_id: str) -> Any:
        found = []
        if re.fullmatch("[0-9a-f]{1,63}", result_id):
            sql = "SELECT document FROM mutant_task WHERE id = %s AND alias = %s"
            found = execute(sql, result_id, self.alias)
        if not found:
            raise TaskResultDoesNotExist(result_id)
        return self.show(self.rebuild(json.loads(found[0][0])))

    def document(self, result: Any) -> str:
        """Return a result as text."""
        task = result.task
        return json.dumps(
            {
                **{field.name: getattr(result, field.name) for field in fields(result) if field.name != "task"},
                **{name: _iso(getattr(result, name)) for name in _MOMENTS},
                "errors": [[error.exception_class_path, error.traceback] for error in result.errors],
                "task": {name: getattr(task, name) for name in _OF_TASK},
                "run_after": _iso(task.run_after) if isinstance(task.run_after, datetime) else None,
                "path": task.module_path,
            }
        )

    def rebuild(self, document: dict[str, Any]) -> Any:
        """Return the result of a document; raise what importing its task raises."""
        own = dict(document)
        run_after, value = _moment(own.pop("run_after")), own.pop("_return_value")
        own["task"] = replace(import_string(own.pop("path")), **own["task"], run_after=run_after)
        own |= {name: _moment(own[name]) for name in _MOMENTS}
        own["status"] = self.types.TaskResultStatus(own["status"])
        error = self.types.TaskError
        own["errors"] = [error(exception_class_path=path, traceback=text) for path, text in own["errors"]]
        return change(self.types.new_result(**own), _return_value=value)

    # Running, in a worker process

    def work(self, *, queues: list[str] | None, drain: bool, tasks: int | None) -> None:
        """Run tasks until SIGTERM or SIGINT, which let the running one finish."""
        self.stopping = False
        self.listen()
        worker_id, done = self.new_worker_id(), 0
        print("ready", flush=True)  # noqa: T201 -- what it is known by
        while not self.stopping and done != tasks:
            try:
                found = self.next(queues)
                if found is not None:
                    self.handle(worker_id, *found)
                    done += 1
            except DatabaseError as error:
                found = self.recover(error)
            if found is None:
                if drain:
                    break
                time.sleep(self.pause)

    def recover(self, error: DatabaseError) -> None:
        """Go on with new connections."""
        del error
        connections.close_all()

    def listen(self) -> None:
        """Hear of signals."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop_working)

    def stop_working(self, *_: object) -> None:
        """Take no more tasks."""
        self.stopping = True

    def next(self, queues: list[str] | None) -> tuple[str, str, str] | None:
        """Return id, owner and document of the task whose turn it is."""
        found = self.find(queues, 1)
        return found[0] if found else None

    def find(self, queues: list[str] | None, limit: int) -> list[tuple[str, str, str]]:
        """Return those of the first tasks whose turn it is, in their order."""
        now = time.time()
        sql = """SELECT id, owner, document FROM mutant_task WHERE alias = %s
            AND ((status = 'READY' AND due <= %s) OR (status = 'RUNNING' AND lease < %s)) """
        chosen = f"AND queue IN ({', '.join(['%s'] * len(queues))}) " if queues else ""
        order = f"ORDER BY priority DESC, number LIMIT {limit}"
        found: list[tuple[str, str, str]] = execute(sql + chosen + order, self.alias, now, now, *(queues or ()))
        return found

    def handle(self, worker_id: str, result_id: str, owner: str, document: str) -> None:
        """Run one task, unless another worker was quicker."""
        self.before, self.owner = owner, f"{worker_id}-{time.monotonic_ns()}"
        try:
            result = self.rebuild(json.loads(document))
        except Exception as error:
            self.give_up(result_id, json.loads(document), error)
            return
        with contextlib.suppress(NotMine), self.renewed(result_id):
            self.run(result, worker_id)
        close_old_connections()

    def give_up(self, result_id: str, document: dict[str, Any], error: Exception) -> None:
        """Make FAILED what cannot be started."""
        kind = f"{type(error).__module__}.{type(error).__qualname__}"
        document |= {"status": "FAILED", "finished_at": _iso(timezone.now()), "errors": [[kind, f"{error}"]]}
        sql = "UPDATE mutant_task SET status = 'FAILED', document = %s WHERE id = %s AND owner = %s"
        execute(sql, json.dumps(document), result_id, self.before)

    @contextlib.contextmanager
    def renewed(self, result_id: str) -> Iterator[None]:
        """Renew the lease as long as this process lives and runs the task."""
        over = threading.Event()
        thread = threading.Thread(target=self.renew, args=(result_id, self.owner, over), daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def renew(self, result_id: str, owner: str, over: threading.Event) -> None:
        """Do it four times in each lease."""
        while not over.wait(self.lease / 4):
            with contextlib.suppress(DatabaseError):
                sql = "UPDATE mutant_task SET lease = %s WHERE id = %s AND owner = %s"
                execute(sql, time.time() + self.lease, result_id, owner)
        connections.close_all()

    def begin(self, result: Any, worker_id: str) -> Any:
        with transaction.atomic():
            sql = "UPDATE mutant_task SET owner = %s, lease = %s WHERE id = %s AND owner = %s"
            if not execute(sql, self.owner, time.time() + self.lease, result.id, self.before):
                raise NotMine
            return super().begin(result, worker_id)

    def call(self, result: Any) -> Any:
        try:
            return super().call(result)
        finally:
            for each in connections.all(initialized_only=True):
                if each.in_atomic_block or not each.get_autocommit():
                    each.close()
                    # Django keeps one that is closed in an atomic block closed; its place is for a new one.
                    del connections[each.alias]

    def store(self, result: Any, **values: Any) -> Any:
        changed = change(result, **values)
        is_ready = changed.status == self.types.TaskResultStatus.READY
        sql = "UPDATE mutant_task SET status = %s, document = %s, owner = %s WHERE id = %s AND owner = %s"
        owner = "" if is_ready else self.owner
        if not execute(sql, changed.status, self.document(changed), owner, changed.id, self.owner):
            raise NotMine
        return changed

    def fail(self, result: Any, exception: BaseException) -> Any:
        if isinstance(exception, NotMine):
            raise exception
        return fail(self.types, result, exception, change=self.store)


def _seconds(due: Any) -> float:
    if due is None:
        return 0.0
    return due.timestamp() if isinstance(due, datetime) else time.time() + due.total_seconds()


def _iso(moment: datetime | None) -> str | None:
    if moment is not None and timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    moment = datetime.fromisoformat(text) if text else None
    return moment if moment is None or settings.USE_TZ else timezone.make_naive(moment)


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="durable")
    parser.add_argument("what", choices=["prepare", "work"])
    parser.add_argument("--queues", type=lambda text: text.split(","))
    parser.add_argument("--alias", default="default")
    parser.add_argument("--drain", action="store_true")
    parser.add_argument("--tasks", type=int)
    options = parser.parse_args()
    django.setup()
    if options.what == "prepare":
        task_backends[options.alias].prepare()
    else:
        task_backends[options.alias].work(queues=options.queues, drain=options.drain, tasks=options.tasks)
        connections.close_all()
        # Threads of tasks that do not end must not keep a worker alive that has done its work.
        os._exit(0)


if __name__ == "__main__":
    main()
