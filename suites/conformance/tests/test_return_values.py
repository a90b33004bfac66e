"""RET: the return values of tasks."""

import time
from typing import Any

import pytest

from taskgauge.suites.conformance.harness.pausing import gate_file, without_workers
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import late, requirement
from taskgauge.suites.conformance.outcomes import Deviation, NotApplicable, refused, same, true
from taskgauge.suites.conformance.probes.edge_values import edge_round_trips
from taskgauge.suites.conformance.probes.round_trips import (
    OF_RETURN_VALUES,
    as_return_values,
    check_alike,
    each_as_return_value,
)
from taskgauge.suites.conformance.run_order import RunOrder
from taskgauge.suites.conformance.tasks.values import BYTES, FALSY, JSON_VALUES, TUPLES, UNSERIALISABLE


@requirement("RET-01")
def test_json_values_come_back(working: TargetHarness) -> None:
    """Each value of the table comes back; a tuple comes back as a list."""
    check_alike(as_return_values(working, (*JSON_VALUES, *TUPLES)), OF_RETURN_VALUES)


@requirement("RET-01")
def test_values_come_back_by_themselves(working: TargetHarness) -> None:
    """Falsy values, and one value of each type, come back as return values on their own."""
    values = (*FALSY, True, 1, 1.5, "text", [1], {"a": 1}, (1, (2,)))
    check_alike(each_as_return_value(working, values), OF_RETURN_VALUES)


@requirement("RET-02")
def test_none_comes_back(working: TargetHarness) -> None:
    """A function that returns nothing is successful, and its return value is None."""
    result = working.submit(working.tasks().note).outcome()
    same("status", str(result.status), "SUCCESSFUL")
    same("return_value", result.return_value, None)


@requirement("RET-03")
def test_a_waiting_task_has_no_return_value(target: TargetHarness) -> None:
    """A READY result has no return value, from enqueue() or a look-up."""
    with without_workers(target):
        run = target.submit(target.tasks().note)
        refused("return_value of enqueue()'s result", lambda: run.result.return_value, ValueError)
        if target.flag("supports_get_result"):
            looked_up = run.look()
            refused("return_value after get_result", lambda: looked_up.return_value, ValueError)


@requirement("RET-03")
def test_a_running_task_has_no_return_value(working: TargetHarness) -> None:
    """The task itself sees no return value while it is RUNNING."""
    run = working.submit(working.tasks("return_values").read_own_return_value)
    try:
        seen = run.start()["seen"]
    except Deviation as deviation:
        raise NotApplicable(f"no task with its context starts, which is CTX-01: {deviation}") from deviation
    same("return_value inside the task", seen, "ValueError")


@requirement("RET-03")
def test_a_running_task_is_looked_up_without_a_return_value(working: TargetHarness) -> None:
    """A look-up sees no return value while the task is RUNNING."""
    if working.runs == "inside":
        raise NotApplicable("tasks run inside enqueue(), so nobody else sees one that runs")
    with gate_file(working) as gate:
        run = working.submit(working.tasks().wait, str(gate))
        run.start()
        looked_up = run.look()
        refused(f"return_value while {looked_up.status}", lambda: looked_up.return_value, ValueError)


@requirement("RET-03")
def test_a_failed_task_has_no_return_value(working: TargetHarness) -> None:
    """A FAILED result has no return value."""
    if not (working.flag("supports_get_result") or working.runs == "inside"):
        raise NotApplicable("no finished result can be seen: supports_get_result is False")
    result = working.submit(working.tasks().fail, "ValueError").outcome()
    refused(f"return_value of a {result.status} task", lambda: result.return_value, ValueError)


@requirement("RET-04")
@late(RunOrder.ODD_VALUES)
@pytest.mark.parametrize("what", UNSERIALISABLE)
def test_what_json_cannot_hold_fails_the_task(working: TargetHarness, what: str) -> None:
    """A task that returns such a value ends FAILED, with the error."""
    result = working.observe_once(observe_unserialisable)[what]
    if isinstance(result, Deviation):
        raise result
    same(f"status after returning {what}", str(result.status), "FAILED")
    true("errors", len(result.errors) > 0, expected="the error of serialising", seen="none")


def observe_unserialisable(target: TargetHarness) -> dict[str, Any]:
    """Run at once a task per value that JSON cannot hold; return its result, or the Deviation if none came."""
    give = target.tasks("return_values").give_unserialisable
    runs = {what: target.submit(give, what) for what in UNSERIALISABLE}
    end = time.monotonic() + target.waiter.timeout
    outcomes: dict[str, Any] = {}
    for what, run in runs.items():
        try:
            outcomes[what] = run.outcome(max(0.1, end - time.monotonic()))
        except Deviation as deviation:
            outcomes[what] = deviation
    return outcomes


@requirement("RET-05")
@late(RunOrder.ODD_VALUES)
def test_bytes_never_come_back_as_bytes(working: TargetHarness) -> None:
    """Bytes are decoded if they are UTF-8, or fail the task."""
    decoded = {"b'abc'": "abc", "[b'abc']": ["abc"]}
    for name, trip in edge_round_trips(working, "return value", BYTES).items():
        true(
            f"{name} as return value",
            trip.trouble.startswith("FAILED") if trip.trouble else trip.arrived == decoded.get(name),
            expected="FAILED, or what they are in UTF-8",
            seen=trip.seen,
        )
