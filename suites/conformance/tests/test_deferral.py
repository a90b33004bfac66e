"""DEF: a deferred task starts after its time, soon after it, and holds up no other."""

import statistics
from collections.abc import Callable
from datetime import datetime

import pytest
from django.utils import timezone

from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import late, requirement
from taskgauge.suites.conformance.outcomes import Deviation, Inconclusive, NotApplicable, same, true
from taskgauge.suites.conformance.probes.deferred import (
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
from taskgauge.suites.conformance.project import WITHOUT_TIME_ZONES
from taskgauge.suites.conformance.result_rules import ROUNDING
from taskgauge.suites.conformance.run_order import RunOrder

MISREAD = 600.0
"""Seconds; a time that is read in another zone is off by more."""
PHASES = 4
"""Times that the worker is started anew: its rounds then fall on other moments of a second."""
A_FEW = 10.0
"""Seconds within which a deferred task must start: a few, and as many again for a slow machine."""


@requirement("DEF-01")
def test_no_task_starts_before_its_time(working: TargetHarness) -> None:
    """Thirty tasks with an idle worker; each wrote down when its first line was reached."""
    for one in batch_of(working).spread.value:
        late = one.lateness()
        true("start of a deferred task", late >= 0, expected="not before run_after", seen=f"{-late:.3f} s before it")


@requirement("DEF-01")
def test_none_starts_before_its_time_where_fractions_are_lost(working: TargetHarness) -> None:
    """Due at the end of a second, with workers that look for tasks at other moments of it each time.

    Whoever keeps whole seconds is early by as much as is lost of one, if a worker happens to look in between.
    """
    try:
        kept: object = batch_of(working).looked_up.value
    except Exception as error:  # which other requirements are about
        raise NotApplicable(f"run_after cannot be looked up: {error}") from error
    if not isinstance(kept, datetime) or kept.microsecond:
        raise NotApplicable("run_after is kept with its fraction of a second")
    for _ in range(PHASES):
        working.workers.restart()
        for one in due_at_the_end_of_seconds(working):
            late = one.lateness()
            true(
                "start of a deferred task", late >= 0, expected="not before run_after", seen=f"{-late:.3f} s before it"
            )


@requirement("DEF-01")
def test_no_task_is_reported_as_started_before_its_time(working: TargetHarness) -> None:
    """What the result says, or where it cannot be looked up, what came with the signal."""
    seen = 0
    for one in batch_of(working).spread.value:
        one.lateness()
        started = _started_at(one)
        if started is None:
            continue
        seen += 1
        is_due = started >= one.due - ROUNDING
        true("started_at of a deferred task", is_due, expected=f"not before {one.due}", seen=started)
    if not seen:
        raise NotApplicable("nothing reports when a task was started")


@requirement("DEF-02")
def test_tasks_start_soon_after_their_time(
    working: TargetHarness, record_property: Callable[[str, object], None]
) -> None:
    """Thirty tasks with an idle worker; the latest of them counts."""
    late = sorted(one.lateness() for one in batch_of(working).spread.value)
    record_property("lateness in seconds: median, largest", (round(statistics.median(late), 3), round(late[-1], 3)))
    true(
        "seconds from run_after to the start", late[-1] <= A_FEW, expected=f"{A_FEW:g} at most", seen=f"{late[-1]:.1f}"
    )


@requirement("DEF-03")
def test_a_deferred_task_holds_up_no_other(working: TargetHarness) -> None:
    """A deferred task is enqueued first and a plain one after it: that one runs, and the first is still READY."""
    if working.runs == "inside":
        raise NotApplicable("tasks run inside enqueue(), so none can wait")
    note = working.tasks().note
    due = now_and(waits_of(working).hold)
    # Another test may end the worker while it runs.
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


@requirement("DEF-04")
@pytest.mark.parametrize("zone", ZONES)
def test_an_instant_is_the_same_in_every_zone(working: TargetHarness, zone: str) -> None:
    """Read in another zone the same clock time would lie hours before or after."""
    zoned = batch_of(working).zones[zone].value
    _check_local("the instant at which a task starts", zoned.soon.lateness())
    same("starts of a task that is not due for long", len(zoned.later.starts()), 0)


@requirement("DEF-05")
@pytest.mark.parametrize("ago", PAST)
def test_what_is_past_runs_at_once(working: TargetHarness, ago: str) -> None:
    """It is accepted, and waits for nothing."""
    working.waiter.settle([batch_of(working).past[ago].value], "a task whose run_after is past is run")


@requirement("DEF-06")
def test_a_timedelta_counts_from_now(working: TargetHarness) -> None:
    """As the documentation of Task.run_after has it."""
    try:
        one = batch_of(working).relative.value
    except Exception as error:
        raise Deviation(
            "using(run_after=timedelta(...))", expected="accepted", seen=f"{type(error).__name__}: {error}"
        ) from error
    _check_local("the time at which a task starts", one.lateness())


@requirement("DEF-07")
def test_run_after_is_read_back_to_the_microsecond(working: TargetHarness) -> None:
    """While the task waits, and after it has run."""
    batch = batch_of(working)
    one = batch.fraction.value
    same("result.task.run_after of enqueue()", one.run.result.task.run_after, one.due)
    _check_same_instant("result.task.run_after while the task waits", batch.looked_up.value, one.due)
    one.lateness()
    _check_same_instant("result.task.run_after after the run", one.run.look().task.run_after, one.due)


@requirement("DEF-07")
def test_run_after_is_none_without_deferral(working: TargetHarness) -> None:
    """A store that fills the field with some moment must not tell of it."""
    run = batch_of(working).at_once
    same("result.task.run_after of a task that was not deferred", run.look().task.run_after, None)


@requirement("DEF-08")
def test_a_waiting_task_survives_a_restart(working: TargetHarness) -> None:
    """The worker is ended in order while a deferred task waits, and another is started: the task runs, and once."""
    one = batch_of(working).restarted.value
    one.lateness()
    working.submit(working.tasks().note).end()
    same("executions of a task that was deferred across a restart", len(one.run.starts()), 1)


@requirement("DEF-09")
@late(RunOrder.OWN_WORKER)
def test_a_naive_time_is_local_time_without_time_zones(target: TargetHarness) -> None:
    """With USE_TZ = False, in a zone where local time read as UTC would lie hours in the past."""
    if target.runs == "never":
        raise NotApplicable("this backend never runs a task")
    if target.runs == "worker":
        target.workers.stop()
        target.workers.add(settings=WITHOUT_TIME_ZONES)
    due = without_time_zones(target)
    key, later = naive_keys(target)
    patience = target.waiter.timeout + waits_of(target).late
    started = target.waiter.wait_for(
        lambda: target.events.of(key, "started"), "a task deferred by a naive time starts", patience
    )
    _check_local("the time at which a task starts that was deferred by a naive time", started[0]["wall"] - due)
    same("starts of a task that is not due for long", len(target.events.of(later, "started")), 0)


def _check_local(what: str, late: float) -> None:
    """Tell a time that was misread from one that is not kept to the second, which is another requirement."""
    true(what, abs(late) < MISREAD, expected="the time that was meant", seen=f"{late:+.0f} s from it")


def _started_at(one: Deferred) -> datetime | None:
    if one.run.target.flag("supports_get_result"):
        moment: datetime | None = one.run.outcome().started_at
        return moment
    told = [record["started_at"] for record in one.run.signals("task_started") if record.get("started_at")]
    return datetime.fromisoformat(told[0]) if told else None


def _check_same_instant(what: str, seen: object, expected: datetime) -> None:
    true(what, isinstance(seen, datetime) and timezone.is_aware(seen), expected="an aware datetime", seen=repr(seen))
    true(what, seen == expected, expected=expected.isoformat(), seen=seen)
