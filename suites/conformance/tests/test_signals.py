"""SIG: the three signals, and the log records that Django makes of them."""

import os
from functools import partial

import pytest
from asgiref.sync import async_to_sync

from taskgauge.suites.conformance.event_log.reader import Record
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import late, requirement
from taskgauge.suites.conformance.outcomes import Deviation, NotApplicable, same, seen_through, true
from taskgauge.suites.conformance.probes.failing import observe_receiver
from taskgauge.suites.conformance.probes.lifecycle import check_elsewhere
from taskgauge.suites.conformance.probes.signals_seen import (
    ENQUEUED,
    FINISHED,
    STARTED,
    Signalled,
    check_signalled_id,
    not_under_another_id,
    observe_deferred,
    observe_signals,
    sent_for,
)
from taskgauge.suites.conformance.run_order import RunOrder

ENDS = ("SUCCESSFUL", "FAILED")
_ROWS = {ENQUEUED: "SIG-01", STARTED: "SIG-03", FINISHED: "SIG-04"}
"""The requirements that a signal is sent."""


def _seen(target: TargetHarness) -> Signalled:
    return target.observe_once(observe_signals)


def _only(run: Run, name: str) -> Record:
    """Return the only signal of this name; raise Deviation for none or several."""
    signals = run.signals(name)
    same(f"how often {name} was sent", len(signals), 1)
    return signals[0]


def _first(run: Run, name: str) -> Record:
    """Return the first signal of this name; raise Deviation if there is none."""
    signals = run.signals(name)
    true(name, signals, expected="sent", seen="not sent")
    return signals[0]


def _sent(run: Run, name: str) -> Record:
    """Return the first signal of this name; raise NotApplicable if there is none: another requirement is about it."""
    if not run.signals(name):
        raise NotApplicable(f"{name} is not sent for this result, which {_ROWS[name]} is about")
    return run.signals(name)[0]


@requirement("SIG-01")
@pytest.mark.parametrize("method", ["enqueue", "aenqueue"])
def test_each_enqueue_is_signalled_once(target: TargetHarness, method: str) -> None:
    """The signal carries the result that enqueue() returned."""
    runs = [_enqueue(target, method) for _ in range(5)]
    for run in runs:
        signal = _only(run, ENQUEUED)
        true("task_result", signal["is_result"], expected="a TaskResult", seen="something else")
        same("the key of the enqueued task", signal["key"], run.key)


def _enqueue(target: TargetHarness, method: str) -> Run:
    note = target.tasks().note
    key = target.submitted.new_key()
    return target.submitter.accept(key, note.enqueue(key) if method == "enqueue" else async_to_sync(note.aenqueue)(key))


@requirement("SIG-01")
def test_a_deferred_task_is_signalled_once_as_enqueued(working: TargetHarness) -> None:
    """No second task_enqueued comes for the task until it has ended, with its own or another id."""
    with not_under_another_id(working, "RES-01", "CTX-03", "SIG-03"):
        sent_for(working.observe_once(observe_deferred), ENQUEUED, 1)


def _enqueue_looked_up(target: TargetHarness) -> Run:
    return target.submit(target.tasks("received").looked_up_by_receivers)


@requirement("SIG-02")
def test_a_task_is_signalled_when_it_is_enqueued(target: TargetHarness) -> None:
    """The result is READY, and has an id and enqueued_at."""
    signal = _sent(target.observe_once(_enqueue_looked_up), ENQUEUED)
    same("status", signal["status"], "READY")
    true("id", signal["id"], expected="an id", seen=signal["id"])
    true("enqueued_at", signal["enqueued_at"], expected="a time", seen=signal["enqueued_at"])


@requirement("SIG-02")
def test_a_receiver_finds_what_was_enqueued(target: TargetHarness) -> None:
    """A receiver can look up the result by its id."""
    run = target.observe_once(_enqueue_looked_up)
    target.lookups.get_result(run.id)  # raises NotApplicable if results cannot be looked up
    if target.lookups.history.keeps_only_ends:
        raise NotApplicable("no result can be looked up before its end, which RES-02 is about")
    seen = _sent(run, ENQUEUED).get("stored", "")
    true(
        "get_result() in a receiver of task_enqueued", seen in {"READY", "RUNNING", *ENDS}, expected="READY", seen=seen
    )


@requirement("SIG-03")
@pytest.mark.parametrize("end", ENDS)
def test_the_start_is_signalled_once_before_the_first_line(working: TargetHarness, end: str) -> None:
    """The worker sends task_started with the status RUNNING."""
    run = _seen(working).plain[end]
    signal = _only(run, STARTED)
    first = run.start()
    true("task_started comes before the first line", signal["at"] < first["at"], seen="after it")
    same("status", signal["status"], "RUNNING")
    true("started_at", signal["started_at"], expected="a time", seen=signal["started_at"])
    _in_the_worker(run, signal)


@requirement("SIG-03")
def test_the_start_of_a_deferred_task_is_signalled_with_its_id(working: TargetHarness) -> None:
    """The started TaskResult is that of the caller, who knows no other id."""
    run = working.observe_once(observe_deferred)
    with not_under_another_id(working, "RES-01", "CTX-03"):
        sent_for(run, STARTED, len(run.starts()))


def _in_the_worker(run: Run, signal: Record) -> None:
    if run.target.runs == "worker":
        true(
            f"{signal['signal']} is sent in the worker",
            signal["pid"] != os.getpid(),
            seen="in the process that enqueues",
        )


@requirement("SIG-04")
@pytest.mark.parametrize("end", ENDS)
def test_the_end_is_signalled_once_after_the_last_line(working: TargetHarness, end: str) -> None:
    """The worker sends task_finished with the final status and time."""
    run = _seen(working).plain[end]
    with seen_through("SIG-03", partial(check_signalled_id, run, STARTED)):
        signal = _only(run, FINISHED)
    same("status", signal["status"], end)
    true("finished_at", signal["finished_at"], expected="a time", seen=signal["finished_at"])
    last = (run.ends() or run.starts())[-1]
    true("task_finished comes after the last line", signal["at"] > last["at"], seen="before it")
    _in_the_worker(run, signal)


@requirement("SIG-04")
def test_the_end_of_a_deferred_task_is_signalled_with_its_id(working: TargetHarness) -> None:
    """The finished TaskResult is that of the caller, who knows no other id."""
    with not_under_another_id(working, "RES-01", "CTX-03", "SIG-03"):
        sent_for(working.observe_once(observe_deferred), FINISHED, 1)


@requirement("SIG-04")
def test_the_end_of_a_success_comes_with_its_return_value(working: TargetHarness) -> None:
    """The result has its return value and no errors."""
    run = _seen(working).looked_up["SUCCESSFUL"]
    with seen_through("SIG-03", partial(check_signalled_id, run, STARTED)):
        signal = _first(run, FINISHED)
    same("return_value", signal.get("return_value", signal.get("return_value_error")), "'looked up'")
    same("errors", signal["errors"], [])


@requirement("SIG-04")
def test_the_end_of_a_failure_comes_with_its_error(working: TargetHarness) -> None:
    """The result has its error and no return value."""
    run = _seen(working).plain["FAILED"]
    with seen_through("SIG-03", partial(check_signalled_id, run, STARTED)):
        signal = _first(run, FINISHED)
    same("number of errors", len(signal["errors"]), 1)
    true("return_value", "return_value_error" in signal, expected="ValueError", seen=signal.get("return_value"))
    with seen_through(
        "ERR-02", lambda: same("errors", [error.exception_class for error in run.look().errors], [ValueError])
    ):
        same("errors", signal["errors"], ["builtins.ValueError"])


@requirement("SIG-05")
def test_the_enqueueing_is_sent_by_the_backend_class(target: TargetHarness) -> None:
    """A receiver that is connected for the class gets the signal."""
    _sent_by_the_class(target.submit(target.tasks().note), ENQUEUED)


@requirement("SIG-05")
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("name", [STARTED, FINISHED])
def test_start_and_end_are_sent_by_the_backend_class(working: TargetHarness, name: str, end: str) -> None:
    """The sender is the class, not an instance, and none of its bases."""
    _sent_by_the_class(_seen(working).plain[end], name)


def _sent_by_the_class(run: Run, name: str) -> None:
    signal, expected = _sent(run, name), type(run.target.backend)
    what = f"the sender of {name}"
    true(what, signal["sender_is_class"], expected="a class", seen=signal["sender"])
    same(what, signal["sender"], f"{expected.__module__}.{expected.__qualname__}")


@requirement("SIG-06")
def test_the_enqueueing_comes_through_the_frameworks_signal(target: TargetHarness) -> None:
    """The signal has the keyword `task_result`."""
    signal = _sent(target.submit(target.tasks().note), ENQUEUED)
    true("task_result of task_enqueued", signal["is_result"], expected="a TaskResult", seen="something else")


@requirement("SIG-06")
@pytest.mark.parametrize("name", [STARTED, FINISHED])
def test_start_and_end_come_through_the_frameworks_signals(working: TargetHarness, name: str) -> None:
    """The signals have the keyword `task_result`."""
    for run in _seen(working).plain.values():
        signal = _sent(run, name)
        true(f"task_result of {name}", signal["is_result"], expected="a TaskResult", seen="something else")


@requirement("SIG-07")
@pytest.mark.parametrize("end", ENDS)
def test_the_end_is_stored_when_it_is_signalled(working: TargetHarness, end: str) -> None:
    """A receiver of task_finished looks up the final status."""
    if not working.flag("supports_get_result"):
        raise NotApplicable("results cannot be looked up: supports_get_result is False")
    stored = _sent(_seen(working).looked_up[end], FINISHED).get("stored")
    with seen_through("RES-01", partial(check_elsewhere, working)):
        same(f"get_result() in a receiver of {FINISHED}", stored, end)


def _logged(run: Run, state: str) -> Record:
    """Return the log record of the framework for this task and state; raise Deviation if there is none.

    Raise NotApplicable if the signal is not sent, because its receivers write the log.
    """
    _sent(run, {"enqueued": ENQUEUED, "state=RUNNING": STARTED}.get(state, FINISHED))
    records = _records(run)
    match = [record for record in records if state in record["text"].partition("\n")[0]]
    seen = "; ".join(f"{record['level']}: {record['text'].partition(chr(10))[0]}" for record in records) or "none"
    true(f"the log record with {state!r}", match, expected="one", seen=seen)
    return match[0]


def _logged_at_all(run: Run, state: str) -> Record:
    try:
        return _logged(run, state)
    except Deviation as deviation:
        raise NotApplicable(f"there is no record with {state!r}, which SIG-10 is about") from deviation


def _records(run: Run) -> list[Record]:
    logger = run.target.api.FRAMEWORK
    return [record for record in run.events.records(event="log", logger=logger) if run.id in record["text"]]


@requirement("SIG-08")
def test_the_record_of_a_failure_has_the_traceback(working: TargetHarness) -> None:
    """The signal is sent while the exception is being handled, so the record has exc_info."""
    record = _logged_at_all(_seen(working).plain["FAILED"], "state=FAILED")
    true("the record of a failure", record["exception"], expected="with exc_info", seen="without")
    true("the record of a failure", "ValueError: a value" in record["text"], seen=record["text"][-300:])


@requirement("SIG-09")
def test_the_record_of_a_success_has_no_exception(working: TargetHarness) -> None:
    """The record has neither exc_info nor a text such as "None"."""
    record = _logged_at_all(_seen(working).plain["SUCCESSFUL"], "state=SUCCESSFUL")
    true("the record of a success", not record["exception"], expected="without exc_info", seen="with it")
    true("the record of a success", "None" not in record["text"], expected="no 'None'", seen=record["text"][-300:])


@requirement("SIG-10")
def test_the_enqueueing_is_logged(target: TargetHarness) -> None:
    """The record has the level DEBUG and the id."""
    same("level", _logged(target.submit(target.tasks().note), "enqueued")["level"], "DEBUG")


@requirement("SIG-10")
@pytest.mark.parametrize("end", ENDS)
def test_start_and_end_are_logged(working: TargetHarness, end: str) -> None:
    """The level is INFO, for a failure ERROR, and the record has the id."""
    run = _seen(working).plain[end]
    same("level of the start's record", _logged(run, "state=RUNNING")["level"], "INFO")
    level = "INFO" if end == "SUCCESSFUL" else "ERROR"
    same("level of the end's record", _logged(run, f"state={end}")["level"], level)


@requirement("SIG-11")
@late(RunOrder.RAISING_RECEIVERS)
@pytest.mark.parametrize("when", [STARTED, FINISHED])
def test_a_raising_receiver_changes_nothing(working: TargetHarness, when: str) -> None:
    """The task ends as usual, or is not started and fails; the worker goes on."""
    ending = working.observe_once(observe_receiver, when)
    if ending.worker:
        raise Deviation("the worker goes on", expected="a living worker", seen=ending.worker)
    if ending.to_caller:
        raise Deviation("enqueue()", expected="a result", seen=f"{ending.to_caller}, which the receiver raised")
    if when == FINISHED or ending.executions:
        same("executions", ending.executions, 1)
        same("status", ending.status or "SUCCESSFUL", "SUCCESSFUL")
    else:
        same("status of a task that was not started", ending.status or "FAILED", "FAILED")
    true("the task enqueued after it is run", ending.next_ran)
