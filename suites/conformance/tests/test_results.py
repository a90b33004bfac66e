"""RES: TaskResult, get_result() and refresh(): results by process and state, and their attributes."""

import contextlib
import copy
import random
import string
import time
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from taskgauge.suites.conformance.harness.pausing import gate_file
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import late, requirement
from taskgauge.suites.conformance.outcomes import (
    Deviation,
    Inconclusive,
    NotApplicable,
    refused,
    same,
    seen_through,
    true,
)
from taskgauge.suites.conformance.probes.changes_reported import (
    check_function,
    check_priority_looked_up,
    check_queue_looked_up,
)
from taskgauge.suites.conformance.probes.distance import ONE_WAY, distant_worker
from taskgauge.suites.conformance.probes.lifecycle import (
    DEFERRED,
    FAILED,
    READY,
    RUNNING,
    SUCCESSFUL,
    ObservedLifecycle,
    check_another_instance,
    check_another_thread,
    check_elsewhere,
    check_state,
    first_finished,
    kept,
    look_elsewhere,
    observe_lifecycle,
    until_running,
)
from taskgauge.suites.conformance.probes.retrying import Retried, observe_retries
from taskgauge.suites.conformance.probes.signals_seen import check_id
from taskgauge.suites.conformance.probes.stalling import observe_stalled
from taskgauge.suites.conformance.probes.using_changes import varied
from taskgauge.suites.conformance.result_facts import (
    MOMENTS,
    differ_by_a_fraction,
    facts_of,
    facts_of_task,
    same_facts,
    try_to_look_up,
)
from taskgauge.suites.conformance.result_rules import ROUNDING, moments_in_order, one_worker_each
from taskgauge.suites.conformance.run_order import RunOrder
from taskgauge.suites.conformance.threads import in_a_thread

STATES = (READY, DEFERRED, RUNNING, FAILED, SUCCESSFUL)
ATTRIBUTES = (
    *("task", "id", "status", *MOMENTS, "args", "kwargs", "backend", "errors", "worker_ids"),
    *("return_value", "is_finished", "attempts"),
)
OF_TASK = ("class", "function", "priority", "queue_name", "backend", "run_after", "takes_context")
_ROWS: Mapping[str, tuple[str, Callable[[TargetHarness], None]]] = {
    "priority": ("PRI-03", check_priority_looked_up),
    "queue_name": ("QUE-01", check_queue_looked_up),
}
"""The rows that also judge attributes of the looked-up Task, with their checks."""
BAD_IDS = {"empty": "", "one letter": "x", "500 letters": "x" * 500, "NUL": "a\x00b", "non-ASCII": "é日本"}
UNCHANGED = 0.3
"""Seconds for which a finished result is looked up; the end of the run looks it up once more."""

UPDATED = ("status", "errors", "return_value", *MOMENTS, "worker_ids")
"""The attributes that a refresh updates."""
FAILURES = 5
"""Number of failing tasks to watch in turn; logging a failure takes time, in which a wrong state may show."""
SUCCESSES = 60
"""Number of successful tasks to watch in turn; each takes milliseconds."""
ENDS = 30
"""Number of tasks whose ends are watched; an end sometimes falls between two reads of one look-up."""
BURSTS = 12
"""Number of bursts; a burst starts when the last one has ended, because an idle worker polls for tasks."""
OF_A_BURST = 3
"""Number of tasks of a burst."""


def _lives(target: TargetHarness) -> ObservedLifecycle:
    return target.observe_once(observe_lifecycle)


def _results_by_state(target: TargetHarness) -> dict[str, Any]:
    """Return results by state: from look-ups if they are supported, else from enqueue()."""
    if target.flag("supports_get_result") and target.runs != "never":
        return {"returned by enqueue()": _lives(target).waited.result, **_lives(target).states()}
    runs = [target.submit(target.tasks().note), target.submit(target.tasks().fail, "ValueError")]
    return {f"returned by enqueue(), {run.result.task.name}": run.result for run in runs}


@requirement("RES-01")
def test_another_thread_finds_the_result(target: TargetHarness) -> None:
    """Another thread with its own backend instance gets the same id, of the same type."""
    with seen_through("BCK-07", partial(check_another_instance, target)):
        check_another_thread(target)


@requirement("RES-01")
def test_a_fresh_process_finds_the_result_of_one_that_has_ended(target: TargetHarness) -> None:
    """The producer ends right after enqueue(); this process and a third process find its result."""
    if target.runs != "worker":
        raise NotApplicable("tasks and results live in the process that enqueues; other threads are looked at instead")
    result_id = target.run_in_subprocess("enqueue_and_die", "basic", "note", target.submitted.new_key())
    target.workers.start()
    with contextlib.suppress(Deviation):  # RES-02 covers results that are kept only from their end
        target.waiter.wait_for(lambda: _is_found(target, result_id), "the result is found")
    same("the id that this process sees", target.lookups.get_result(result_id).id, result_id)
    same("the id that a fresh process sees", target.run_in_subprocess("look_up", result_id)["id"], result_id)


@requirement("RES-01")
def test_a_deferred_task_keeps_its_id(working: TargetHarness) -> None:
    """The id that enqueue() returned leads to a result with this id after the deferral too."""
    check_id(working, "RES-01")


def _is_found(target: TargetHarness, result_id: str) -> bool:
    try:
        target.lookups.get_result(result_id)
    except target.api.TaskResultDoesNotExist:
        return False
    return True


@requirement("RES-02")
@pytest.mark.parametrize("state", STATES)
def test_a_result_can_be_looked_up_in_each_state(target: TargetHarness, state: str) -> None:
    """A result is found while its task waits, is deferred or runs, and after both ends."""
    check_state(target, state)


@requirement("RES-03")
@pytest.mark.parametrize("name", ["backend.get_result", "backend.aget_result", "task.get_result", "task.aget_result"])
def test_an_unknown_id_does_not_exist(target: TargetHarness, name: str) -> None:
    """An unused UUID, and an id of the backend's form with other letters at its end, do not exist."""
    run = target.submit(target.tasks().note)
    for result_id in (str(uuid.uuid4()), _like(run.id)):
        call = _lookups(target)[name]
        refused(f"{name} of the unknown id {result_id!r}", lambda: call(result_id), target.api.TaskResultDoesNotExist)  # noqa: B023


def _like(result_id: str) -> str:
    if result_id.isdecimal():
        return str(int(result_id) + _FAR)  # a counter does not reach this id
    letters = random.Random(result_id)  # noqa: S311 -- no secret, only another id

    def other(letter: str) -> str:
        alphabet = string.hexdigits.lower()[:16] if letter in string.hexdigits else string.ascii_lowercase
        return letters.choice(alphabet.replace(letter, "")) if letter.isalnum() else letter

    return result_id[:-12] + "".join(other(letter) for letter in result_id[-12:])


def _lookups(target: TargetHarness) -> dict[str, Callable[[str], Any]]:
    note = target.tasks().note
    return {
        "backend.get_result": target.backend.get_result,
        "backend.aget_result": async_to_sync(target.backend.aget_result),
        "task.get_result": note.get_result,
        "task.aget_result": async_to_sync(note.aget_result),
    }


@requirement("RES-04")
@pytest.mark.parametrize("kind", list(BAD_IDS))
def test_a_malformed_id_does_not_exist(target: TargetHarness, kind: str) -> None:
    """A malformed id raises TaskResultDoesNotExist and nothing else."""
    bad = BAD_IDS[kind]
    for owner, look_up in (("backend", target.backend.get_result), ("task", target.tasks().note.get_result)):
        refused(f"{owner}.get_result({bad[:20]!r})", lambda: look_up(bad), target.api.TaskResultDoesNotExist)  # noqa: B023


@requirement("RES-05")
def test_the_result_of_another_task_is_a_mismatch(target: TargetHarness) -> None:
    """`get_result()` and `aget_result()` of a Task raise TaskResultMismatch for another task's id."""
    run = kept(target, target.submit(target.tasks().note))
    other = target.tasks().echo
    with seen_through("RES-06", partial(check_function, run)):
        refused("get_result with another task's id", lambda: other.get_result(run.id), target.api.TaskResultMismatch)
        refused(
            "aget_result with another task's id",
            lambda: async_to_sync(other.aget_result)(run.id),
            target.api.TaskResultMismatch,
        )


@requirement("RES-05")
def test_using_makes_no_other_task(target: TargetHarness) -> None:
    """A task and its variant find each other's results."""
    note = target.tasks().note
    variant = varied(target, note, deferred=True)
    plain, changed = kept(target, target.submit(note)), kept(target, target.submit(varied(target, note)))
    with seen_through("RES-06", partial(check_function, changed)):
        same("the variant's result, looked up on the task", note.get_result(changed.id).id, changed.id)
    with seen_through("RES-06", partial(check_function, plain)):
        same("the task's result, looked up on the variant", variant.get_result(plain.id).id, plain.id)
        same("the same awaited", async_to_sync(variant.aget_result)(plain.id).id, plain.id)


def _enqueue_variants(target: TargetHarness) -> list[tuple[Run, Any, dict[str, str]]]:
    """Return, for each variant of a task, its run, the Task that was enqueued, and a look-up.

    The look-up is immediate, or follows the end if results are kept only from then on. A deferred variant that cannot
    be looked up is left out: RES-02 is about it.
    """
    basic = target.tasks()
    tasks = [basic.echo, varied(target, basic.echo), varied(target, target.tasks("contexts").tell, deferred=True)]
    observations = []
    for task in tasks:
        run = target.submit(task, 1, ["a", {"b": None}], name="c")
        try:
            looked_up = run.look()
        except target.api.TaskResultDoesNotExist:
            if task.run_after is not None:
                continue
            with seen_through("RES-02", partial(check_state, target, SUCCESSFUL)):
                looked_up = kept(target, run).look()
        check_function(run)
        observations.append((run, task, facts_of(looked_up)))
    return observations


@requirement("RES-06")
@pytest.mark.parametrize("attribute", OF_TASK)
def test_a_result_carries_the_task_it_was_enqueued_for(target: TargetHarness, attribute: str) -> None:
    """The task of the result has the class, priority, queue, time, and takes_context of the Task that was enqueued."""
    name = f"task.{attribute}"
    row, check = _ROWS.get(attribute, ("", None))
    with seen_through(row, partial(check, target)) if check else contextlib.nullcontext():
        for _, task, looked_up in target.observe_once(_enqueue_variants):
            expected = facts_of_task(task)[name]
            if not differ_by_a_fraction(looked_up[name], expected):  # a fraction of run_after is DEF-07
                same(f"{name} of a result that was looked up", looked_up[name], expected)


@requirement("RES-06")
def test_the_task_of_a_result_equals_the_one_enqueued(target: TargetHarness) -> None:
    """Django's own comparison finds both Tasks equal; `result.task` of enqueue() may be wrong in the same way."""
    variants = [
        (run, task)
        for run, task, facts in target.observe_once(_enqueue_variants)
        if facts_of_task(task).items() <= facts.items()
    ]
    if not variants:
        raise NotApplicable("the attributes of each Task differ, and they are judged one by one")
    for run, task in variants:
        looked_up = run.look().task
        true("result.task == the Task that was enqueued", looked_up == task, expected=task, seen=f"{looked_up}"[:300])


@requirement("RES-06")
def test_another_process_sees_the_same_task(target: TargetHarness) -> None:
    """A fresh process imports the task and sees what this process sees, which is judged attribute by attribute."""
    run, _, expected = target.observe_once(_enqueue_variants)[-1]
    with seen_through("RES-01", partial(check_elsewhere, target)):
        looked_up = look_elsewhere(run)
    for attribute in OF_TASK:
        same(f"task.{attribute} elsewhere", looked_up[f"task.{attribute}"], expected[f"task.{attribute}"])


@requirement("RES-06")
@pytest.mark.parametrize("state", [READY, DEFERRED])
def test_before_execution_a_result_equals_the_one_enqueue_returned(target: TargetHarness, state: str) -> None:
    """All attributes are equal, and Django's own comparison agrees."""
    lives = _lives(target)
    run, name = (lives.deferred, "enqueued, deferred") if state == DEFERRED else (lives.waited, "enqueued")
    if run is None:
        raise NotApplicable("tasks cannot be deferred: supports_defer is False")
    with seen_through("RES-02", partial(check_state, target, state)):
        looked_up = lives.seen(state)
        seen, enqueued = lives.facts[state], lives.facts[name]
        is_cut = differ_by_a_fraction(seen["task.run_after"], enqueued["task.run_after"])  # which is DEF-07
        same_facts(f"a {state} result", seen, enqueued, but=("task.run_after",) if is_cut else ())
        equal = is_cut or looked_up == run.result
        true("the result == the one enqueue() returned", equal, seen=f"{looked_up}"[:300])


@requirement("RES-07")
@pytest.mark.parametrize("state", [SUCCESSFUL, FAILED])
def test_looking_up_changes_nothing(target: TargetHarness, state: str) -> None:
    """Five look-ups after the end give the same facts."""
    lives = _lives(target)
    run = lives.failed if state == FAILED else lives.waited
    first = facts_of(lives.seen(state))
    for number in range(5):
        same_facts(f"look-up {number + 1} of a {state} result", facts_of(run.look()), first)


@requirement("RES-08")
@pytest.mark.parametrize("state", ["enqueued", "enqueued, deferred", READY, RUNNING])
def test_a_result_does_not_change_by_itself(target: TargetHarness, state: str) -> None:
    """A result object keeps its facts after the task has ended."""
    lives = _lives(target)
    runs = {"enqueued": lives.waited, "enqueued, deferred": lives.deferred}
    if state in runs:
        run = runs[state]
        if run is None:
            raise NotApplicable("tasks cannot be deferred: supports_defer is False")
        kept = run.result
    else:
        kept = lives.seen(state)
    same_facts(f"a result of before ({state})", facts_of(kept), lives.facts[state])


@requirement("RES-09")
@pytest.mark.parametrize("method", ["refresh", "arefresh"])
def test_refreshing_updates_the_same_object(working: TargetHarness, method: str) -> None:
    """A refresh while the task runs, and after its end, updates the object; id, task and arguments stay."""
    with gate_file(working) as gate:
        waited = working.submit(working.tasks().wait, str(gate))
        failed = working.submit(working.tasks().fail, "ValueError")
        results = {run.id: copy.copy(run.result) for run in (waited, failed)}
        waited.start()
        with seen_through("RES-02", partial(check_state, working, RUNNING)):
            until_running(waited)
            _check_refresh(waited, results[waited.id], method)
    for run in (waited, failed):
        run.outcome()
        _check_refresh(run, results[run.id], method)


def _check_refresh(run: Run, result: Any, method: str) -> None:
    before = {name: getattr(result, name) for name in ("id", "task", "args", "kwargs", "backend")}
    returned = result.refresh() if method == "refresh" else async_to_sync(result.arefresh)()
    looked_up = facts_of(run.look())
    same_facts(f"a result after {method}()", facts_of(result), {name: looked_up[name] for name in UPDATED})
    for name, value in before.items():
        same(f"{name} after {method}()", getattr(result, name), value)
    in_place = returned is None or returned is result
    true(f"{method}() works in place", in_place, expected="the same object", seen=returned)


@requirement("RES-09")
def test_a_waiting_result_can_be_refreshed(target: TargetHarness) -> None:
    """A waiting result is READY before and after the refresh."""
    deferred = _lives(target).deferred
    if deferred is None:
        raise NotApplicable("tasks cannot be deferred: supports_defer is False")
    result = copy.copy(deferred.result)
    with seen_through("RES-02", partial(check_state, target, DEFERRED)):
        _check_refresh(deferred, result, "refresh")
        same("status", str(result.status), READY)


@requirement("RES-11")
@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_attributes_cannot_be_assigned(target: TargetHarness, attribute: str) -> None:
    """Assigning raises, even with the value that the attribute has."""
    result = target.observe_once(_enqueue_one).result
    value = getattr(result, attribute, None) if attribute != "return_value" else None
    refused(f"assigning result.{attribute}", lambda: setattr(result, attribute, value), AttributeError, TypeError)


def _enqueue_one(target: TargetHarness) -> Run:
    return target.submit(target.tasks().note)


@requirement("RES-12")
def test_status_is_one_of_the_four(target: TargetHarness) -> None:
    """The status is a member of TaskResultStatus, which is a text."""
    for state, result in _results_by_state(target).items():
        _check_status(target, state, result.status)


def _check_status(target: TargetHarness, state: str, status: Any) -> None:
    kind = target.api.TaskResultStatus
    true(f"status, {state}", isinstance(status, kind), expected="a TaskResultStatus", seen=f"{status!r}")
    names = (READY, RUNNING, FAILED, SUCCESSFUL)
    true(f"status, {state}", status in names, expected=", ".join(names), seen=f"{status!r}")


@requirement("RES-13")
def test_finished_is_failed_or_successful(target: TargetHarness) -> None:
    """`is_finished` is True for FAILED and SUCCESSFUL only."""
    for state, result in _results_by_state(target).items():
        same(f"is_finished, {state}, {result.status}", result.is_finished, str(result.status) in {FAILED, SUCCESSFUL})


@requirement("RES-14")
def test_states_go_one_way_and_end(working: TargetHarness) -> None:
    """In repeated look-ups, states never go back, and the end stays."""
    states: list[str] = []

    def look() -> Any:
        result = run.look()
        if states[-1:] != [str(result.status)]:
            states.append(str(result.status))
        return result

    with gate_file(working) as gate:
        run = working.submit(working.tasks().wait, str(gate))
        working.waiter.wait_for(lambda: look() and run.starts(), "the task starts")
    working.waiter.wait_for(lambda: look().is_finished, "the result is finished")
    end = facts_of(look())
    working.events.wait(lambda: not look().is_finished, UNCHANGED, lambda: None)
    true("the states", _is_one_way(states), expected="READY, RUNNING, SUCCESSFUL", seen=", ".join(states))
    same_facts("a result that had ended", facts_of(look()), end)


@requirement("RES-14")
def test_no_state_comes_back_around_an_end(working: TargetHarness) -> None:
    """Look-ups without a pause see no other state between RUNNING and the end."""
    basic, never = working.tasks(), str(working.project.folder / "never")
    tasks = [partial(working.submit, basic.fail, "ValueError")] * FAILURES
    if working.runs in {"threads", "processes"}:
        tasks += [partial(working.submit, basic.wait, never, 0.005)] * SUCCESSES
    for submit in tasks:
        run = submit()
        first_finished(run)
        states = working.lookups.history.states(run.id)
        if len(run.starts()) == 1:
            true("the states", _is_one_way(states), expected="READY, RUNNING, and an end", seen=", ".join(states))


@requirement("RES-14")
@late(RunOrder.OWN_WORKER)
def test_a_worker_that_comes_back_changes_no_success(target: TargetHarness) -> None:
    """A worker that was stopped for longer than its claim leaves the SUCCESSFUL result of another worker as it is."""
    stalled = target.observe_once(observe_stalled)
    if stalled.before.get("status") != SUCCESSFUL:
        raise NotApplicable(f"the other worker's result is {stalled.before.get('status') or 'not looked up'}")
    same_facts("a SUCCESSFUL result after its first worker came back", stalled.after, stalled.before)


def _is_one_way(states: list[str]) -> bool:
    order = [READY, RUNNING, FAILED if FAILED in states else SUCCESSFUL]
    return all(state in order for state in states) and [order.index(state) for state in states] == sorted(
        {order.index(state) for state in states}
    )


@requirement("RES-15")
def test_a_running_task_is_seen_running(target: TargetHarness) -> None:
    """Another process sees RUNNING while the function is held at its first line."""
    seen = _lives(target).elsewhere
    if isinstance(seen, Exception):
        with (
            seen_through("RES-01", partial(check_elsewhere, target)),
            seen_through("RES-02", partial(check_state, target, RUNNING)),
        ):
            raise seen
    same("status", seen["status"], RUNNING)
    for name in ("started_at", "last_attempted_at"):
        true(f"{name} of a running task", seen[name] != _NONE, expected="a time", seen=seen[name])
    same("finished_at of a running task", seen["finished_at"], _NONE)


_NONE = "NoneType:None"
_FAR = 2_000_000_000
"""Number to add to a numeric id; the sum is unused and still fits 32 bits."""


@requirement("RES-16")
@pytest.mark.parametrize("state", [SUCCESSFUL, FAILED])
def test_times_are_in_order(target: TargetHarness, state: str) -> None:
    """The order is enqueued, started, last attempted, finished; all times are aware."""
    moments_in_order(_lives(target).seen(state))


@requirement("RES-16")
@late(RunOrder.OWN_WORKER)
def test_times_are_in_order_where_the_store_is_far_from_the_worker(target: TargetHarness) -> None:
    """Times are in order for tasks enqueued during the worker's query, which lasts half of the time."""
    with distant_worker(target):
        for _ in range(BURSTS):
            burst = []
            for _ in range(OF_A_BURST):
                burst.append(target.submit(target.tasks().note))
                time.sleep(ONE_WAY / 2)
            target.waiter.settle(burst)
            for run in burst:
                moments_in_order(run.outcome())


@requirement("RES-16")
def test_no_look_shows_half_an_end(working: TargetHarness) -> None:
    """The first look-up that shows a finished status also has finished_at."""
    tasks = working.tasks()
    runs = [
        working.submit(tasks.note) if number % 2 else working.submit(tasks.fail, "ValueError") for number in range(ENDS)
    ]
    for run in runs:
        result = first_finished(run)
        what = f"finished_at in the first look that says {result.status}"
        true(what, result.finished_at is not None, expected="a time", seen="None")


def _retried(target: TargetHarness) -> Retried:
    return target.observe_once(observe_retries)


@requirement("RES-17")
@late(RunOrder.OWN_WORKER)
def test_a_further_attempt_moves_only_the_time_of_the_last(target: TargetHarness) -> None:
    """`started_at` keeps the time of the first attempt."""
    retried = _retried(target)
    first = retried.executions[0]["wall"]
    started, attempted = retried.result.started_at.timestamp(), retried.result.last_attempted_at.timestamp()
    true(
        "started_at",
        started <= first + ROUNDING.total_seconds(),
        expected=f"before the first line, {first}",
        seen=started,
    )
    true("last_attempted_at", attempted > first, expected=f"after the first attempt, {first}", seen=attempted)


@requirement("RES-18")
def test_each_execution_has_its_worker(target: TargetHarness) -> None:
    """`worker_ids` is empty before the execution, and has one id after either end."""
    lives = _lives(target)
    for state, result in lives.states().items():
        if state != RUNNING:  # DIS-03
            number = 0 if state in {READY, DEFERRED} else 1
            one_worker_each(state, result, number)


@requirement("RES-18")
@late(RunOrder.OWN_WORKER)
def test_each_further_execution_has_its_worker(target: TargetHarness) -> None:
    """`worker_ids` has one id per execution."""
    retried = _retried(target)
    one_worker_each("after several attempts", retried.result, len(retried.executions))


@requirement("RES-19")
@late(RunOrder.OWN_WORKER)
def test_two_workers_share_no_id(target: TargetHarness) -> None:
    """Two workers share forty held tasks; each id belongs to the process session of one worker.

    The ids are those of look-ups while a task runs and after its end. Whether there is an id at all is RES-18.
    """
    target.workers.stop()
    workers = [target.workers.launch() for _ in range(2)]
    target.workers.await_ready(*workers)
    task = target.tasks("sessions").wait_in_session
    ids: dict[str, list[str]] = {}
    with gate_file(target) as gate:
        runs = [target.submit(task, str(gate), 60) for _ in range(40)]
        sessions = target.events.wait(lambda: _two_sessions(runs), target.waiter.timeout, lambda: None)
        for run in runs:
            if run.starts():
                ids[run.key] = _worker_ids(run)
    if not sessions:
        raise Inconclusive("only one of two workers took any of forty tasks")
    owners: dict[str, set[int]] = {}
    for run in runs:
        run.outcome()
        for worker_id in [*ids.get(run.key, ()), *_worker_ids(run)]:
            owners.setdefault(worker_id, set()).add(run.start()["session"])
    if not owners:
        raise NotApplicable("no result has an entry in worker_ids, which RES-18 checks")
    for worker_id, sessions_of_id in owners.items():
        same(f"the number of workers called {worker_id}", len(sessions_of_id), 1)


def _worker_ids(run: Run) -> list[str]:
    """Return the last entry of `worker_ids` as a list, or an empty list if the result has no entry or is not found."""
    with contextlib.suppress(run.target.api.TaskResultDoesNotExist):
        return [str(worker_id) for worker_id in run.look().worker_ids[-1:]]
    return []


def _two_sessions(runs: list[Run]) -> bool:
    return len({record["session"] for run in runs for record in run.starts()}) > 1


@requirement("RES-10")
@late(RunOrder.EMPTY_STORE)
def test_a_result_that_is_gone_cannot_be_refreshed(target: TargetHarness) -> None:
    """A refresh fails once the store is emptied and a look-up elsewhere finds no result; all others are gone too."""
    run = target.submit(target.tasks().note)
    _remove_results(target)
    missing = target.api.TaskResultDoesNotExist.__name__
    seen = _state_elsewhere(target, run)
    if seen != missing:
        raise NotApplicable(f"its store cannot be emptied here: a look-up elsewhere gives {seen}, not {missing}")
    for method in ("refresh", "arefresh"):
        call = run.result.refresh if method == "refresh" else async_to_sync(run.result.arefresh)
        refused(f"{method}() of a result that is gone", call, target.api.TaskResultDoesNotExist)


def _remove_results(target: TargetHarness) -> None:
    """Empty the target's services, or its own store by its method; raise NotApplicable if that is not possible."""
    if target.runs != "worker" and not target.descriptor.pausable:
        raise NotApplicable("it has no way to forget a result, in a store or by a method")
    if target.runs == "worker" and not len(target.services):
        raise NotApplicable("its store is not one that can be emptied here")
    if target.runs == "worker":
        target.workers.stop()
    try:
        if target.runs == "worker":
            target.services.empty()
        else:
            target.backend.clear()
    except Exception as error:
        raise NotApplicable(f"its store cannot be emptied here: {type(error).__name__}: {error}") from error


def _state_elsewhere(target: TargetHarness, run: Run) -> str:
    """Return the status of a result, or the exception of its look-up, as a fresh process or another thread sees it."""
    if target.runs != "worker":
        return in_a_thread(lambda: try_to_look_up(run.id))
    try:
        return str(target.run_in_subprocess(f"{try_to_look_up.__module__}:{try_to_look_up.__name__}", run.id))
    except Deviation as deviation:
        return f"no answer ({deviation.seen})"
