"""OQ: tasks that fail in unusual ways, are tried again, or cannot be started; the loop and thread of coroutines."""

import time
from typing import Any

import pytest

from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import late, question
from taskgauge.suites.conformance.outcomes import NotApplicable
from taskgauge.suites.conformance.probes.failing import (
    Ending,
    observe_exception,
    observe_failures,
    observe_receiver,
)
from taskgauge.suites.conformance.probes.lifecycle import RUNNING, observe_lifecycle
from taskgauge.suites.conformance.probes.missing_modules import DEPLOY_CHANGES, observe_missing_modules
from taskgauge.suites.conformance.probes.retrying import observe_retries
from taskgauge.suites.conformance.probes.signals_seen import ENQUEUED, FINISHED, STARTED
from taskgauge.suites.conformance.run_order import RunOrder

TOGETHER = 0.3
"""Seconds that a coroutine task waits for another coroutine task."""


@question("DIS-03")
def test_attempts_while_a_task_runs(working: TargetHarness) -> None:
    """Record the attempt in the context and in a look-up."""
    record = working.submit(working.tasks("contexts").tell).start()
    working.answer("DIS-03", "context.attempt inside the task", record["attempt"])
    if working.flag("supports_get_result"):
        working.answer("DIS-03", "attempts, looked up", working.observe_once(observe_lifecycle).seen(RUNNING).attempts)


@question("OQ-02")
@late(RunOrder.INVARIANTS)
def test_whether_a_failing_task_is_tried_again(target: TargetHarness) -> None:
    """Record the executions by the end of the run, with default settings."""
    target.workers.start()
    run = target.observe_once(observe_failures)["ValueError"]
    run.outcome()
    starts = run.starts()
    word = "not tried again" if len(starts) == 1 else f"run {len(starts)} times"
    target.answer("OQ-02", "by default", word, f"seen for {time.time() - starts[0]['wall']:.0f} s")
    if target.descriptor.retries is not None:
        target.answer("OQ-02", "where it is turned on", f"run {target.descriptor.retries.attempts} times")


def _record(target: TargetHarness, question_id: str, what: str, ending: Ending) -> None:
    target.answer(question_id, f"{what}: task", f"{ending.ran}, {ending.status or 'no status'}")
    target.answer(question_id, f"{what}: caller", f"gets {ending.to_caller}" if ending.to_caller else "gets a result")
    if ending.worker:
        target.answer(question_id, f"{what}: worker", "ends", ending.worker)
    else:
        target.answer(question_id, f"{what}: worker", "goes on" if ending.next_ran else "stands still")


@question("OQ-04")
@late(RunOrder.BROKEN_POOL)
def test_a_task_that_raises_keyboard_interrupt(working: TargetHarness) -> None:
    """Record KeyboardInterrupt, which the task or the user may raise."""
    _record(working, "OQ-04", "KeyboardInterrupt", working.observe_once(observe_exception, "KeyboardInterrupt"))


@question("OQ-10")
@late(RunOrder.RAISING_RECEIVERS)
@pytest.mark.parametrize("when", [ENQUEUED, STARTED, FINISHED])
def test_a_receiver_that_raises(working: TargetHarness, when: str) -> None:
    """Record a raising receiver of each of the three signals."""
    _record(working, "OQ-10", when, working.observe_once(observe_receiver, when))


@question("OQ-11")
@late(RunOrder.CANNOT_START)
def test_looking_up_what_is_gone(target: TargetHarness) -> None:
    """Record a look-up by a process that never had the function."""
    vanished = target.observe_once(observe_missing_modules)
    if not vanished.seen_after.value:
        raise NotApplicable("no other process can look up its results")
    target.answer("OQ-11", "renamed before the start", vanished.seen_before.value)
    target.answer("OQ-11", "renamed after the end", vanished.seen_after.value)


@question("OQ-20")
@late(RunOrder.BROKEN_POOL)
@pytest.mark.parametrize("kind", ["SystemExit", "CancelledError", "GeneratorExit", "BaseException"])
def test_a_task_that_raises_no_exception_of_the_usual_kind(working: TargetHarness, kind: str) -> None:
    """Record four exceptions that are unusual in a task."""
    _record(working, "OQ-20", kind, working.observe_once(observe_exception, kind))


@question("OQ-21")
@late(RunOrder.CANNOT_START)
def test_what_is_said_of_a_task_that_could_not_start(target: TargetHarness) -> None:
    """Record one answer per aspect if all changes of a deploy give the same."""
    answers_by_aspect: dict[str, dict[str, str]] = {}
    for change in DEPLOY_CHANGES:
        for aspect, answer in _aspects(target.observe_once(observe_missing_modules).ends[change]).items():
            answers_by_aspect.setdefault(aspect, {})[change] = answer
    for aspect, answers in answers_by_aspect.items():
        detail = "; ".join(f"{change}: {answer}" for change, answer in answers.items())
        target.answer("OQ-21", aspect, " or ".join(dict.fromkeys(answers.values())), detail)


def _aspects(end: Any) -> dict[str, str]:
    if isinstance(end, str):
        return {"status": end}
    return {
        "started_at": "None" if end.started_at is None else "set",
        "worker_ids": str(len(end.worker_ids)),
        "errors": ", ".join(error.exception_class_path for error in end.errors) or "none",
    }


@question("OQ-21")
@late(RunOrder.OWN_WORKER)
def test_what_is_said_between_attempts(target: TargetHarness) -> None:
    """Record finished_at between two attempts, if a look-up saw it."""
    between = target.observe_once(observe_retries).between
    if between is None:
        raise NotApplicable("the task was never seen between two attempts")
    target.answer("OQ-21", "finished_at between attempts", "None" if between.finished_at is None else "set")


@question("OQ-25")
def test_where_coroutine_tasks_run(working: TargetHarness) -> None:
    """Record the loop and the thread, and if several coroutines run at once."""
    if not working.flag("supports_async_task"):
        raise NotApplicable("coroutine functions are not accepted: supports_async_task is False")
    tasks = working.tasks("context_coroutines")
    runs = [working.submit(tasks.tell_loop) for _ in range(3)]
    records = [run.end() and run.start() for run in runs]
    shared = any(record["same_loop"] for record in records)
    working.answer("OQ-25", "event loop", "shared" if shared else "a new one for each task")
    working.answer("OQ-25", "thread of the coroutine", _thread(records[0]["in_main_thread"]))
    same = records[0]["sync_thread"] == records[0]["thread"]
    answer = "the coroutine's own" if same else _thread(records[0]["sync_in_main_thread"])
    working.answer("OQ-25", "thread of sync_to_async", answer)
    working.answer("OQ-25", "several at once", "yes" if _met(working) else "no")


def _thread(is_main: bool) -> str:
    return "the main thread" if is_main else "another thread"


def _met(target: TargetHarness) -> bool:
    meet = target.tasks("context_coroutines").meet
    first, second = (str(target.project.folder / f"meeting-{target.submitted.new_key()}") for _ in range(2))
    runs: list[Run] = [target.submit(meet, first, second, TOGETHER), target.submit(meet, second, first, TOGETHER)]
    return all(run.end()["met"] for run in runs)


@question("OQ-29")
@late(RunOrder.OWN_WORKER)
def test_whether_a_second_attempt_repeats_the_worker(target: TargetHarness) -> None:
    """Record if worker_ids repeats an id."""
    ids = target.observe_once(observe_retries).result.worker_ids
    answer = "repeated" if len(set(ids)) < len(ids) else "an id for each attempt"
    target.answer("OQ-29", f"worker_ids after {len(ids)} attempts", answer, ", ".join(ids))
