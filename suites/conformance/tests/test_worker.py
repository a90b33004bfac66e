"""WRK: workers run each task once, and survive failures, signals, kills and lost connections."""

import contextlib
import signal
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from taskgauge.backends.services import ServiceNotOurs
from taskgauge.suites.conformance.harness.pausing import gate_file
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import late, requirement
from taskgauge.suites.conformance.outcomes import Deviation, NotApplicable, exception_of, same, true
from taskgauge.suites.conformance.probes.as_shipped import AsShipped
from taskgauge.suites.conformance.probes.backlog import backlog_of
from taskgauge.suites.conformance.probes.claims import AIMS, signal_claiming
from taskgauge.suites.conformance.probes.crash_injection import (
    FOR_EVER,
    PROCESS,
    WORKER,
    kill_in_subprocess,
    kills_of,
    limit_of,
)
from taskgauge.suites.conformance.probes.outages import settle
from taskgauge.suites.conformance.probes.project_database import worker_beside_server
from taskgauge.suites.conformance.probes.several_workers import MANY, check_once_each, observe_several
from taskgauge.suites.conformance.run_order import RunOrder

_LONG = 2.0
"""Seconds that a task takes while its worker gets a signal."""
MAY_FAIL = 2
"""Number of tasks that may fail after the project's database connection was dropped."""
_IDLE = 0.1
"""Seconds without work after which a worker counts as idle."""


@requirement("WRK-01")
def test_each_of_many_tasks_runs_once(working: TargetHarness) -> None:
    """One worker, or the target's own threads or processes, run each task once."""
    _settle_and_check(working, [working.submit(working.tasks().note) for _ in range(MANY)])


@requirement("WRK-01")
@late(RunOrder.OWN_WORKER)
def test_each_of_many_tasks_runs_once_with_several_workers(target: TargetHarness) -> None:
    """Four workers run each task once while one of them has a task that takes longer than its backend's recovery.

    A living worker keeps its task longer than the documented recovery time.
    If the backend also documents that no task may take so long, this is an open question (OQ-18).
    """
    several = target.observe_once(observe_several)
    several.long.start()
    check_once_each(target, several.many)
    several.long.end(several.seconds + target.waiter.timeout)
    same("executions of a long task with other workers idle", len(several.long.starts()), 1)


@requirement("WRK-01")
@late(RunOrder.OWN_WORKER)
def test_each_task_that_is_due_at_one_moment_runs_once_with_several_workers(target: TargetHarness) -> None:
    """Four workers run each of forty tasks once that become due at the same moment."""
    if not target.flag("supports_defer"):
        raise NotApplicable("supports_defer is False")
    several = target.observe_once(observe_several)
    try:
        together = several.together.value
    except Exception as error:
        raise NotApplicable(f"no task can be deferred, which other rows are about: {error}") from error
    if not any(run.starts() for run in together):
        raise NotApplicable("no deferred task is run, which DEF-02 is about")
    check_once_each(target, together)


@requirement("WRK-02")
def test_tasks_from_before_its_start_are_taken(working: TargetHarness) -> None:
    """A worker runs tasks that were enqueued before its start."""
    working.waiter.settle(backlog_of(working).equal, "tasks enqueued before the worker started are run")


@requirement("WRK-02")
def test_an_idle_worker_takes_tasks(working: TargetHarness, record_property: Callable[[str, object], None]) -> None:
    """An idle worker runs three tasks in turn."""
    if working.runs == "inside":
        raise NotApplicable("tasks run inside enqueue(), so no worker is idle")
    latencies = []
    for _ in range(3):
        working.submit(working.tasks().note).end()
        time.sleep(_IDLE)
        enqueued = time.monotonic_ns()
        latencies.append((working.submit(working.tasks().note).start()["at"] - enqueued) / 1e9)
    record_property("seconds until an idle worker took a task", [round(latency, 3) for latency in latencies])


@requirement("WRK-02")
def test_a_busy_worker_takes_tasks_afterwards(working: TargetHarness) -> None:
    """A worker runs tasks that were enqueued while it ran another task."""
    if working.runs == "inside":
        raise NotApplicable("tasks run inside enqueue(), so no worker is busy")
    with gate_file(working) as gate:
        busy = working.submit(working.tasks().wait, str(gate))
        busy.start()
        later = [working.submit(working.tasks().note) for _ in range(5)]
    working.waiter.settle([busy, *later], "tasks enqueued while the worker was busy are run")


@requirement("WRK-03")
def test_failing_tasks_keep_none_from_running(working: TargetHarness) -> None:
    """Tasks that alternate with failing tasks run."""
    later = []
    for kind in ("ValueError", "ProjectError", "with cause", "local"):
        working.submit(working.tasks().fail, kind)
        later.append(working.submit(working.tasks().note))
    working.waiter.settle(later, "tasks behind failing ones are run")


@requirement("WRK-04")
@late(RunOrder.OWN_WORKER)
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signalled_worker_leaves_nothing_running(target: TargetHarness, name: str) -> None:
    """A worker that gets a signal finishes its task, or hands it back to another worker.

    A backend may use one of both signals to end at once, if the other ends a worker in order.
    """
    try:
        target.observe_once(_check_signalled, name)
    except Deviation as deviation:
        [other] = {"SIGTERM", "SIGINT"} - {name}
        if exception_of(lambda: target.observe_once(_check_signalled, other)) is not None:
            raise
        raise NotApplicable(f"{other} ends a worker in order, and one of both is enough; {deviation}") from deviation


def _check_signalled(target: TargetHarness, name: str) -> None:
    number = signal.Signals[name]
    if target.runs == "processes":
        same(
            f"status of a task whose process got {name}",
            kill_in_subprocess(target, number, _LONG)["status"],
            "SUCCESSFUL",
        )
        return
    run = _signal(target, number)
    if target.flag("supports_get_result"):
        status = run.status()
        true("status after the worker's end", status != "RUNNING", expected="SUCCESSFUL or READY", seen=status)
    AsShipped(target).start_worker()
    run.end()
    if target.flag("supports_get_result"):
        same("status at last", str(run.outcome().status), "SUCCESSFUL")


@requirement("WRK-04")
@late(RunOrder.OWN_WORKER)
@pytest.mark.parametrize("aim", AIMS)
def test_a_worker_signalled_while_it_claims_a_task_leaves_it_to_another(target: TargetHarness, aim: str) -> None:
    """A worker that is signalled before it hears from the store of its claim runs the task or hands it back.

    The signal is one that ends the worker in order while a task runs. A task that its backend gives to another worker
    after the time of a recovery is handed back.
    """
    name = _orderly(target)
    run = signal_claiming(target, aim, signal.Signals[name])
    status = run.status() if target.flag("supports_get_result") else ""
    target.workers.start()
    limit = max(limit_of(target), target.waiter.timeout)
    with contextlib.suppress(Deviation):
        target.waiter.wait_for(run.has_ended, "the task ends", limit)
    if not (run.has_ended() or run.ends()):
        now = run.status() if target.flag("supports_get_result") else f"{len(run.starts())} executions"
        seen = f"{status}, and {now} with another worker"
        _check_watched(target, seen)
        raise Deviation(f"a task whose worker got {name} {aim}", expected=f"its end within {limit:g} s", seen=seen)


def _orderly(target: TargetHarness) -> str:
    """Return the name of a signal that ends a worker in order; raise NotApplicable if there is none."""
    for name in ("SIGTERM", "SIGINT"):
        if exception_of(lambda: target.observe_once(_check_signalled, name)) is None:  # noqa: B023 -- called at once
            return name
    raise NotApplicable("no signal ends a worker in order while a task runs, which other tests of WRK-04 check")


@requirement("WRK-05")
@late(RunOrder.OWN_WORKER)
@pytest.mark.parametrize("point", [WORKER, PROCESS])
def test_a_task_whose_worker_is_killed_recovers(target: TargetHarness, point: str) -> None:
    """A task recovers from a kill of all worker processes, or only of the process that runs it."""
    within = f"FAILED or run again within {limit_of(target):g} s"
    if target.runs == "processes":
        if point == WORKER:
            raise NotApplicable("its worker processes end with the process that enqueues")
        observed = target.observe_once(kill_in_subprocess, signal.SIGKILL, FOR_EVER)
        seen = f"{observed['status']}, after {observed['starts']} executions"
        if observed["status"] in {"READY", "RUNNING"}:
            _check_watched(target, seen)
        _check_recovered(observed["status"], observed["starts"], within, seen)
        return
    killed = kills_of(target).killed.get(point)
    if killed is None:
        raise NotApplicable("the worker is one process")
    if killed.seconds is None and not target.flag("supports_get_result"):
        raise NotApplicable("it is not run again, and there is no result that could stay RUNNING")
    seen = f"{killed.status}, after {killed.starts} executions"
    if killed.seconds is None:
        _check_watched(target, seen)
    if target.descriptor.bounds.recovery is None:
        seen += "; the backend documents no bound"
    true("a task whose worker was killed", killed.seconds is not None, expected=within, seen=seen)
    _check_recovered(killed.status, killed.starts, within, seen)


@requirement("WRK-06")
@late(RunOrder.OWN_WORKER)
def test_a_worker_copes_with_dropped_connections(target: TargetHarness) -> None:
    """An idle worker still runs tasks after all connections to its store were dropped, twice."""
    target.workers.start()
    for _ in range(2):
        # A worker may do more at the end of a task than this process can see.
        before = target.submit(target.tasks().note, invariants=False)
        before.end_told()
        time.sleep(_IDLE)
        _drop_connections(target)
        run = _enqueue_again(target, target.tasks().note, invariants=False)
        settle(target)
        run.end()


@requirement("WRK-06")
@late(RunOrder.OWN_WORKER)
def test_tasks_cope_with_dropped_connections_of_their_project(target: TargetHarness) -> None:
    """Tasks write rows after the connections to store and project's database were dropped, twice.

    The first tasks after a drop may fail on the connection that is gone, as a request does; the last must not.
    """
    with worker_beside_server(target) as (worker, drop):
        before = _write_row(target)
        before.outcome()
        if not before.ends():
            raise NotApplicable(f"no task writes a row, before any connection is dropped: {worker.explaining_line()}")
        for _ in range(2):
            time.sleep(_IDLE)
            drop()
            last = [_write_row(target) for _ in range(MAY_FAIL + 1)][-1]
            what = f"task {MAY_FAIL + 1} after the connections to the project's database and the store were dropped"
            target.waiter.wait_for(lambda: last.ends() or last.has_ended() or not worker.is_alive, what)  # noqa: B023
            true("the worker runs on", worker.is_alive, seen=f"it ended with code {worker.wait(0)}: {worker.tail(5)}")
            true(what, last.ends(), expected="writes its row", seen=f"{_end_of(last)}: {worker.explaining_line()}")


def _write_row(target: TargetHarness) -> Run:
    """Enqueue a task that writes a row with a text of its own."""
    return _enqueue_again(target, target.tasks().write_row, target.submitted.new_key(), invariants=False)


def _end_of(run: Run) -> str:
    return run.status() if run.target.flag("supports_get_result") else "it has ended without"


def _check_watched(target: TargetHarness, seen: str) -> None:
    """Raise NotApplicable if the task may still recover: within the documented time, for which no run waits."""
    bounds = target.descriptor.bounds
    if bounds.recovery != bounds.watched_recovery:
        documented = f"its documented recovery takes {bounds.recovery:g} s, longer than a run waits"
        raise NotApplicable(f"{seen}, {limit_of(target):g} s later; {documented}")


def _check_recovered(status: str, starts: int, within: str, seen: str) -> None:
    # The status is empty if results cannot be looked up; then the end was seen.
    recovered = status in {"FAILED", ""} or (status == "SUCCESSFUL" and starts > 1)
    true("a task whose worker was killed", recovered, expected=within, seen=seen)


def _settle_and_check(target: TargetHarness, runs: Sequence[Run]) -> None:
    with contextlib.suppress(Deviation):
        target.waiter.settle(runs)
    target.submit(target.tasks().note).end()
    check_once_each(target, runs)


def _signal(target: TargetHarness, number: int) -> Run:
    """Return a task whose worker got a signal and has ended; raise Deviation if the worker still runs."""
    target.workers.stop()
    worker = AsShipped(target).add_worker()
    run = AsShipped(target).submit("wait", str(target.project.folder / "never"), _LONG, invariants=False)
    run.start()
    worker.signal(number)
    code = worker.wait(_LONG + target.waiter.timeout)
    true("the worker ends", code is not None, seen=f"it still runs {_LONG + target.waiter.timeout:g} s later")
    return run


def _drop_connections(target: TargetHarness) -> None:
    if not len(target.services):
        raise NotApplicable("tasks are kept in the process: there are no connections that could be dropped")
    try:
        target.services.drop_connections()
    except ServiceNotOurs as error:
        raise NotApplicable(f"there are no connections that could be dropped: {error}") from error


def _enqueue_again(target: TargetHarness, task: Any, *args: Any, invariants: bool = True) -> Run:
    """Enqueue a task over dropped connections; errors of the producer are not judged."""
    from django.db import connections  # noqa: PLC0415 -- needs the settings

    for _ in range(4):
        # Django does the same between two requests.
        connections.close_all()
        with contextlib.suppress(Exception):
            return target.submit(task, *args, invariants=invariants)
    return target.submit(task, *args, invariants=invariants)
