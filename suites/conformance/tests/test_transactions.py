"""TXN: database transactions around enqueueing and in tasks."""

import contextlib
from collections.abc import Iterator, Sequence
from functools import partial

import pytest
from django.db import connection, transaction

from taskgauge.suites.conformance.harness.pausing import gate_file
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import late, requirement
from taskgauge.suites.conformance.outcomes import Deviation, NotApplicable, same, true
from taskgauge.suites.conformance.probes.lifecycle import observe_lifecycle
from taskgauge.suites.conformance.probes.two_databases import DEFAULT, OTHER, AfterCommit, observe_two_databases
from taskgauge.suites.conformance.run_order import RunOrder

_SAVED = 10.0
"""Seconds within which a worker that goes on saves an end and runs a small task."""


class RolledBack(Exception):
    """Ends a transaction on purpose."""


@requirement("TXN-01")
def test_enqueue_does_not_wait_for_the_commit(target: TargetHarness) -> None:
    """Inside atomic(), enqueue() returns with enqueued_at set, and the same transaction can look up the task."""
    if target.flag("supports_get_result"):
        with contextlib.suppress(Exception):  # learn if results are found before their end at all
            target.observe_once(observe_lifecycle)
    with transaction.atomic():
        run = target.submit(target.tasks().note)
        true("enqueued_at inside atomic()", run.result.enqueued_at is not None, expected="a time", seen="None")
        if target.flag("supports_get_result"):
            same("id by get_result() inside atomic()", str(run.look().id), run.id)


@requirement("TXN-01")
def test_what_was_enqueued_in_a_transaction_runs(working: TargetHarness) -> None:
    """The task runs after the commit at the latest; this also shows it stored without look-ups."""
    with transaction.atomic():
        run = working.submit(working.tasks().note)
    run.end()


@requirement("TXN-02")
def test_on_commit_enqueues_after_the_commit_and_not_after_a_rollback(working: TargetHarness) -> None:
    """The task is enqueued after the commit and sees its rows; after a rollback it is not enqueued."""
    working.observe_once(_check_that_tasks_write_rows)
    enqueued: dict[str, Run] = {}
    with contextlib.suppress(RolledBack), transaction.atomic():
        rolled_back = _enqueue_on_commit(working, enqueued)
        raise RolledBack
    with transaction.atomic():
        committed = _enqueue_on_commit(working, enqueued)
        with contextlib.suppress(RolledBack), transaction.atomic():
            savepoint = _enqueue_on_commit(working, enqueued)
            raise RolledBack
        same("signals and lines of the task before the commit", len(working.events.records(key=committed)), 0)
    true("the task is enqueued after the commit", committed in enqueued)
    same("rows that the task sees", enqueued[committed].start()["rows"], 1)
    working.submit(working.tasks().note).end()
    for name, key in (("the transaction", rolled_back), ("a savepoint", savepoint)):
        same(f"signals and lines of a task after {name} was rolled back", len(working.events.records(key=key)), 0)


@requirement("TXN-03")
@pytest.mark.parametrize("kind", ["InvalidTask", "TypeError"])
def test_a_refused_task_leaves_the_transaction_usable(target: TargetHarness, kind: str) -> None:
    """Queries work and are committed after the exception is caught inside atomic()."""
    with transaction.atomic():
        first = _write_row(target)
        _enqueue_refused(target, kind)
        true("the transaction is usable", not connection.needs_rollback, seen="it can only be rolled back")
        try:
            second = _write_row(target)
        except Exception as error:
            raise Deviation("a query afterwards", expected="works", seen=f"{type(error).__name__}: {error}") from error
    same("rows that were committed", _count(first) + _count(second), 2)


@requirement("TXN-04")
def test_a_failure_in_atomic_spoils_nothing(working: TargetHarness) -> None:
    """A task that breaks a database rule inside atomic() is FAILED, its rows are gone, and the next task works."""
    working.observe_once(_check_that_tasks_write_rows)
    with _restarted_if_spoiled(working):
        text = working.submitted.new_key()
        failing = working.submit(working.tasks("transactions").fail_in_atomic, text)
        _check_next(working)
        if working.flag("supports_get_result"):
            same("status of the task that failed", str(failing.outcome().status), "FAILED")
        same("rows that the failed task left", _count(text), 0)


@requirement("TXN-04")
def test_a_broken_transaction_left_behind_spoils_nothing(working: TargetHarness) -> None:
    """The result of a task that leaves a broken transaction is saved, and the next task works."""
    if working.runs == "inside":
        raise NotApplicable("the task runs on its caller's own connection")
    working.observe_once(_check_that_tasks_write_rows)
    with _restarted_if_spoiled(working):
        leaving = working.submit(working.tasks("transactions").leave_broken, working.submitted.new_key())
        leaving.start()
        _check_next(working)
        if working.flag("supports_get_result"):
            # The worker has run another task since, so it has saved this end if it ever does.
            same(
                "status of the task that left it",
                str(leaving.outcome(min(_SAVED, working.waiter.timeout)).status),
                "SUCCESSFUL",
            )


@requirement("TXN-05")
@late(RunOrder.OWN_WORKER)
def test_on_commit_of_a_second_database_is_after_its_commit(target: TargetHarness) -> None:
    """With two databases, the task is enqueued after the commit of the database that on_commit() names."""
    two = target.observe_once(observe_two_databases)
    expected = AfterCommit(early=0, rows=1, rolled_back=0)
    if two.after[DEFAULT] != expected:
        raise NotApplicable(f"on_commit() of the first database gives {two.after[DEFAULT]}, which TXN-02 is about")
    after = two.after[OTHER]
    same("signals and lines of the task before the commit", after.early, 0)
    same("rows of the second database that the task sees", after.rows, 1)
    same("signals and lines of a task after the second database rolled back", after.rolled_back, 0)


def _check_that_tasks_write_rows(target: TargetHarness) -> None:
    """Raise NotApplicable if no task can write a row, with or without a transaction."""
    run = target.submit(target.tasks().write_row, target.submitted.new_key())
    try:
        run.end()
    except Deviation as deviation:
        raise NotApplicable(f"no task of this target can write a row: {deviation.seen}") from deviation


def _check_next(target: TargetHarness) -> None:
    """Have each worker of the target write a row, because any of them may have the broken connection."""
    texts = [target.submitted.new_key() for _ in range(target.descriptor.parallel)]
    for run in _together(target, "write_row_together", [[text] for text in texts]):
        run.end(min(_SAVED, target.waiter.timeout))
        if target.flag("supports_get_result"):
            run.outcome(min(_SAVED, target.waiter.timeout))
    same("rows that the next tasks wrote", sum(map(_count, texts)), len(texts))


def _together(target: TargetHarness, name: str, args: Sequence[Sequence[str]]) -> list[Run]:
    """Run as many tasks at once as there are workers, so that each worker gets a task."""
    task = getattr(target.tasks("transactions"), name)
    with gate_file(target) as gate:
        if target.runs == "inside":
            gate.touch()
        runs = [target.submit(task, str(gate), *task_args) for task_args in args]
        for run in runs:
            run.start()
    return runs


@contextlib.contextmanager
def _restarted_if_spoiled(target: TargetHarness) -> Iterator[None]:
    """Stop workers, or close their connections, so that a broken connection does not disturb later tests."""
    try:
        yield
    except Exception:
        if target.runs == "worker":
            target.workers.stop()
        elif target.runs != "inside":
            with contextlib.suppress(Deviation):
                no_args: list[list[str]] = [[]] * target.descriptor.parallel
                for run in _together(target, "close_connections_together", no_args):
                    run.end()
        raise


def _enqueue_on_commit(target: TargetHarness, enqueued: dict[str, Run]) -> str:
    """Write a row, enqueue a task that counts it after the commit, and return the task's key."""
    key = target.submitted.new_key()
    enqueue = partial(target.tasks("transactions").count_rows.enqueue, key, _write_row(target))
    transaction.on_commit(lambda: enqueued.update({key: target.submitter.accept(key, enqueue())}))
    return key


def _enqueue_refused(target: TargetHarness, kind: str) -> None:
    tasks = target.tasks()
    try:
        if kind == "InvalidTask":
            tasks.note.using(queue_name="no such queue").enqueue("k")
        else:
            tasks.give.enqueue("k", object())
    except Exception:  # another requirement covers its class
        return
    raise NotApplicable(f"what {kind} is meant for is not refused")


def _write_row(target: TargetHarness) -> str:
    from taskgauge.suites.conformance.tasks.models import Row  # noqa: PLC0415 -- needs the apps

    text = target.submitted.new_key()
    Row.objects.create(text=text)
    return text


def _count(text: str) -> int:
    from taskgauge.suites.conformance.tasks.models import Row  # noqa: PLC0415 -- needs the apps

    return Row.objects.filter(text=text).count()
