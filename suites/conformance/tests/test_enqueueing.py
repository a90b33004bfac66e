"""ENQ: enqueue() returns a TaskResult, and each accepted task runs once in another process."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from taskgauge.suites.conformance.exact import unpack
from taskgauge.suites.conformance.harness.pausing import without_workers
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import late, requirement
from taskgauge.suites.conformance.outcomes import Inconclusive, NotApplicable, refused, same, true
from taskgauge.suites.conformance.probes.outages import Outage, meet_outage
from taskgauge.suites.conformance.probes.round_trips import TUPLES_TOLD, TUPLES_TOLD_BY_NAME, check_arguments_told
from taskgauge.suites.conformance.project import ALIAS, SECOND_QUEUE, WITHOUT_TIME_ZONES
from taskgauge.suites.conformance.remote_calls import producer_calls as producers
from taskgauge.suites.conformance.result_rules import ROUNDING
from taskgauge.suites.conformance.run_order import RunOrder
from taskgauge.suites.conformance.tasks.values import KEYWORDS
from taskgauge.suites.conformance.threads import in_a_thread

LONGEST_ID = 63
_MOMENT = 0.5
"""Seconds within which a process that is started for one task runs it."""


@requirement("ENQ-01")
def test_enqueue_returns_a_result(target: TargetHarness) -> None:
    """`Task.enqueue` and the backend's own method, with a tuple and with a list, return a TaskResult."""
    echo = target.tasks().echo
    routes: dict[str, Callable[[str], Any]] = {
        "Task.enqueue(...)": lambda key: echo.enqueue(key, 1, [2], name={"a": None}),
        "backend.enqueue(task, tuple, dict)": lambda key: target.backend.enqueue(
            echo, (key, 1, [2]), {"name": {"a": None}}
        ),
        "backend.enqueue(task, list, dict)": lambda key: target.backend.enqueue(
            echo, [key, 1, [2]], {"name": {"a": None}}
        ),
    }
    for route, enqueue in routes.items():
        key = target.submitted.new_key()
        result = target.submitter.accept(key, enqueue(key)).result
        kind = f"{type(result).__module__}.{type(result).__qualname__}"
        true(route, isinstance(result, target.api.TaskResult), expected="a TaskResult", seen=kind)
        same(f"args after {route}", result.args, [key, 1, [2]])
        same(f"kwargs after {route}", result.kwargs, {"name": {"a": None}})
        same(f"task.name after {route}", result.task.name, "echo")


@requirement("ENQ-02")
def test_arguments_reach_the_function(working: TargetHarness) -> None:
    """Positional arguments arrive in order, and keyword arguments of every name except `self`."""
    key = working.submitted.new_key()
    run = working.submitter.accept(key, working.tasks("arguments").receive.enqueue(key, "one", "two", 3, **KEYWORDS))
    got = run.start()
    same("positional arguments", unpack(got["values"]), ["one", "two", 3])
    same("keyword arguments", unpack(got["named"]), KEYWORDS)


@requirement("ENQ-02")
def test_no_arguments_are_none(working: TargetHarness) -> None:
    """A task that is enqueued with its key alone receives no other argument."""
    got = working.submit(working.tasks("arguments").receive).start()
    same("positional arguments", unpack(got["values"]), [])
    same("keyword arguments", unpack(got["named"]), {})


@requirement("ENQ-03")
def test_ids(target: TargetHarness) -> None:
    """Ids are unique texts of at most 63 characters, also from four producer processes at once."""
    note = target.tasks().note
    ids = [target.submit(note).result.id for _ in range(60)]
    kinds = {type(result_id).__name__ for result_id in ids}
    same("types of ids", kinds, {"str"})
    lengths = sorted(map(len, ids))
    fit = 0 < lengths[0] and lengths[-1] <= LONGEST_ID
    longest = max(ids, key=len)
    true("lengths of ids", fit, expected=f"1 to {LONGEST_ID}", seen=f"{lengths[0]} to {lengths[-1]}: {longest!r}")
    if target.runs == "worker":
        ids += _enqueue_in_processes(target, processes=4, tasks=10).values()
    same("different ids", len(set(ids)), len(ids))


@requirement("ENQ-04")
def test_a_waiting_result(target: TargetHarness) -> None:
    """A new result is READY and has no times, attempts, errors or workers while no worker runs."""
    with without_workers(target):
        result = target.submit(target.tasks().note).result
        same("status", str(result.status), "READY")
        same("is_finished", result.is_finished, False)
        for name in ("started_at", "last_attempted_at", "finished_at"):
            same(name, getattr(result, name), None)
        same("attempts", result.attempts, 0)
        same("errors", list(result.errors), [])
        same("worker_ids", list(result.worker_ids), [])
        refused("return_value", lambda: result.return_value, ValueError)


@requirement("ENQ-05")
def test_the_moment_of_enqueueing(target: TargetHarness) -> None:
    """`enqueued_at` lies between the times before and after the call."""
    _check_moment(target, target.tasks().note)


@requirement("ENQ-05")
def test_the_moment_of_enqueueing_a_deferred_task(target: TargetHarness) -> None:
    """`enqueued_at` is the time of the call, not run_after."""
    if not target.flag("supports_defer"):
        raise NotApplicable("tasks cannot be deferred: supports_defer is False")
    from django.utils import timezone  # noqa: PLC0415 -- settings first

    # Longer than any call takes, and short enough not to delay later tests.
    _check_moment(target, target.tasks().note.using(run_after=timezone.now() + timedelta(seconds=20)))


def _check_moment(target: TargetHarness, task: Any) -> None:
    from django.utils import timezone  # noqa: PLC0415 -- settings first

    before = timezone.now()
    seen = target.submit(task).result.enqueued_at
    after = timezone.now()
    expected = f"from {before} to {after}"
    true("enqueued_at", isinstance(seen, datetime) and timezone.is_aware(seen), expected="an aware datetime", seen=seen)
    true("enqueued_at", before - ROUNDING <= seen <= after + ROUNDING, expected=expected, seen=seen)


@requirement("ENQ-05")
def test_the_moment_of_enqueueing_without_time_zones(target: TargetHarness) -> None:
    """With `USE_TZ = False`, `enqueued_at` is naive local time."""
    # Its times are naive, and this process uses time zones.
    key = target.submitted.new_key(invariants=False)
    moment = target.run_in_subprocess(producers.path("tell_enqueued_at"), key, settings=WITHOUT_TIME_ZONES)
    true("enqueued_at", moment["naive"], expected="a naive datetime", seen=moment["seen"])
    true("enqueued_at", moment["between"], expected="the moment of the call in local time", seen=moment["seen"])


@requirement("ENQ-06")
def test_the_result_tells_what_was_enqueued(target: TargetHarness) -> None:
    """The result holds the Task with all changes of using(), the alias, and the arguments as JSON has them."""
    task = target.tasks().echo.using(**_changes(target))
    run = target.submit(task, *TUPLES_TOLD, **TUPLES_TOLD_BY_NAME)
    true("result.task", run.result.task == task, expected=task, seen=run.result.task)
    same("result.backend", run.result.backend, ALIAS)
    check_arguments_told(run)


def _changes(target: TargetHarness) -> dict[str, Any]:
    from django.utils import timezone  # noqa: PLC0415 -- settings first

    changes: dict[str, Any] = {}
    if SECOND_QUEUE in target.served_queues():
        changes["queue_name"] = SECOND_QUEUE
    if target.flag("supports_priority"):
        changes["priority"] = 5
    if target.flag("supports_defer"):
        changes["run_after"] = timezone.now() + timedelta(seconds=1)
    return changes


@requirement("ENQ-07")
def test_each_enqueue_is_an_execution_of_its_own(working: TargetHarness) -> None:
    """The same task with the same arguments runs twenty times if it is enqueued twenty times."""
    key = working.submitted.new_key()
    note = working.tasks().note
    # Executions under the same key cannot be told apart, so the test counts them.
    runs = [working.submitter.follow(key, note.enqueue(key)) for _ in range(20)]
    working.waiter.wait_for(
        lambda: len(runs[0].ends()) >= 20, "it runs 20 times", seen=lambda: f"{len(runs[0].ends())} times"
    )
    same("executions", len(runs[0].starts()), 20)
    same("different ids", len({run.id for run in runs}), 20)


@requirement("ENQ-08")
def test_tasks_run_in_another_process(working: TargetHarness) -> None:
    """The executing process is not the enqueueing process."""
    if working.runs in {"inside", "threads"}:
        raise NotApplicable("an in-process backend: tasks run in the process that enqueues")
    record = working.submit(working.tasks().note).start()
    true("the task's process", record["pid"] != os.getpid(), expected="a worker's", seen="the one that enqueued")


@requirement("ENQ-08")
@late(RunOrder.OWN_WORKER)
def test_without_a_worker_nothing_runs(target: TargetHarness) -> None:
    """A task that is enqueued before the worker starts runs after that start."""
    if target.runs != "worker":
        raise NotApplicable("an in-process backend: it has no worker process of its own")
    target.workers.stop()
    run = target.submit(target.tasks().note)
    started = target.events.wait(run.starts, target.bound("idle_pick_up", 1.0) + _MOMENT, lambda: None)
    true("the task", not started, expected="waits for the worker", seen="it ran without one")
    target.workers.start()
    run.start()


@requirement("ENQ-09")
@late(RunOrder.OWN_WORKER)
def test_a_task_outlives_its_producer(target: TargetHarness) -> None:
    """The producer dies right after enqueue() returns; a worker that starts later runs the task."""
    if target.runs != "worker":
        raise NotApplicable("an in-process backend: tasks live in the process that enqueues them")
    target.workers.stop()
    key = target.submitted.new_key()
    target.run_in_subprocess("enqueue_and_die", "basic", "note", key)
    target.workers.start()
    _wait_until_run(target, {key})


@requirement("ENQ-10")
def test_a_task_enqueues_another(working: TargetHarness) -> None:
    """The second task runs, under the id that the first task received."""
    other = working.submitted.new_key()
    run = working.submit(working.tasks("enqueueing").enqueue_note, other)
    child = run.end()["child"]
    true("the id of the other", child and child != run.id, expected="one of its own", seen=repr(child))
    _wait_until_run(working, {other})


@requirement("ENQ-10")
def test_a_task_enqueues_itself(working: TargetHarness) -> None:
    """A task that enqueues itself three times runs four times."""
    run = working.submit(working.tasks("enqueueing").enqueue_itself, 3)
    working.waiter.wait_for(lambda: len(run.ends()) == 4, "it runs 4 times", seen=lambda: f"{len(run.ends())} times")
    working.submitted.accepted |= {end["child"]: run.key for end in run.ends() if end["child"]}
    same("what was left to do", sorted(record["left"] for record in run.starts()), [0, 1, 2, 3])


@requirement("ENQ-11")
def test_many_enqueue_at_once(working: TargetHarness) -> None:
    """Each task that eight threads and, for worker processes, four processes enqueue runs once."""
    accepted = _enqueue_in_processes(working, processes=4, tasks=25) if working.runs == "worker" else {}
    batches = [[working.submitted.new_key() for _ in range(25)] for _ in range(8)]
    with ThreadPoolExecutor(max_workers=len(batches)) as pool:
        for accepted_batch in pool.map(lambda batch: in_a_thread(lambda: producers.enqueue_notes(batch)), batches):
            accepted |= accepted_batch
    if not accepted:
        raise Inconclusive("not one was accepted")
    _wait_until_run(working, accepted)
    counts = [len(working.events.of(key, "started")) for key in accepted]
    same("tasks run more than once", sum(count > 1 for count in counts), 0)


def _enqueue_in_processes(target: TargetHarness, *, processes: int, tasks: int) -> dict[str, str]:
    """Enqueue tasks from several processes at once; return the ids of accepted tasks by key."""
    batches = [[target.submitted.new_key() for _ in range(tasks)] for _ in range(processes)]
    with ThreadPoolExecutor(max_workers=processes) as pool:
        results = pool.map(lambda batch: target.run_in_subprocess(producers.path("enqueue_notes"), batch), batches)
        return {key: result_id for accepted in results for key, result_id in accepted.items()}


def _wait_until_run(target: TargetHarness, keys: Iterable[str]) -> None:
    target.waiter.settle(map(target.submitter.follow, keys), "every accepted task runs")


@requirement("ENQ-12")
@late(RunOrder.OWN_WORKER)
def test_a_failed_write_is_told(target: TargetHarness) -> None:
    """`enqueue()` raises within a bound while the store cannot be written."""
    outage: Outage = target.observe_once(meet_outage)
    during = outage.enqueue
    seen = f"no end after {during.seconds} s"
    true("enqueue() while the store is down", during.ended, expected="an exception", seen=seen)
    if not during.raised:
        # This call did not fail, so its task must run.
        target.workers.start()
        _wait_until_run(target, {outage.key_during})
