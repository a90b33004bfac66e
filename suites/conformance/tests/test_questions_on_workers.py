"""What workers do where the documentation is silent: recorded, and never judged."""

import contextlib
import signal
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import late, question
from taskgauge.suites.conformance.outcomes import Deviation, NotApplicable
from taskgauge.suites.conformance.probes.backlog import backlog_of, order
from taskgauge.suites.conformance.probes.crash_injection import (
    AFTER,
    BEFORE,
    FOR_EVER,
    POINTS,
    PROCESS,
    WORKER,
    Killed,
    beyond_recovery,
    kills_of,
    struck,
)
from taskgauge.suites.conformance.probes.deferred import batch_of
from taskgauge.suites.conformance.run_order import RunOrder

_SHORT = 10.0
"""Seconds after which something whose outcome nobody promises is no longer waited for."""
BERLIN = "Europe/Berlin"
CLOCK_CHANGES = {
    "fold=0": datetime(2024, 10, 27, 2, 30),  # noqa: DTZ001 -- the zone is added where it is there
    "fold=1": datetime(2024, 10, 27, 2, 30, fold=1),  # noqa: DTZ001
    "a time that does not exist": datetime(2024, 3, 31, 2, 30),  # noqa: DTZ001
}
"""Times in Berlin: twice on the clock, and never."""


class RolledBack(Exception):
    """Ends a transaction on purpose."""


@question("OQ-01")
def test_when_a_task_of_an_open_transaction_runs(working: TargetHarness) -> None:
    """Enqueued before a commit, before a rollback, and before the rollback of a savepoint."""
    count = working.tasks("transactions").count_rows
    with transaction.atomic():
        committed = working.submit(count, _write_row(working))
        with contextlib.suppress(RolledBack), transaction.atomic():
            savepoint = working.submit(count, _write_row(working), invariants=False)
            raise RolledBack
        early = working.events.wait(committed.starts, _until_picked_up(working), lambda: None) is not None
        found = _status(committed)
    with contextlib.suppress(RolledBack), transaction.atomic():
        rolled_back = working.submit(count, _write_row(working), invariants=False)
        raise RolledBack
    with contextlib.suppress(Deviation):
        committed.end()
        working.submit(working.tasks().note).end()
    ran_early = "inside enqueue()" if working.runs == "inside" else "before the commit"
    when = ran_early if early else "after the commit" if committed.starts() else "never"
    working.answer("OQ-01", "commit", when, f"{_rows(committed)}; looked up inside the transaction: {found}")
    for aspect, run in (("rollback", rolled_back), ("savepoint rolled back", savepoint)):
        working.answer("OQ-01", aspect, "runs" if run.starts() else "does not run", _rows(run))


@question("OQ-03")
def test_in_which_order_equals_run(working: TargetHarness) -> None:
    """Of a backlog of equal tasks, and of tasks that are due at the same moment."""
    _answer_order(working, "a backlog", backlog_of(working).equal)
    if working.flag("supports_defer"):
        _answer_order(working, "due at the same moment", [one.run for one in batch_of(working).together.value])


@question("OQ-16")
def test_the_priority_of_due_tasks(working: TargetHarness) -> None:
    """Tasks that have been due for long, among plain ones, with priorities where these are supported."""
    if not working.flag("supports_defer"):
        raise NotApplicable("supports_defer is False")
    working.answer("OQ-16", "order of due and plain tasks", " < ".join(order(backlog_of(working).due.value.items())))


@question("OQ-16")
def test_fractions_and_lateness(working: TargetHarness) -> None:
    """What is left of the microseconds of run_after, and how late deferred tasks start."""
    if not working.flag("supports_defer"):
        raise NotApplicable("supports_defer is False")
    batch = batch_of(working)
    late = sorted(one.lateness() for one in batch.spread.value)
    median, most = late[len(late) // 2], late[-1]
    working.answer("OQ-16", "lateness of 30 tasks: median, most", f"{median * 1000:.0f} ms, {most * 1000:.0f} ms")
    if working.flag("supports_get_result"):
        given = batch.fraction.value
        try:
            seen = batch.looked_up.value
        except working.api.TaskResultDoesNotExist:
            seen = given.run.outcome().task.run_after
        kept = "kept" if seen == given.due else "not kept"
        working.answer("OQ-16", "microseconds", kept, f"{given.due} is read as {seen}")


@question("OQ-16")
def test_a_time_before_the_epoch(working: TargetHarness) -> None:
    """It is past, so the task must run."""
    _try_extreme(working, "before 1970", datetime(1969, 7, 20, 20, 17, tzinfo=UTC), _SHORT)


@question("OQ-16")
@late(RunOrder.LEFT_BEHIND)
def test_a_time_in_the_far_future(working: TargetHarness) -> None:
    """The year 9999; at the end, since the task stays in the store."""
    _try_extreme(working, "the year 9999", datetime(9999, 12, 30, tzinfo=UTC), 0)


@question("OQ-17")
def test_times_around_a_change_of_the_clock(working: TargetHarness) -> None:
    """What is read back of times that a clock shows twice, or never; they are past, so the tasks run at once."""
    if not (working.flag("supports_defer") and working.flag("supports_get_result")):
        raise NotApplicable("supports_defer or supports_get_result is False")
    note = working.tasks().note
    moments = {aspect: moment.replace(tzinfo=ZoneInfo(BERLIN)) for aspect, moment in CLOCK_CHANGES.items()}
    runs = {aspect: working.submit(note.using(run_after=moment)) for aspect, moment in moments.items()}
    for aspect, run in runs.items():
        seen, given = run.outcome().task.run_after, moments[aspect]
        working.answer("OQ-17", aspect, _deviation(seen, given), f"{given} is read as {seen}")


@question("OQ-05", "OQ-18", "OQ-22")
@late(RunOrder.OWN_WORKER)
def test_what_becomes_of_tasks_whose_worker_is_killed(target: TargetHarness) -> None:
    """Killed before, in and after the body: final state, time, executions, signals."""
    if target.runs == "processes":
        found = target.observe_once(struck, signal.SIGKILL, FOR_EVER)
        afterwards = "run" if found["after"] else "not run"
        target.answer("OQ-05", f"killed {PROCESS}", found["status"], f"tasks afterwards are {afterwards}")
        return
    kills = kills_of(target)
    for point in POINTS:
        if point in kills.killed:
            one = kills.killed[point]
            target.answer("OQ-05", f"killed {point}", _fate(one), _details(one))
    for run_number in sorted({len(run.starts()) for run in kills.behind}):
        often = sum(len(run.starts()) == run_number for run in kills.behind)
        target.answer("OQ-05", f"waiting behind it: executed {run_number} times", f"{often} of {len(kills.behind)}")
    executions = ", ".join(f"killed {point}: {one.starts} executions" for point, one in kills.killed.items())
    target.answer("OQ-18", "delivery", _delivery(kills.killed), executions)
    if WORKER in kills.killed:
        one = kills.killed[WORKER]
        signals = "task_finished is sent" if one.finished else "task_finished is not sent"
        target.answer("OQ-22", "worker killed", f"{one.status or 'unknown'}, {signals}")
    target.answer("OQ-22", "cancelled, discarded, timed out", "not tried", "django.tasks has no call for any of them")


@question("OQ-18")
@late(RunOrder.OWN_WORKER)
def test_a_task_that_takes_longer_than_its_backend_allows(target: TargetHarness) -> None:
    """Two workers, and a task that runs on after the time for which a worker's claim on it is documented to last."""
    if target.bound("longest_task", 0.0) == 0:
        raise NotApplicable("its documentation sets no limit to how long a task may take")
    target.workers.stop()
    target.workers.await_ready(*[target.workers.launch() for _ in range(2)])
    seconds = beyond_recovery(target)
    long = target.submit(target.tasks().wait, str(target.project.folder / "never"), seconds, invariants=False)
    long.end(seconds + target.waiter.timeout)
    target.answer("OQ-18", "a living worker's task, beyond longest_task", f"executed {len(long.starts())} times")


@question("OQ-28")
@late(RunOrder.OWN_WORKER)
def test_a_task_whose_options_change_before_it_runs(target: TargetHarness) -> None:
    """It is enqueued for one queue, and its worker's code names another."""
    target.answer("OQ-28", "Django 6.0 and 6.1 together", "not tried", "one run has one environment")
    target.workers.stop()
    changed = target.tasks("changed")
    target.workers.launch(environment={changed.CHANGED: "1"})
    run = target.submit(changed.move, invariants=False)
    try:
        seen = run.start(_SHORT)["queue"]
    except Deviation:
        seen = "it is not run"
    target.answer(
        "OQ-28", "enqueued for `default`, and now for `second`", seen, "the queue that the worker's result says"
    )


@question("OQ-24")
@late(RunOrder.OWN_WORKER)
def test_what_a_task_leaves_for_the_next(target: TargetHarness) -> None:
    """A task changes its surroundings, the next tells what it finds, and a last one puts all back."""
    tasks = target.tasks("isolation")
    if target.runs == "worker":
        target.workers.stop()
        target.workers.add()
    else:
        target.workers.start()
    told = target.submit(tasks.tell_surroundings).start()
    with _cleaned(target):
        left = target.submit(tasks.leave_behind).start()
        after = _tell_in_same_thread(target, left)
        where = _where(left, after)
        for aspect, before in told["found"].items():
            if aspect != "transaction":
                target.answer("OQ-24", aspect, "clean" if after["found"][aspect] == before else "left", where)
        connected = "kept open" if after["connected"] else "closed"
        target.answer("OQ-24", "database connection", connected, where)
    with _cleaned(target):
        left = target.submit(tasks.leave_transaction).start()
        try:
            after = _tell_in_same_thread(target, left)
        except Deviation as deviation:
            target.answer("OQ-24", "transaction", "the worker runs no other task", deviation)
        else:
            found = "left" if after["found"]["transaction"] else "clean"
            target.answer("OQ-24", "transaction", found, _where(left, after))


@question("OQ-15")
@late(RunOrder.LEFT_BEHIND)
def test_tasks_that_cannot_be_imported(target: TargetHarness) -> None:
    """Their path leads to something else, or nowhere; at the end, since a worker may stumble over them for ever."""
    target.workers.start()
    try:
        kinds = target.tasks("unreachable").KINDS
    except Exception as error:
        target.answer("OQ-15", "definition", f"refused: {type(error).__name__}", error)
        return
    runs: dict[str, Run] = {}
    for aspect, task in kinds.items():
        try:
            runs[aspect] = target.submit(task)
        except Exception as error:
            target.answer("OQ-15", aspect, f"refused: {type(error).__name__}", error)
    end = time.monotonic() + _SHORT
    for aspect, run in runs.items():
        target.answer("OQ-15", aspect, *_end_of(run, end - time.monotonic()))
    # Workers in this process may stumble over such tasks for ever.
    if target.descriptor.pausable:
        target.backend.stop(_SHORT)


@question("OQ-19")
@late(RunOrder.OLDEST_RESULT)
def test_whether_the_first_result_is_still_there(target: TargetHarness) -> None:
    """The oldest result of this run is looked up at its end."""
    if not target.flag("supports_get_result"):
        raise NotApplicable("results cannot be looked up: supports_get_result is False")
    finished = target.events.records(event="signal", signal="task_finished", alias="default")
    oldest = next((one for one in finished if one["id"] in target.submitted.accepted), None)
    if oldest is None:
        raise NotApplicable("no result has come to its end")
    age = time.time() - oldest["wall"]
    try:
        target.lookups.get_result(oldest["id"])
    except target.api.TaskResultDoesNotExist:
        answer = "gone"
    else:
        answer = "still there"
    documented = target.descriptor.bounds.retention
    promise = "no retention is documented" if documented is None else f"{documented:g} s are documented"
    target.answer("OQ-19", "the oldest result of this run", answer, f"after {age:.0f} s; {promise}")


def _write_row(target: TargetHarness) -> str:
    from taskgauge.suites.conformance.tasks.models import Row  # noqa: PLC0415 -- needs the apps

    text = target.submitted.new_key()
    Row.objects.create(text=text)
    return text


def _until_picked_up(target: TargetHarness) -> float:
    """Return the seconds after which a task would have started if it was going to start by itself."""
    return target.bound("idle_pick_up", 1.0) + 0.5 if target.runs == "worker" else 0.3


def _rows(run: Run) -> str:
    starts = run.starts()
    return f"it sees {starts[0]['rows']} of its transaction's rows" if starts else ""


def _status(run: Run) -> str:
    if not run.target.flag("supports_get_result"):
        return "not possible"
    return run.status()


def _answer_order(target: TargetHarness, aspect: str, runs: Any) -> None:
    seen = order(enumerate(runs))
    inversions = sum(a > b for position, a in enumerate(seen) for b in seen[position + 1 :])
    most = len(seen) * (len(seen) - 1) // 2
    words = {0: "first come, first served", most: "last come, first served"}
    target.answer("OQ-03", aspect, words.get(inversions, "mixed"), f"{inversions} of {most} pairs are inverted")


def _try_extreme(target: TargetHarness, aspect: str, moment: datetime, patience: float) -> None:
    if not target.flag("supports_defer"):
        raise NotApplicable("supports_defer is False")
    try:
        run = target.submit(target.tasks().note.using(run_after=moment), invariants=False)
    except Exception as error:
        target.answer("OQ-16", aspect, f"refused: {type(error).__name__}", error)
        return
    runs = target.events.wait(run.starts, patience + _until_picked_up(target), lambda: None) is not None
    target.answer("OQ-16", aspect, "runs at once" if runs else "accepted, does not run", _run_after(run, moment))


def _deviation(seen: datetime | None, given: datetime) -> str:
    if seen is None:
        return "forgotten"
    off = (seen.astimezone(UTC) - given.astimezone(UTC)).total_seconds()
    return f"{off:+g} s" if off else "the same instant"


def _run_after(run: Run, moment: datetime) -> str:
    if not run.target.flag("supports_get_result"):
        return ""
    try:
        seen = run.look().task.run_after
    except Exception as error:  # what was seen is what is told
        return f"get_result(): {type(error).__name__}"
    return "read back as given" if seen == moment else f"read back as {seen}"


def _fate(killed: Killed) -> str:
    state = killed.status or ("finished" if killed.finished else "unknown")
    return f"{state}, executed {killed.starts} times"


def _details(killed: Killed) -> str:
    when = "not seen to end" if killed.seconds is None else f"seen to have ended after {killed.seconds:.0f} s"
    return f"{when}; task_finished sent {killed.finished} times"


def _delivery(killed: Mapping[str, Killed]) -> str:
    starts = {point: one.starts for point, one in killed.items()}
    if any(starts.get(point, 0) > 1 for point in (PROCESS, WORKER, AFTER)):
        return "at least once" if min(starts.values()) else "neither: one is lost, another is run again"
    if starts.get(BEFORE) == 0:
        return "at most once"
    return "once, where its body had not begun" if BEFORE in starts else "once"


@contextlib.contextmanager
def _cleaned(target: TargetHarness) -> Iterator[None]:
    """Have all put back in this process; a worker is killed by the end of the test."""
    try:
        yield
    finally:
        if target.runs != "worker":
            for _ in range(2 * target.descriptor.parallel):
                target.submit(target.tasks("isolation").clean_up).end()


def _tell_in_same_thread(target: TargetHarness, left: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a task tells that ran after another in the same thread, or else what any task tells."""
    count = 1 if target.descriptor.parallel == 1 else 3 * target.descriptor.parallel
    told = [target.submit(target.tasks("isolation").tell_surroundings).start(_SHORT / 2) for _ in range(count)]
    return next((one for one in told if _where(left, one) == "in the same thread"), told[-1])


def _where(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    if one["pid"] != other["pid"]:
        return "in another process"
    return "in the same thread" if one["thread"] == other["thread"] else "in another thread"


def _end_of(run: Run, patience: float) -> tuple[str, str]:
    """Return in a word what became of a task, and the details."""
    target = run.target
    try:
        result = run.outcome(max(0.5, patience))
    except Deviation as deviation:
        return ("runs" if run.starts() else "never ends"), str(deviation)
    except Exception as error:
        return f"get_result(): {type(error).__name__}", str(error)
    if run.starts():
        return "runs", ""
    if not target.flag("supports_get_result"):
        return "does not run", ""
    errors = [error.exception_class_path for error in result.errors]
    return f"{result.status}, does not run", ", ".join(errors)
