"""QUE: tasks go to the queue and the alias that they name."""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import pytest

from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import late, requirement
from taskgauge.suites.conformance.outcomes import Deviation, NotApplicable, same, seen_through, true
from taskgauge.suites.conformance.probes.aliases.beside_another import SECOND, seen_beside_another
from taskgauge.suites.conformance.probes.aliases.two_aliases import ALIASES, NO_RESULT, seen_with_two_aliases
from taskgauge.suites.conformance.probes.changes_reported import (
    QUEUES,
    check_queue_looked_up,
    check_queue_told,
    on_queue,
)
from taskgauge.suites.conformance.probes.retrying import observe_kept
from taskgauge.suites.conformance.project import SECOND_QUEUE
from taskgauge.suites.conformance.run_order import RunOrder


@requirement("QUE-01")
@pytest.mark.parametrize("queue", QUEUES)
def test_the_queue_is_told_by_the_result(target: TargetHarness, queue: str) -> None:
    """The result of enqueue() has the queue."""
    run = target.submit(on_queue(target, queue, target.tasks().note))
    same("task.queue_name of enqueue()", run.result.task.queue_name, queue)


@requirement("QUE-01")
@pytest.mark.parametrize("queue", QUEUES)
def test_each_queue_is_served(working: TargetHarness, queue: str) -> None:
    """A worker for all queues runs the task, and get_result() then has the queue."""
    check_queue_looked_up(working, queue)


@requirement("QUE-01")
@pytest.mark.parametrize("queue", QUEUES)
def test_the_queue_is_told_to_the_worker(working: TargetHarness, queue: str) -> None:
    """The task's context has its queue."""
    check_queue_told(working, queue)


@requirement("QUE-01")
@late(RunOrder.OWN_WORKER)
def test_a_worker_runs_what_is_in_its_queue(target: TargetHarness) -> None:
    """A worker for one queue runs the tasks of that queue, so they are there; tasks run when their queue is served."""
    shifts = target.observe_once(_observe_shifts)
    _check_own(shifts)
    tasks = [run for shift in shifts for run in (*shift.own, *shift.others)]
    target.waiter.settle(tasks, "a worker for a queue runs what is in it")
    same("executions of each task", [len(run.starts()) for run in tasks], [1] * len(tasks))


def _check_own(shifts: Sequence["_Shift"]) -> None:
    for shift in shifts:
        ran = sum(any(at < shift.end for at in _starts(run)) for run in shift.own)
        same(f"tasks of {shift.served!r} that a worker for {shift.served!r} ran", ran, len(shift.own))


@requirement("QUE-02")
@late(RunOrder.OWN_WORKER)
def test_a_worker_leaves_the_queues_of_others_alone(target: TargetHarness) -> None:
    """A worker for one queue runs no task of the other, unless its tasks are in another queue than they name."""
    shifts = target.observe_once(_observe_shifts)
    with seen_through("QUE-01", partial(_check_own, shifts)):
        for shift in shifts:
            ran = sum(at < shift.end for run in shift.others for at in _starts(run))
            same(f"tasks of {shift.left!r} that a worker for {shift.served!r} ran", ran, 0)


@requirement("QUE-02")
@late(RunOrder.OWN_WORKER)
def test_what_is_not_served_stays_ready(target: TargetHarness) -> None:
    """`get_result()` gives READY while only another queue is served."""
    if not target.flag("supports_get_result"):
        raise NotApplicable("results cannot be looked up: supports_get_result is False")
    shifts = target.observe_once(_observe_shifts)
    if target.lookups.history.keeps_only_ends:
        raise NotApplicable("no result can be looked up before its end, which RES-02 is about")
    with seen_through("QUE-01", partial(_check_own, shifts)):
        for shift in shifts:
            same("status of a task whose queue is not served", shift.status, "READY")


@requirement("QUE-03")
@late(RunOrder.OWN_WORKER)
@pytest.mark.parametrize("alias", ALIASES)
def test_a_task_is_told_under_its_own_alias(target: TargetHarness, alias: str) -> None:
    """The result of enqueue(), and of its own backend's get_result(), has the alias."""
    seen = seen_with_two_aliases(target)[alias]
    same("result.backend of enqueue()", seen["enqueued"], alias)
    if target.flag("supports_get_result"):
        same("result.backend by get_result()", seen["own"], alias)


@requirement("QUE-03")
@late(RunOrder.OWN_WORKER)
@pytest.mark.parametrize("alias", ALIASES)
def test_a_task_runs_under_its_own_alias(target: TargetHarness, alias: str) -> None:
    """The task runs once, and its context in the worker has its alias."""
    if target.runs == "never":
        raise NotApplicable("this backend never runs a task")
    seen = seen_with_two_aliases(target)[alias]
    same(f"executions of a task of the alias {alias!r}", len(target.events.of(seen["key"], "started")), 1)
    starts = target.events.of(seen["telling"], "started")
    if not starts:
        raise NotApplicable("no task with its context starts, which is CTX-01")
    same("result.backend in the worker", starts[0]["alias"], alias)
    same("task.backend in the worker", starts[0]["task_alias"], alias)


@requirement("QUE-03")
@late(RunOrder.OWN_WORKER)
@pytest.mark.parametrize("alias", ALIASES)
def test_no_result_is_given_out_as_the_other_aliass(target: TargetHarness, alias: str) -> None:
    """`get_result()` of the other alias raises TaskResultDoesNotExist, or the result names its own alias."""
    if not target.flag("supports_get_result"):
        raise NotApplicable("results cannot be looked up: supports_get_result is False")
    seen = seen_with_two_aliases(target)[alias]
    what = f"get_result() of the other alias, for a result of {alias!r}"
    true(what, seen["other"] in {NO_RESULT, alias}, expected=f"{NO_RESULT}, or {alias!r}", seen=seen["other"])


@requirement("QUE-04")
@late(RunOrder.OWN_WORKER)
def test_a_task_is_told_under_another_alias_than_default(target: TargetHarness) -> None:
    """At the alias `second`, beside another backend at `default`, enqueue() and get_result() name that alias."""
    seen = seen_beside_another(target)
    same("result.backend of enqueue()", seen["enqueued"], SECOND)
    same("result.task.backend of enqueue()", seen["task"], SECOND)
    if target.flag("supports_get_result"):
        same("result.backend by get_result()", seen["looked up"], SECOND)


@requirement("QUE-04")
@late(RunOrder.OWN_WORKER)
def test_a_task_runs_under_another_alias_than_default(target: TargetHarness) -> None:
    """At the alias `second`, beside another backend at `default`, tasks run once, and a context names that alias."""
    if target.runs == "never":
        raise NotApplicable("this backend never runs a task")
    seen = seen_beside_another(target)
    if not target.events.of(seen_with_two_aliases(target)[SECOND]["key"], "started"):
        raise NotApplicable("no task of a second alias is run beside the first either, which QUE-03 is about")
    executions = len(target.events.of(seen["noting"], "started"))
    same("executions of a task at an alias other than `default`, beside another backend", executions, 1)
    starts = target.events.of(seen["telling"], "started")
    if not starts:
        raise NotApplicable("no task with its context starts, which CTX-01 is about")
    same("result.backend in the worker", starts[0]["alias"], SECOND)
    same("task.backend in the worker", starts[0]["task_alias"], SECOND)


@requirement("QUE-05")
@late(RunOrder.OWN_WORKER)
def test_a_further_attempt_is_told_its_queue_and_priority(target: TargetHarness) -> None:
    """The context of each attempt, and get_result() between attempts and at the end, have queue and priority."""
    kept = target.observe_once(observe_kept)
    if not kept.retried.executions:
        raise NotApplicable("no task with its context starts, which CTX-01 is about")
    first, *later = [{name: record[name] for name in kept.changes} for record in kept.retried.executions]
    if first != kept.changes:
        raise NotApplicable(f"the first attempt is told {first}, which QUE-01 and PRI-03 are about")
    for number, reported in enumerate(later, 2):
        same(f"queue and priority in attempt {number}", reported, kept.changes)
    if kept.plain and kept.plain != kept.changes:
        raise NotApplicable(
            "get_result() tells another queue or priority of any task, which QUE-01 and PRI-03 are about"
        )
    for when, result in (("between two attempts", kept.retried.between), ("at the end", kept.retried.result)):
        if result is not None and result.task is not None:
            reported = {name: getattr(result.task, name) for name in kept.changes}
            same(f"queue and priority by get_result() {when}", reported, kept.changes)


@requirement("QUE-05")
@late(RunOrder.OWN_WORKER)
def test_a_further_attempt_stays_in_its_queue(target: TargetHarness) -> None:
    """A worker that serves only the queue of a failing task makes all its attempts."""
    if target.runs != "worker" or target.descriptor.worker is None or target.descriptor.worker.queues is None:
        raise NotApplicable("no worker can be started for one queue")
    kept = target.observe_once(observe_kept)
    with seen_through("QUE-01", lambda: _check_own(target.observe_once(_observe_shifts))):
        true(
            "a further attempt",
            not kept.elsewhere,
            expected=f"made by the worker of the queue {SECOND_QUEUE!r}",
            seen="made only when a worker served all queues",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shift:
    """A worker for one queue of two."""

    served: str
    own: Sequence[Run]
    left: str
    others: Sequence[Run]
    status: str
    """The status of the first of `others` while this worker is the only one."""
    end: int
    """The time.monotonic_ns() at which the worker has ended."""


def _observe_shifts(target: TargetHarness) -> list[_Shift]:
    """Run a worker for the second queue, then a worker for the first, then a worker for both."""
    target.workers.stop()
    note = target.tasks().note
    shifts = []
    for served, left in (QUEUES[::-1], QUEUES):
        worker = target.workers.add(queues=[served])
        others = [target.submit(on_queue(target, left, note)) for _ in range(3)]
        own = [target.submit(on_queue(target, served, note)) for _ in range(3)]
        with contextlib.suppress(Deviation):
            target.waiter.settle(own)
            # The worker is idle now, and polls at least once more.
            own.append(target.submit(on_queue(target, served, note)))
            target.waiter.settle(own)
            # Another worker would run a task again that this worker has not acknowledged.
            own[-1].end_told()
        status = others[0].status() if target.flag("supports_get_result") else ""
        target.workers.end(worker)
        end = time.monotonic_ns()
        shifts.append(_Shift(served=served, own=own, left=left, others=others, status=status, end=end))
    target.workers.start()
    return shifts


def _starts(run: Run) -> list[int]:
    return [record["at"] for record in run.starts()]
