"""The task context: what the function gets, and what it says there."""

from typing import Any

import pytest

from taskgauge.suites.conformance.described_values import describe
from taskgauge.suites.conformance.event_log.reader import Record
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import late, requirement
from taskgauge.suites.conformance.outcomes import Deviation, NotApplicable, same, true
from taskgauge.suites.conformance.probes.retrying import observe_retries
from taskgauge.suites.conformance.probes.using_changes import varied
from taskgauge.suites.conformance.result_facts import facts_of
from taskgauge.suites.conformance.run_order import RunOrder

_NONE = "NoneType:None"
ARGS = (1, ["two", {"three": None}])


def _run(target: TargetHarness) -> Run:
    """Enqueue a task that takes the context and tells what it says."""
    return target.submit(varied(target, target.tasks("contexts").tell), *ARGS, named="four")


def _told(target: TargetHarness) -> Record:
    """Return what the task wrote; that it starts at all is CTX-01, and said once."""
    try:
        return target.observe_once(_run).start()
    except Deviation as deviation:
        raise NotApplicable(f"no task with its context starts, which is CTX-01: {deviation}") from deviation


def _result(target: TargetHarness) -> dict[str, str]:
    """Return what `context.task_result` said."""
    found: Any = _told(target)["result"]
    true("context.task_result", isinstance(found, dict), expected="a TaskResult", seen=found)
    result: dict[str, str] = found
    return result


def _is_first(told: Record, key: str) -> None:
    true("the first argument", told["is_context"], expected="a TaskContext", seen=told["context_class"])
    same("the arguments after it", told["args"], [describe(value) for value in (key, *ARGS)])


@requirement("CTX-01")
def test_the_context_is_the_first_argument(working: TargetHarness) -> None:
    """Before the caller's own, and in addition to them."""
    run = working.observe_once(_run)
    _is_first(run.start(), run.key)


@requirement("CTX-01")
def test_the_context_is_the_first_argument_of_a_coroutine_function(working: TargetHarness) -> None:
    """Likewise."""
    if not working.flag("supports_async_task"):
        raise NotApplicable("coroutine functions are not accepted: supports_async_task is False")
    run = working.submit(working.tasks("context_coroutines").tell, *ARGS, named="four")
    _is_first(run.start(), run.key)


@requirement("CTX-01")
def test_the_context_is_not_part_of_the_arguments(working: TargetHarness) -> None:
    """Neither where the task looks, nor where the result is looked up."""
    run = working.observe_once(_run)
    expected = describe([run.key, *ARGS])
    same("context.task_result.args", _result(working)["args"], expected)
    same("result.args", describe(run.result.args), expected)


@requirement("CTX-02")
@pytest.mark.parametrize("name", ["take_all", "named_context"])
def test_no_context_unless_asked_for(working: TargetHarness, name: str) -> None:
    """All positional arguments are the caller's, whatever the first parameter is called."""
    run = working.submit(getattr(working.tasks("contexts"), name), *ARGS)
    same("the arguments", run.start()["args"], [describe(value) for value in (run.key, *ARGS)])


@requirement("CTX-03")
@pytest.mark.parametrize("name", ["id", "args", "kwargs", "backend"])
def test_the_context_has_the_result_that_is_run(working: TargetHarness, name: str) -> None:
    """The one that enqueue() returned."""
    same(f"context.task_result.{name}", _result(working)[name], facts_of(working.observe_once(_run).result)[name])


@requirement("CTX-03")
@pytest.mark.parametrize("name", ["function", "priority", "queue_name", "backend", "run_after", "takes_context"])
def test_the_context_has_the_task_as_it_was_enqueued(working: TargetHarness, name: str) -> None:
    """With what `using()` changed."""
    name = f"task.{name}"
    same(f"context.task_result.{name}", _result(working)[name], facts_of(working.observe_once(_run).result)[name])


@requirement("CTX-04")
def test_inside_the_task_it_is_running(working: TargetHarness) -> None:
    """It was started and attempted, and is not finished."""
    result = _result(working)
    same("status", result["status"], "RUNNING")
    for name in ("started_at", "last_attempted_at"):
        true(name, result[name] != _NONE, expected="a time", seen="None")
    same("finished_at", result["finished_at"], _NONE)


@requirement("CTX-05")
def test_the_first_attempt_is_number_one(working: TargetHarness) -> None:
    """An int."""
    same("context.attempt", _told(working)["attempt"], 1)


@requirement("CTX-06")
@late(RunOrder.OWN_WORKER)
def test_further_attempts_are_counted_on(target: TargetHarness) -> None:
    """One more each time."""
    attempts = [record["attempt"] for record in target.observe_once(observe_retries).executions]
    same("context.attempt, execution by execution", attempts, list(range(1, len(attempts) + 1)))


@requirement("CTX-07")
@pytest.mark.parametrize("name", ["task_result", "attempt"])
def test_the_context_cannot_be_changed(working: TargetHarness, name: str) -> None:
    """Assigning raises, inside the task."""
    seen = _told(working)["changes"][name]
    refusals = {"AttributeError", "FrozenInstanceError", "TypeError"}
    true(f"assigning context.{name}", seen in refusals, expected="AttributeError", seen=seen)


@requirement("CTX-08")
def test_the_last_worker_id_is_that_of_this_worker(working: TargetHarness) -> None:
    """The one that is stored later."""
    ids = _told(working)["worker_ids"]
    true("worker_ids inside the task", isinstance(ids, list) and ids, expected="a list with an id", seen=ids)
    same("the last of worker_ids", ids[-1], _stored_worker_ids(working.observe_once(_run))[-1])


def _stored_worker_ids(run: Run) -> list[str]:
    if run.target.flag("supports_get_result") or run.target.runs == "inside":
        found: list[str] = run.outcome().worker_ids
    else:
        run.outcome()
        found = run.signals("task_finished")[-1]["worker_ids"]
    true("worker_ids afterwards", found, expected="a list with an id", seen=found)
    return found
