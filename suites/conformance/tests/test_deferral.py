"""DEF: a deferred task starts soon after its time, never before it, and delays no other task."""

import statistics
from collections.abc import Callable
from datetime import datetime
from functools import partial

import pytest
from django.utils import timezone

from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import late, requirement
from taskgauge.suites.conformance.outcomes import Deviation, Inconclusive, NotApplicable, same, seen_through, true
from taskgauge.suites.conformance.probes.changes_reported import check_function
from taskgauge.suites.conformance.probes.deferred import (
    LATER,
    PAST,
    ZONES,
    Deferred,
    batch_of,
    due_at_the_end_of_seconds,
    naive_keys,
    now_and,
    waits_of,
    without_time_zones,
)
from taskgauge.suites.conformance.probes.several_workers import check_once_each, observe_several
from taskgauge.suites.conformance.project import WITHOUT_TIME_ZONES
from taskgauge.suites.conformance.result_rules import ROUNDING
from taskgauge.suites.conformance.run_order import RunOrder

MISREAD = 600.0
"""Seconds; a time that is read in the wrong time zone is off by more."""
PHASES = 4
"""Number of worker restarts; each restart moves the worker's polling to another fraction of a second."""
MANY_DEFERRED = 1_000
"""Number of deferred tasks; more than a worker is expected to look at or to fetch at once."""
A_FEW = 10.0
"""Seconds within which a deferred task must start; the value allows for a slow machine."""


@requirement("DEF-01")
def test_no_task_starts_before_its_time(working: TargetHarness) -> None:
    """Thirty tasks with an idle worker record when they reach their first line."""
    for deferred in batch_of(working).spread.value:
        late = deferred.lateness()
        true("start of a deferred task", late >= 0, expected="not before run_after", seen=f"{-late:.3f} s before it")


@requirement("DEF-01")
def test_none_starts_before_its_time_where_fractions_are_lost(working: TargetHarness) -> None:
    """Tasks that are due at the end of a second do not start early, at any polling phase of the worker.

    A backend that stores whole seconds starts such a task early if its worker polls within the lost fraction.
    """
    try:
        kept: object = batch_of(working).looked_up.value
    except Exception as error:  # other requirements cover it
        raise NotApplicable(f"run_after cannot be looked up: {error}") from error
    if not isinstance(kept, datetime) or kept.microsecond:
        raise NotApplicable("run_after is kept with its fraction of a second")
    for _ in range(PHASES):
        working.workers.restart()
        for deferred in due_at_the_end_of_seconds(working):
            late = deferred.lateness()
            true(
                "start of a deferred task", late >= 0, expected="not before run_after", seen=f"{-late:.3f} s before it"
            )


@requirement("DEF-01")
def test_no_task_is_reported_as_started_before_its_time(working: TargetHarness) -> None:
    """`started_at` of the result, or of the signal if results cannot be looked up, is not before run_after."""
    seen = 0
    for deferred in batch_of(working).spread.value:
        deferred.lateness()
        started = _started_at(deferred)
        if started is None:
            continue
        seen += 1
        is_due = started >= deferred.due - ROUNDING
        true("started_at of a deferred task", is_due, expected=f"not before {deferred.due}", seen=started)
    if not seen:
        raise NotApplicable("nothing reports when a task was started")


@requirement("DEF-02")
def test_tasks_start_soon_after_their_time(
    working: TargetHarness, record_property: Callable[[str, object], None]
) -> None:
    """The latest of thirty tasks with an idle worker starts within the bound."""
    late = sorted(deferred.lateness() for deferred in batch_of(working).spread.value)
    record_property("lateness in seconds: median, largest", (round(statistics.median(late), 3), round(late[-1], 3)))
    true(
        "seconds from run_after to the start", late[-1] <= A_FEW, expected=f"{A_FEW:g} at most", seen=f"{late[-1]:.1f}"
    )


@requirement("DEF-03")
def test_a_deferred_task_holds_up_no_other(working: TargetHarness) -> None:
    """A plain task that is enqueued after a deferred task runs first, and the deferred task is still READY."""
    if working.runs == "inside":
        raise NotApplicable("tasks run inside enqueue(), so none can wait")
    note = working.tasks().note
    due = now_and(waits_of(working).hold)
    # Another test may stop the worker while this task runs.
    deferred = working.submit(note.using(run_after=due), invariants=False)
    plain = working.submit(note)
    started = plain.start()["wall"]
    if deferred.starts() and started > deferred.start()["wall"]:
        raise Deviation("a plain task behind a deferred one", expected="runs at once", seen="it ran after that one")
    if working.flag("supports_get_result"):
        status = deferred.status()
        if working.lookups.history.keeps_only_ends:
            return
        if datetime.now(due.tzinfo) >= due:
            raise Inconclusive("the deferred task was due before it could be looked at")
        same("status of a task that is not due yet", status, "READY")


@requirement("DEF-03")
@late(RunOrder.LEFT_BEHIND)
def test_many_deferred_tasks_hold_up_no_other(target: TargetHarness) -> None:
    """A plain task runs although many tasks that are due much later were enqueued before it.

    This test is late, because the deferred tasks stay in the store.
    """
    if target.runs == "inside":
        raise NotApplicable("tasks run inside enqueue(), so none can wait")
    target.workers.start()
    note = target.tasks().note
    try:
        target.submit(note, invariants=False).end()
    except Deviation as deviation:
        raise NotApplicable(f"an earlier test has left no worker that runs tasks: {deviation}") from deviation
    later = note.using(run_after=now_and(LATER))
    for _ in range(MANY_DEFERRED):
        target.submit(later, invariants=False)
    target.waiter.wait_for(
        target.submit(note, invariants=False).starts, f"a plain task behind {MANY_DEFERRED:,} deferred ones starts"
    )


@requirement("DEF-04")
@pytest.mark.parametrize("zone", ZONES)
def test_an_instant_is_the_same_in_every_zone(working: TargetHarness, zone: str) -> None:
    """A task starts at its instant; the same clock time in another zone is hours away."""
    zoned = batch_of(working).zones[zone].value
    _check_local("the instant at which a task starts", zoned.soon.lateness())
    same("starts of a task that is not due for long", len(zoned.later.starts()), 0)


@requirement("DEF-05")
@pytest.mark.parametrize("ago", PAST)
def test_what_is_past_runs_at_once(working: TargetHarness, ago: str) -> None:
    """A task with a past run_after is accepted and runs at once."""
    working.waiter.settle([batch_of(working).past[ago].value], "a task whose run_after is past is run")


@requirement("DEF-06")
def test_a_timedelta_counts_from_now(working: TargetHarness) -> None:
    """A timedelta counts from now, as the documentation of Task.run_after says."""
    try:
        deferred = batch_of(working).relative.value
    except Exception as error:
        raise Deviation(
            "using(run_after=timedelta(...))", expected="accepted", seen=f"{type(error).__name__}: {error}"
        ) from error
    _check_local("the time at which a task starts", deferred.lateness())


@requirement("DEF-07")
def test_run_after_is_read_back_to_the_microsecond(working: TargetHarness) -> None:
    """`run_after` is exact while the task waits and after it has run."""
    batch = batch_of(working)
    deferred = batch.fraction.value
    same("result.task.run_after of enqueue()", deferred.run.result.task.run_after, deferred.due)
    with seen_through("RES-06", partial(_check_told, deferred)):
        _check_same_instant("result.task.run_after while the task waits", batch.looked_up.value, deferred.due)
        deferred.lateness()
        _check_same_instant("result.task.run_after after the run", deferred.run.look().task.run_after, deferred.due)


def _check_told(deferred: Deferred) -> None:
    """Raise Deviation if get_result() gives no Task of this function, or one that is not deferred (RES-06)."""
    check_function(deferred.run)
    seen = deferred.run.look().task.run_after
    true("result.task.run_after", seen is not None, expected=deferred.due, seen=seen)


@requirement("DEF-07")
def test_run_after_is_none_without_deferral(working: TargetHarness) -> None:
    """`run_after` is None even if the store fills the field with a time."""
    run = batch_of(working).at_once
    with seen_through("RES-06", partial(check_function, run)):
        same("result.task.run_after of a task that was not deferred", run.look().task.run_after, None)


@requirement("DEF-08")
def test_a_waiting_task_survives_a_restart(working: TargetHarness) -> None:
    """A deferred task runs once although its worker is stopped in order and another is started meanwhile."""
    deferred = batch_of(working).restarted.value
    deferred.lateness()
    working.submit(working.tasks().note).end()
    same("executions of a task that was deferred across a restart", len(deferred.run.starts()), 1)


@requirement("DEF-10")
@late(RunOrder.OWN_WORKER)
def test_a_task_that_waits_long_runs_once(target: TargetHarness) -> None:
    """A task that is deferred for longer than its backend's recovery takes runs once, with four workers idle."""
    bounds = target.descriptor.bounds
    if target.runs == "worker" and bounds.watched_recovery is None:
        documented = "no time" if bounds.recovery is None else f"only {bounds.recovery:g} s, longer than a run waits,"
        raise NotApplicable(f"it documents {documented} after which a claimed task is given to another worker")
    try:
        far = target.observe_once(observe_several).far.value
    except NotApplicable:
        raise
    except Exception as error:
        raise NotApplicable(f"no task can be deferred, which other rows are about: {error}") from error
    if not far.starts():
        raise NotApplicable("no task with such a deferral is run, which DEF-02 is about")
    with seen_through("WRK-01", partial(check_once_each, target, target.observe_once(observe_several).many)):
        same("executions of a task that was deferred for longer than a claim lasts", len(far.starts()), 1)


@requirement("DEF-09")
@late(RunOrder.OWN_WORKER)
def test_a_naive_time_is_local_time_without_time_zones(target: TargetHarness) -> None:
    """With USE_TZ = False, a naive time is local; read as UTC it would lie hours in the past."""
    if target.runs == "never":
        raise NotApplicable("this backend never runs a task")
    if target.runs == "worker":
        target.workers.stop()
        target.workers.add(settings=WITHOUT_TIME_ZONES)
    due = without_time_zones(target)
    key, later = naive_keys(target)
    timeout = target.waiter.timeout + waits_of(target).late
    started = target.waiter.wait_for(
        lambda: target.events.of(key, "started"), "a task deferred by a naive time starts", timeout
    )
    _check_local("the time at which a task starts that was deferred by a naive time", started[0]["wall"] - due)
    same("starts of a task that is not due for long", len(target.events.of(later, "started")), 0)


def _check_local(what: str, late: float) -> None:
    """Raise Deviation if a time was misread by hours; another requirement covers seconds."""
    true(what, abs(late) < MISREAD, expected="the time that was meant", seen=f"{late:+.0f} s from it")


def _started_at(deferred: Deferred) -> datetime | None:
    if deferred.run.target.flag("supports_get_result"):
        moment: datetime | None = deferred.run.outcome().started_at
        return moment
    moments = [record["started_at"] for record in deferred.run.signals("task_started") if record.get("started_at")]
    return datetime.fromisoformat(moments[0]) if moments else None


def _check_same_instant(what: str, seen: object, expected: datetime) -> None:
    true(what, isinstance(seen, datetime) and timezone.is_aware(seen), expected="an aware datetime", seen=repr(seen))
    true(what, seen == expected, expected=expected.isoformat(), seen=seen)
