"""CTX: the task context that the function receives, and its attributes."""

import contextlib
from collections.abc import Callable, Mapping
from functools import partial

import pytest

from taskgauge.suites.conformance.described_values import describe
from taskgauge.suites.conformance.event_log.reader import Record
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import late, requirement
from taskgauge.suites.conformance.outcomes import NotApplicable, same, seen_through, true
from taskgauge.suites.conformance.probes.changes_reported import check_priority_looked_up, check_queue_looked_up
from taskgauge.suites.conformance.probes.context_seen import (
    ARGS,
    check_task_told,
    record_of_varied,
    result_told,
    submit_varied,
)
from taskgauge.suites.conformance.probes.retrying import observe_retries
from taskgauge.suites.conformance.probes.signals_seen import check_id, not_under_another_id
from taskgauge.suites.conformance.project import ALIAS
from taskgauge.suites.conformance.result_rules import one_worker_each
from taskgauge.suites.conformance.run_order import RunOrder

_NONE = "NoneType:None"
_ROWS: Mapping[str, tuple[str, Callable[[TargetHarness], None]]] = {
    "priority": ("PRI-03", check_priority_looked_up),
    "queue_name": ("QUE-01", check_queue_looked_up),
}
"""The rows that judge attributes of the Task by get_result(), with their checks: what is lost there is lost here."""


def _check_first(record: Record, key: str) -> None:
    true("the first argument", record["is_context"], expected="a TaskContext", seen=record["context_class"])
    same("the arguments after it", record["args"], [describe(value) for value in (key, *ARGS)])


@requirement("CTX-01")
def test_the_context_is_the_first_argument(working: TargetHarness) -> None:
    """The context comes before the caller's arguments, and in addition to them."""
    run = working.observe_once(submit_varied)
    _check_first(run.start(), run.key)


@requirement("CTX-01")
def test_the_context_is_the_first_argument_of_a_coroutine_function(working: TargetHarness) -> None:
    """A coroutine function also receives the context first."""
    if not working.flag("supports_async_task"):
        raise NotApplicable("coroutine functions are not accepted: supports_async_task is False")
    run = working.submit(working.tasks("context_coroutines").tell, *ARGS, named="four")
    _check_first(run.start(), run.key)


@requirement("CTX-01")
def test_the_context_is_not_part_of_the_arguments(working: TargetHarness) -> None:
    """Neither the context's result nor the result of enqueue() lists the context in args."""
    run = working.observe_once(submit_varied)
    expected = describe([run.key, *ARGS])
    same("context.task_result.args", result_told(working)["args"], expected)
    same("result.args", describe(run.result.args), expected)


@requirement("CTX-02")
@pytest.mark.parametrize("name", ["take_all", "named_context"])
def test_no_context_unless_asked_for(working: TargetHarness, name: str) -> None:
    """All positional arguments are the caller's, for any name of the first parameter."""
    run = working.submit(getattr(working.tasks("contexts"), name), *ARGS)
    same("the arguments", run.start()["args"], [describe(value) for value in (run.key, *ARGS)])


@requirement("CTX-03")
@pytest.mark.parametrize("name", ["id", "args", "kwargs", "backend"])
def test_the_context_has_the_result_that_is_run(working: TargetHarness, name: str) -> None:
    """The context has the id that enqueue() returned, and the enqueued arguments."""
    run = working.observe_once(submit_varied)
    expected = {"id": run.result.id, "args": [run.key, *ARGS], "kwargs": {"named": "four"}, "backend": ALIAS}
    same(f"context.task_result.{name}", result_told(working)[name], describe(expected[name]))


@requirement("CTX-03")
def test_the_context_of_a_deferred_task_has_the_result_that_is_run(working: TargetHarness) -> None:
    """The context has the id that enqueue() returned, after the deferral too."""
    with not_under_another_id(working, "RES-01"):
        check_id(working, "CTX-03")


@requirement("CTX-03")
@pytest.mark.parametrize("name", ["function", "priority", "queue_name", "backend", "run_after", "takes_context"])
def test_the_context_has_the_task_as_it_was_enqueued(working: TargetHarness, name: str) -> None:
    """The task of the context has the changes of `using()`; `result.task` of enqueue() may be wrong in the same way."""
    row, check = _ROWS.get(name, ("", None))
    with seen_through(row, partial(check, working)) if check else contextlib.nullcontext():
        check_task_told(working, name)


@requirement("CTX-04")
def test_inside_the_task_it_is_running(working: TargetHarness) -> None:
    """The result has a start and an attempt, and no end."""
    result = result_told(working)
    same("status", result["status"], "RUNNING")
    for name in ("started_at", "last_attempted_at"):
        true(name, result[name] != _NONE, expected="a time", seen="None")
    same("finished_at", result["finished_at"], _NONE)


@requirement("CTX-05")
def test_the_first_attempt_is_number_one(working: TargetHarness) -> None:
    """`context.attempt` is the int 1."""
    same("context.attempt", record_of_varied(working)["attempt"], 1)


@requirement("CTX-06")
@late(RunOrder.OWN_WORKER)
def test_further_attempts_are_counted_on(target: TargetHarness) -> None:
    """`context.attempt` grows by one with each execution."""
    attempts = [record["attempt"] for record in target.observe_once(observe_retries).executions]
    first = attempts[0]  # which CTX-05 is about
    true("context.attempt", isinstance(first, int), expected="an int", seen=repr(first))
    same("context.attempt, execution by execution", attempts, list(range(first, first + len(attempts))))


@requirement("CTX-07")
@pytest.mark.parametrize("name", ["task_result", "attempt"])
def test_the_context_cannot_be_changed(working: TargetHarness, name: str) -> None:
    """Assigning an attribute inside the task raises."""
    seen = record_of_varied(working)["changes"][name]
    refusals = {"AttributeError", "FrozenInstanceError", "TypeError"}
    true(f"assigning context.{name}", seen in refusals, expected="AttributeError", seen=seen)


@requirement("CTX-08")
def test_the_last_worker_id_is_that_of_this_worker(working: TargetHarness) -> None:
    """The last worker id inside the task is the one that is stored later."""
    ids = record_of_varied(working)["worker_ids"]
    true("worker_ids inside the task", isinstance(ids, list) and ids, expected="a list with an id", seen=ids)
    run = working.observe_once(submit_varied)
    with seen_through("RES-18", lambda: one_worker_each("after a single run", run.outcome(), 1)):
        same("the last of worker_ids", ids[-1], _stored_worker_ids(run)[-1])


def _stored_worker_ids(run: Run) -> list[str]:
    if run.target.flag("supports_get_result") or run.target.runs == "inside":
        worker_ids: list[str] = run.outcome().worker_ids
    else:
        run.outcome()
        worker_ids = run.signals("task_finished")[-1]["worker_ids"]
    true("worker_ids afterwards", worker_ids, expected="a list with an id", seen=worker_ids)
    return worker_ids
