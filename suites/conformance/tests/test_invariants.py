"""Invariants of every task of every test: states, times, attempts, signals, and executions in the event log."""

from collections.abc import Callable
from itertools import groupby, pairwise
from operator import attrgetter

from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import late, requirement
from taskgauge.suites.conformance.outcomes import Deviation, NotApplicable
from taskgauge.suites.conformance.probes.histories import Findings, History, observe_histories
from taskgauge.suites.conformance.probes.signals_seen import ENQUEUED, FINISHED, STARTED
from taskgauge.suites.conformance.result_facts import facts_of, same_facts
from taskgauge.suites.conformance.result_rules import moments_in_order, one_worker_each
from taskgauge.suites.conformance.run_order import RunOrder

READY, RUNNING, SUCCESSFUL, FAILED = "READY", "RUNNING", "SUCCESSFUL", "FAILED"
STATES = frozenset({READY, RUNNING, SUCCESSFUL, FAILED})
FINAL = frozenset({SUCCESSFUL, FAILED})

pytestmark = late(RunOrder.INVARIANTS)


def _findings(target: TargetHarness) -> Findings:
    return Findings(target.observe_once(observe_histories))


@requirement("RES-12")
def test_every_status_was_one_of_the_four(target: TargetHarness) -> None:
    """Every status from a look-up or a signal is one of four."""
    findings = _findings(target)
    for history in findings.histories:
        statuses = {*history.states, *(str(record["status"]) for record in history.signals)}
        if history.result is not None and not isinstance(history.result.status, target.api.TaskResultStatus):
            statuses.add(f"{history.result.status!r}, which is no TaskResultStatus")
        if statuses - STATES:
            findings.add(history, ", ".join(sorted(STATES)), ", ".join(sorted(statuses - STATES)))
    findings.tell("status")


@requirement("RES-14")
def test_every_task_went_from_ready_to_its_end(target: TargetHarness) -> None:
    """States go from READY over RUNNING to an end, READY again for another attempt; a task that ran has an end."""
    findings = _findings(target)
    for history in findings.histories:
        if step := _wrong_step(history):
            findings.add(history, f"{READY}, {RUNNING}, then {SUCCESSFUL} or {FAILED}", step)
        elif history.is_due and _has_run(history) and history.result is not None and history.status not in FINAL:
            findings.add(history, f"{SUCCESSFUL} or {FAILED}", history.recorded_events)
    findings.tell("states")


def _has_run(history: History) -> bool:
    return history.is_alone and bool(history.starts)


def _wrong_step(history: History) -> str:
    states = [*history.states]
    for before, after in pairwise(states):
        again = after == READY and len(history.starts) > 1
        if before == SUCCESSFUL or (before == FAILED and not again) or (after == READY and not again):
            return f"{before}, then {after}"
    return ""


@requirement("RES-14")
def test_no_success_changed_afterwards(target: TargetHarness) -> None:
    """A SUCCESSFUL result keeps the facts of its first look-up."""
    findings = _findings(target)
    for history in findings.histories:
        if history.end is not None and history.end["status"] == SUCCESSFUL and history.result is not None:
            _keep(findings, history, lambda: same_facts("it", facts_of(history.result), history.end or {}))  # noqa: B023
    findings.tell("a SUCCESSFUL result, at the end of the run")


def _keep(findings: Findings, history: History, check: Callable[[], None]) -> None:
    try:
        check()
    except Deviation as deviation:
        findings.add(history, f"{deviation.what}: {deviation.expected}", deviation.seen)


@requirement("RES-16")
def test_all_times_are_in_order(target: TargetHarness) -> None:
    """The times of every finished task are in order."""
    findings = _findings(target)
    for history in findings.histories:
        if history.result is not None and history.has_ended_in_a_worker:
            _keep(findings, history, lambda: moments_in_order(history.result))  # noqa: B023
    findings.tell("times")


@requirement("RES-18")
def test_every_execution_has_its_worker(target: TargetHarness) -> None:
    """A result has as many worker ids as the event log has executions."""
    findings = _findings(target)
    for history in findings.histories:
        if history.result is not None and history.has_ended_in_a_worker and not history.ran_too_often:
            known = len(history.starts) if history.is_alone and history.starts else len(history.result.worker_ids)
            _keep(findings, history, lambda: one_worker_each(history.status, history.result, known))  # noqa: B023
    findings.tell("worker_ids")


@requirement("SIG-01")
def test_every_enqueueing_was_signalled_once(target: TargetHarness) -> None:
    """Every enqueueing sends task_enqueued once, from any process."""
    _signalled_once(ENQUEUED, _findings(target).histories)


@requirement("SIG-03")
def test_every_execution_was_signalled_once(target: TargetHarness) -> None:
    """Every execution sends task_started before its first line."""
    findings = _findings(target)
    for history in findings.histories:
        signals = history.named(STARTED)
        if history.is_alone and history.starts and not history.runs_under_another_id:
            if len(signals) != len(history.starts):
                findings.add(history, f"{len(history.starts)} x {STARTED}", history.journal)
            elif any(signal["at"] > line["at"] for signal, line in zip(signals, history.starts, strict=True)):
                findings.add(history, "the signal before the first line", "after it")
    findings.tell(STARTED)


@requirement("SIG-04")
def test_every_end_was_signalled_once(target: TargetHarness) -> None:
    """Every end in a worker sends task_finished once, with the status of get_result()."""
    histories = _findings(target).histories
    ended = [history for history in histories if history.is_due and history.has_ended_in_a_worker]
    finished = [history for history in ended if not (history.ran_too_often or history.runs_under_another_id)]
    _signalled_once(FINISHED, finished)
    findings = Findings(finished)
    for history in finished:
        status = history.named(FINISHED)[0]["status"]
        if status not in FINAL or (history.result is not None and status != history.status):
            expected = f"{history.status}, as it is looked up" if status in FINAL else f"{SUCCESSFUL} or {FAILED}"
            findings.add(history, expected, status)
    findings.tell(f"the status of {FINISHED}")


def _signalled_once(name: str, histories: list[History]) -> None:
    findings = Findings(histories)
    for history in histories:
        if len(history.named(name)) != 1:
            findings.add(history, f"{name} once", history.journal)
    findings.tell(name)


@requirement("SIG-05")
def test_every_sender_was_the_backend_class(target: TargetHarness) -> None:
    """The sender of all three signals is the backend class."""
    if not target.events.records(event="signal"):
        raise NotApplicable("no signal is sent, which other requirements are about")
    backend = type(target.backend)
    name = f"{backend.__module__}.{backend.__qualname__}"
    findings = _findings(target)
    for history in findings.histories:
        wrong = [record for record in history.signals if not record["sender_is_class"] or record["sender"] != name]
        if wrong:
            findings.add(history, f"{name}, the class", f"{wrong[0]['sender']}, with {wrong[0]['signal']}")
    findings.tell("the sender")


@requirement("WRK-01")
def test_every_task_was_executed_once(target: TargetHarness) -> None:
    """A task runs once, plus once per further attempt; a failed task may stop before its first line.

    A task that does not run, and for which the test of another requirement fails, is not reported once more.
    """
    if target.runs == "never":
        raise NotApplicable("this backend never runs a task")
    findings = _findings(target)
    by_key = attrgetter("key")
    due = sorted((history for history in findings.histories if history.is_due and history.key), key=by_key)
    for _, group in groupby(due, key=by_key):
        histories = list(group)
        if any(history.is_untold or history.may_not_know_its_key for history in histories):
            continue
        executions = len(histories[0].starts)
        if not executions and histories[0].key in target.submitted.missed:
            continue
        most = sum(history.due_executions for history in histories)
        least = sum(history.due_executions for history in histories if history.status != FAILED)
        if not least <= executions <= most:
            findings.add(
                histories[0], f"{most} for {len(histories)} results", f"{executions}; {histories[0].recorded_events}"
            )
    findings.tell("executions")
