"""Observes tasks that are enqueued after a commit, in a project with two databases."""

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from taskgauge.suites.conformance import environment_variables
from taskgauge.suites.conformance.event_log.reader import EventLog, Record
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.project import TWO_DATABASES

DEFAULT, OTHER = "default", "other"
DATABASES = (DEFAULT, OTHER)
_KINDS = ("committed", "rolled back")
_NESTED = "nested"
_TABLE = "taskgauge_event_log_row"
"""The table of the suite's own rows."""

type Keys = dict[str, dict[str, str]]


class RolledBack(Exception):
    """Ends a transaction on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterCommit:
    """The tasks that were meant for after the end of two transactions of one database."""

    early: int
    """Records of the first task before its commit."""
    rows: int | None
    """Rows of the committed transaction that the first task saw; None if it was not run."""
    rolled_back: int
    """Records of the task of the transaction that was rolled back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoDatabases:
    """The observations by database, and of a commit inside a transaction of the other database."""

    after: Mapping[str, AfterCommit]
    nested: str
    """The outcome of a task that was enqueued after a commit in `other`, while `default` was about to roll back."""


def observe_two_databases(target: TargetHarness) -> TwoDatabases:
    """Enqueue after commits and rollbacks in another process with two databases, which a worker has as well."""
    target.workers.check_runs()
    if target.runs == "worker":
        target.workers.stop()
        target.workers.add(settings=TWO_DATABASES)
    keys: Keys = {alias: {kind: target.submitted.new_key(invariants=False) for kind in _KINDS} for alias in DATABASES}
    keys[_NESTED] = {_NESTED: target.submitted.new_key(invariants=False)}
    last = target.submitted.new_key(invariants=False)
    function = f"{__name__}:{enqueue_after_commits.__name__}"
    timeout = target.waiter.timeout
    early: dict[str, int] = target.run_in_subprocess(
        function, keys, last, timeout, settings=TWO_DATABASES, timeout=timeout + 60
    )

    def records(alias: str, kind: str) -> list[Record]:
        return target.events.records(key=keys[alias][kind])

    after = {
        alias: AfterCommit(
            early=early[alias],
            rows=next((line["rows"] for line in records(alias, "committed") if line["event"] == "started"), None),
            rolled_back=len(records(alias, "rolled back")),
        )
        for alias in DATABASES
    }
    runs = any(record["event"] == "started" for record in records(_NESTED, _NESTED))
    return TwoDatabases(after=after, nested="runs" if runs else "does not run")


def enqueue_after_commits(keys: Keys, last: str, timeout: float) -> dict[str, int]:
    """Enqueue tasks in hooks of commits and rollbacks; return the records before each commit, by database.

    This is a remote call. It waits until the tasks and a last task after them have run, for at most `timeout` seconds.
    """
    from django.db import connections, transaction  # noqa: PLC0415 -- needs the settings

    from taskgauge.suites.conformance.tasks.basic import note  # noqa: PLC0415
    from taskgauge.suites.conformance.tasks.models import Row  # noqa: PLC0415
    from taskgauge.suites.conformance.tasks.transactions import count_rows_in  # noqa: PLC0415

    if _TABLE not in connections[OTHER].introspection.table_names():
        with connections[OTHER].schema_editor() as editor:
            editor.create_model(Row)
    events = EventLog(Path(os.environ[environment_variables.EVENT_LOG]))

    def write_and_enqueue(key: str, alias: str) -> None:
        Row.objects.using(alias).create(text=key)
        transaction.on_commit(partial(count_rows_in.enqueue, key, key, alias), using=alias)

    early: dict[str, Any] = {}
    for alias in DATABASES:
        with contextlib.suppress(RolledBack), transaction.atomic(using=alias):
            write_and_enqueue(keys[alias]["rolled back"], alias)
            raise RolledBack
        with transaction.atomic(using=alias):
            write_and_enqueue(keys[alias]["committed"], alias)
            early[alias] = len(events.records(key=keys[alias]["committed"]))
    with contextlib.suppress(RolledBack), transaction.atomic():
        with transaction.atomic(using=OTHER):
            write_and_enqueue(keys[_NESTED][_NESTED], OTHER)
        raise RolledBack
    committed = [keys[alias]["committed"] for alias in DATABASES]
    events.wait(lambda: all(events.of(key, "finished") for key in committed), timeout, lambda: None)
    note.enqueue(last)
    events.wait(lambda: events.of(last, "finished"), timeout, lambda: None)
    return early
