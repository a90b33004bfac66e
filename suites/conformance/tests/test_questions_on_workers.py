"""OQ: the behaviour of workers where the documentation is silent; recorded, never judged."""

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
from taskgauge.suites.conformance.probes.as_shipped import AsShipped
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
    kill_in_subprocess,
    kills_of,
    limit_of,
)
from taskgauge.suites.conformance.probes.deferred import batch_of
from taskgauge.suites.conformance.probes.stalling import observe_stalled
from taskgauge.suites.conformance.probes.two_databases import observe_two_databases
from taskgauge.suites.conformance.probes.worker_endings import EXITS, observe_endings
from taskgauge.suites.conformance.run_order import RunOrder

_SHORT = 10.0
"""Seconds to wait for an outcome that the backend does not guarantee."""
BERLIN = "Europe/Berlin"
CLOCK_CHANGES = {
    "fold=0": datetime(2024, 10, 27, 2, 30),  # noqa: DTZ001 -- the test adds the zone
    "fold=1": datetime(2024, 10, 27, 2, 30, fold=1),  # noqa: DTZ001
    "a time that does not exist": datetime(2024, 3, 31, 2, 30),  # noqa: DTZ001
}
"""Times that a clock in Berlin shows twice, or never."""


class RolledBack(Exception):
    """Ends a transaction on purpose."""


@question("OQ-01")
def test_when_a_task_of_an_open_transaction_runs(working: TargetHarness) -> None:
    """Record tasks enqueued before a commit, a rollback, and the rollback of a savepoint."""
    count = working.tasks("transactions").count_rows
    with transaction.atomic():
        committed = working.submit(count, _write_row(working))
        with contextlib.suppress(RolledBack), transaction.atomic():
            savepoint = working.submit(count, _write_row(working), invariants=False)
            raise RolledBack
        early = working.events.wait(committed.starts, _until_picked_up(working), lambda: None) is not None
        status = _status(committed)
    with contextlib.suppress(RolledBack), transaction.atomic():
        rolled_back = working.submit(count, _write_row(working), invariants=False)
        raise RolledBack
    with contextlib.suppress(Deviation):
        committed.end()
        working.submit(working.tasks().note).end()
    ran_early = "inside enqueue()" if working.runs == "inside" else "before the commit"
    when = ran_early if early else "after the commit" if committed.starts() else "never"
    working.answer("OQ-01", "commit", when, f"{_rows(committed)}; looked up inside the transaction: {status}")
    for aspect, run in (("rollback", rolled_back), ("savepoint rolled back", savepoint)):
        working.answer("OQ-01", aspect, "runs" if run.starts() else "does not run", _rows(run))


@question("OQ-01")
@late(RunOrder.OWN_WORKER)
def test_when_a_task_runs_whose_commit_is_inside_another_transaction(target: TargetHarness) -> None:
    """Record a task that is enqueued after a commit of one database, while the other database rolls back."""
    two = target.observe_once(observe_two_databases)
    target.answer("OQ-01", "on_commit of a second database inside a rollback of `default`", two.nested)


@question("OQ-03")
def test_in_which_order_equals_run(working: TargetHarness) -> None:
    """Record the order of equal tasks, and of tasks that are due at the same moment."""
    _answer_order(working, "a backlog", backlog_of(working).equal)
    if working.flag("supports_defer"):
        due = [deferred.run for deferred in batch_of(working).together.value]
        _answer_order(working, "due at the same moment", due)


@question("OQ-16")
def test_the_priority_of_due_tasks(working: TargetHarness) -> None:
    """Record the order of long-due and plain tasks, with priorities if they are supported."""
    if not working.flag("supports_defer"):
        raise NotApplicable("supports_defer is False")
    working.answer("OQ-16", "order of due and plain tasks", " < ".join(order(backlog_of(working).due.value.items())))


@question("OQ-16")
def test_fractions_and_lateness(working: TargetHarness) -> None:
    """Record the microseconds of run_after that are kept, and the lateness of deferred tasks."""
    if not working.flag("supports_defer"):
        raise NotApplicable("supports_defer is False")
    batch = batch_of(working)
    late = sorted(deferred.lateness() for deferred in batch.spread.value)
    median, most = late[len(late) // 2], late[-1]
    working.answer("OQ-16", "lateness of 30 tasks: median, most", f"{median * 1000:.0f} ms, {most * 1000:.0f} ms")
    if working.flag("supports_get_result"):
        deferred = batch.fraction.value
        try:
            seen = batch.looked_up.value
        except working.api.TaskResultDoesNotExist:
            seen = deferred.run.outcome().task.run_after
        kept = "kept" if seen == deferred.due else "not kept"
        working.answer("OQ-16", "microseconds", kept, f"{deferred.due} is read as {seen}")


@question("OQ-16")
def test_a_time_before_the_epoch(working: TargetHarness) -> None:
    """Record a past run_after, at which the task must run."""
    _try_extreme(working, "before 1970", datetime(1969, 7, 20, 20, 17, tzinfo=UTC), _SHORT)


@question("OQ-16")
@late(RunOrder.LEFT_BEHIND)
def test_a_time_in_the_far_future(working: TargetHarness) -> None:
    """Record the year 9999; this test is late, because the task stays in the store."""
    _try_extreme(working, "the year 9999", datetime(9999, 12, 30, tzinfo=UTC), 0)


@question("OQ-17")
def test_times_around_a_change_of_the_clock(working: TargetHarness) -> None:
    """Record run_after of times that a clock shows twice or never; the times are past, so the tasks run at once."""
    if not (working.flag("supports_defer") and working.flag("supports_get_result")):
        raise NotApplicable("supports_defer or supports_get_result is False")
    note = working.tasks().note
    moments = {aspect: moment.replace(tzinfo=ZoneInfo(BERLIN)) for aspect, moment in CLOCK_CHANGES.items()}
    runs = {aspect: working.submit(note.using(run_after=moment)) for aspect, moment in moments.items()}
    for aspect, run in runs.items():
        seen, moment = run.outcome().task.run_after, moments[aspect]
        working.answer("OQ-17", aspect, _deviation(seen, moment), f"{moment} is read as {seen}")


@question("OQ-05", "OQ-18", "OQ-22")
@late(RunOrder.OWN_WORKER)
def test_what_becomes_of_tasks_whose_worker_is_killed(target: TargetHarness) -> None:
    """Record final state, time, executions and signals after a kill before, in and after the body."""
    if target.runs == "processes":
        observed = target.observe_once(kill_in_subprocess, signal.SIGKILL, FOR_EVER)
        afterwards = "run" if observed["after"] else "not run"
        target.answer("OQ-05", f"killed {PROCESS}", observed["status"], f"tasks afterwards are {afterwards}")
        return
    kills = kills_of(target)
    for point in POINTS:
        if point in kills.killed:
            killed = kills.killed[point]
            target.answer("OQ-05", f"killed {point}", _outcome(killed), _details(killed))
    for times in sorted({len(run.starts()) for run in kills.behind}):
        count = sum(len(run.starts()) == times for run in kills.behind)
        target.answer("OQ-05", f"waiting behind it: executed {times} times", f"{count} of {len(kills.behind)}")
    executions = ", ".join(f"killed {point}: {killed.starts} executions" for point, killed in kills.killed.items())
    target.answer("OQ-18", "delivery", _delivery(kills.killed), executions)
    if WORKER in kills.killed:
        killed = kills.killed[WORKER]
        signals = "task_finished is sent" if killed.finished else "task_finished is not sent"
        target.answer("OQ-22", "worker killed", f"{killed.status or 'unknown'}, {signals}")
    target.answer("OQ-22", "cancelled, discarded, timed out", "not tried", "django.tasks has no call for any of them")


@question("OQ-35", "OQ-36")
@late(RunOrder.OWN_WORKER)
def test_what_becomes_of_tasks_whose_worker_is_ended_otherwise(target: TargetHarness) -> None:
    """Record the end of the worker, and status and executions of the task when another worker has had its time."""
    bound = target.descriptor.bounds.recovery
    documented = "no recovery is documented" if bound is None else f"a recovery within {bound:g} s is documented"
    for way, ended in observe_endings(target).items():
        before = f"; {ended.status} at that time" if ended.status else ""
        detail = f"{ended.worker}{before}; watched for {limit_of(target):g} s at most, and {documented}"
        target.answer("OQ-36" if way == EXITS else "OQ-35", way, ended.outcome, detail)


@question("OQ-37")
@late(RunOrder.OWN_WORKER)
def test_what_becomes_of_a_task_whose_worker_comes_back(target: TargetHarness) -> None:
    """Record executions, the result, signals, and the worker that was stopped for longer than its claim."""
    stalled = target.observe_once(observe_stalled)
    executions = f"started {stalled.starts} times, ended {stalled.ends} times"
    target.answer("OQ-37", "executions", executions, f"task_finished is sent {stalled.finished} times")
    if stalled.before:
        changed = [name for name, value in stalled.before.items() if stalled.after.get(name) != value]
        target.answer("OQ-37", "the result of the other worker", "changed" if changed else "kept", ", ".join(changed))
    target.answer("OQ-37", "the worker that comes back", stalled.worker)


@question("OQ-18")
@late(RunOrder.OWN_WORKER)
def test_a_task_that_takes_longer_than_its_backend_allows(target: TargetHarness) -> None:
    """Record a task that outlasts the documented time of a worker's claim on it, with two workers."""
    if target.bound("longest_task", 0.0) == 0:
        raise NotApplicable("its documentation sets no limit to how long a task may take")
    target.workers.stop()
    shipped = AsShipped(target)
    target.workers.await_ready(*[shipped.launch_worker() for _ in range(2)])
    seconds = beyond_recovery(target)
    long = shipped.submit("wait", str(target.project.folder / "never"), seconds, invariants=False)
    long.end(seconds + target.waiter.timeout)
    target.answer("OQ-18", "a living worker's task, beyond longest_task", f"executed {len(long.starts())} times")


@question("OQ-28")
@late(RunOrder.OWN_WORKER)
def test_a_task_whose_options_change_before_it_runs(target: TargetHarness) -> None:
    """Record a task that is enqueued for one queue while the worker's code names another."""
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
    """Record the surroundings that a task changes and the next task finds; a last task restores them."""
    tasks = target.tasks("isolation")
    if target.runs == "worker":
        target.workers.stop()
        target.workers.add()
    else:
        target.workers.start()
    surroundings = target.submit(tasks.tell_surroundings).start()
    with _cleaned(target):
        left = target.submit(tasks.leave_behind).start()
        after = _tell_in_same_thread(target, left)
        where = _where(left, after)
        for aspect, before in surroundings["found"].items():
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
            transaction_state = "left" if after["found"]["transaction"] else "clean"
            target.answer("OQ-24", "transaction", transaction_state, _where(left, after))


@question("OQ-15")
@late(RunOrder.LEFT_BEHIND)
def test_tasks_that_cannot_be_imported(target: TargetHarness) -> None:
    """Record tasks whose path leads elsewhere or nowhere; late, because a worker may retry them for ever."""
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
    # Workers in this process may retry such tasks for ever.
    if target.descriptor.pausable:
        target.backend.stop(_SHORT)


@question("OQ-19")
@late(RunOrder.OLDEST_RESULT)
def test_whether_the_first_result_is_still_there(target: TargetHarness) -> None:
    """Record a look-up of the oldest result at the end of the run."""
    if not target.flag("supports_get_result"):
        raise NotApplicable("results cannot be looked up: supports_get_result is False")
    finished = target.events.records(event="signal", signal="task_finished", alias="default")
    oldest = next((record for record in finished if record["id"] in target.submitted.accepted), None)
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
    guarantee = "no retention is documented" if documented is None else f"{documented:g} s are documented"
    target.answer("OQ-19", "the oldest result of this run", answer, f"after {age:.0f} s; {guarantee}")


def _write_row(target: TargetHarness) -> str:
    from taskgauge.suites.conformance.tasks.models import Row  # noqa: PLC0415 -- needs the apps

    text = target.submitted.new_key()
    Row.objects.create(text=text)
    return text


def _until_picked_up(target: TargetHarness) -> float:
    """Return the seconds after which an idle worker has started a task."""
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


def _try_extreme(target: TargetHarness, aspect: str, moment: datetime, timeout: float) -> None:
    if not target.flag("supports_defer"):
        raise NotApplicable("supports_defer is False")
    try:
        run = target.submit(target.tasks().note.using(run_after=moment), invariants=False)
    except Exception as error:
        target.answer("OQ-16", aspect, f"refused: {type(error).__name__}", error)
        return
    runs = target.events.wait(run.starts, timeout + _until_picked_up(target), lambda: None) is not None
    target.answer("OQ-16", aspect, "runs at once" if runs else "accepted, does not run", _run_after(run, moment))


def _deviation(seen: datetime | None, sent: datetime) -> str:
    if seen is None:
        return "forgotten"
    off = (seen.astimezone(UTC) - sent.astimezone(UTC)).total_seconds()
    return f"{off:+g} s" if off else "the same instant"


def _run_after(run: Run, moment: datetime) -> str:
    if not run.target.flag("supports_get_result"):
        return ""
    try:
        seen = run.look().task.run_after
    except Exception as error:  # the exception is the answer
        return f"get_result(): {type(error).__name__}"
    return "read back as given" if seen == moment else f"read back as {seen}"


def _outcome(killed: Killed) -> str:
    state = killed.status or ("finished" if killed.finished else "unknown")
    return f"{state}, executed {killed.starts} times"


def _details(killed: Killed) -> str:
    when = "not seen to end" if killed.seconds is None else f"seen to have ended after {killed.seconds:.0f} s"
    return f"{when}; task_finished sent {killed.finished} times"


def _delivery(killed: Mapping[str, Killed]) -> str:
    starts = {point: kill.starts for point, kill in killed.items()}
    if any(starts.get(point, 0) > 1 for point in (PROCESS, WORKER, AFTER)):
        return "at least once" if min(starts.values()) else "neither: one is lost, another is run again"
    if starts.get(BEFORE) == 0:
        return "at most once"
    return "once, where its body had not begun" if BEFORE in starts else "once"


@contextlib.contextmanager
def _cleaned(target: TargetHarness) -> Iterator[None]:
    """Restore the surroundings in this process; the end of the test kills a worker."""
    try:
        yield
    finally:
        if target.runs != "worker":
            for _ in range(2 * target.descriptor.parallel):
                target.submit(target.tasks("isolation").clean_up).end()


def _tell_in_same_thread(target: TargetHarness, left: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the surroundings that a task of the same thread reports, or else those of any task."""
    count = 1 if target.descriptor.parallel == 1 else 3 * target.descriptor.parallel
    surroundings = [target.submit(target.tasks("isolation").tell_surroundings).start(_SHORT / 2) for _ in range(count)]
    same_thread = (after for after in surroundings if _where(left, after) == "in the same thread")
    return next(same_thread, surroundings[-1])


def _where(first: Mapping[str, Any], second: Mapping[str, Any]) -> str:
    if first["pid"] != second["pid"]:
        return "in another process"
    return "in the same thread" if first["thread"] == second["thread"] else "in another thread"


def _end_of(run: Run, timeout: float) -> tuple[str, str]:
    """Return a word for the outcome of a task, and the details."""
    target = run.target
    try:
        result = run.outcome(max(0.5, timeout))
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
