"""DIS: the side that a target takes where documentation, source and DEP 14 disagree on data, results and aliases."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import late, question
from taskgauge.suites.conformance.outcomes import NotApplicable
from taskgauge.suites.conformance.probes.edge_values import DIRECTIONS, record
from taskgauge.suites.conformance.probes.unusual_names import NameObservations, observe_names
from taskgauge.suites.conformance.run_order import RunOrder
from taskgauge.suites.conformance.tasks.values import BYTES, COLLECTIONS, OTHER_KEYS, SUBCLASSES, TUPLE_KEYS
from taskgauge.suites.conformance.threads import in_a_thread


@question("DIS-05")
@late(RunOrder.ODD_VALUES)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_bytes(working: TargetHarness, direction: str) -> None:
    """Record bytes that are UTF-8 and bytes that are not."""
    record(working, "DIS-05", direction, BYTES)


@question("DIS-06")
@late(RunOrder.ODD_VALUES)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_other_keys(working: TargetHarness, direction: str) -> None:
    """Record dictionaries whose keys are not strings."""
    record(working, "DIS-06", direction, OTHER_KEYS | TUPLE_KEYS)


@question("DIS-07")
@late(RunOrder.ODD_VALUES)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_relatives_of_json_types(working: TargetHarness, direction: str) -> None:
    """Record subclasses, sequences and mappings."""
    record(working, "DIS-07", direction, SUBCLASSES | COLLECTIONS)


@question("DIS-13")
def test_from_where_results_can_be_looked_up(target: TargetHarness) -> None:
    """Record look-ups from the enqueueing thread, another thread, and another process."""
    run = target.submit(target.tasks().note)
    target.answer("DIS-13", "supports_get_result", target.flag("supports_get_result"))
    target.answer("DIS-13", "same thread", _look(lambda: target.backend.get_result(run.id)))
    target.answer("DIS-13", "another thread", in_a_thread(lambda: _look(lambda: target.backend.get_result(run.id))))
    status = target.run_in_subprocess("taskgauge.suites.conformance.result_facts:try_to_look_up", run.id)
    target.answer("DIS-13", "another process", "found" if status in STATES else status)


STATES = {"READY", "RUNNING", "FAILED", "SUCCESSFUL"}


def _look(call: Callable[[], Any]) -> str:
    try:
        call()
    except Exception as error:  # which one is the answer
        return type(error).__name__
    return "found"


@question("DIS-18", "OQ-14")
@late(RunOrder.UNUSUAL_NAMES)
def test_a_task_of_another_alias(target: TargetHarness) -> None:
    """Record a task that is enqueued through the backend of `default`."""
    name_observations: NameObservations = target.observe_once(observe_names)
    observed = name_observations.through_another
    target.answer("OQ-14", "enqueue", f"refused with {observed['refused']}" if "refused" in observed else "accepted")
    for aspect in ("result.backend", "result.task.backend", "refresh()"):
        if aspect in observed:
            target.answer("DIS-18", aspect, observed[aspect])
    for aspect in ("get_result of the backend that was called", "execution"):
        if aspect in observed:
            target.answer("OQ-14", aspect, observed[aspect])


@question("DIS-19")
def test_copies_of_tasks_and_results(target: TargetHarness) -> None:
    """Record `copy` and `deepcopy` of a result, of an importable Task, and of a Task whose path is no Task."""
    note, aliased = target.tasks().note, target.tasks("unreachable").aliased
    for name, task in (("a Task", note), ("a Task whose path is no Task", aliased)):
        for copy_function in (copy.copy, copy.deepcopy):
            target.answer("DIS-19", f"{copy_function.__name__} of {name}", _copied(copy_function, task))
    result = target.submit(note).result
    target.answer("DIS-19", "deepcopy of a result", _copied(copy.deepcopy, result))


def _copied(copy_function: Callable[[Any], Any], value: Any) -> str:
    try:
        copied = copy_function(value)
    except Exception as error:  # which one is the answer
        return type(error).__name__
    return "equal" if copied == value else "different"


@question("DIS-19")
def test_enqueueing_a_task_whose_path_is_none(target: TargetHarness) -> None:
    """Record the caller's outcome and the signal; no worker needs to import the task."""
    if target.runs not in {"inside", "never"}:
        raise NotApplicable("what a worker does with such a task is asked under OQ-15")
    key = target.submitted.new_key(invariants=False)
    try:
        target.tasks("unreachable").aliased.enqueue(key)
    except Exception as error:  # which one is the answer
        target.answer("DIS-19", "enqueue of a Task whose path is no Task", type(error).__name__)
    else:
        target.answer("DIS-19", "enqueue of a Task whose path is no Task", "accepted")
    signals = target.events.records(key=key, event="signal", signal="task_enqueued")
    target.answer("DIS-19", "its task_enqueued", "sent" if signals else "not sent")
