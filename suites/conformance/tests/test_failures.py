"""Tasks that fail: what is recorded, whatever was raised, and that the worker goes on."""

from typing import Any

import pytest

from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import late, requirement
from taskgauge.suites.conformance.outcomes import Deviation, Inconclusive, refused, same, true
from taskgauge.suites.conformance.probes.failing import (
    Ending,
    observe_exception,
    observe_failures,
)
from taskgauge.suites.conformance.probes.missing_modules import WAYS, observe_vanishing
from taskgauge.suites.conformance.probes.retrying import observe_retries
from taskgauge.suites.conformance.run_order import RunOrder
from taskgauge.suites.conformance.tasks import errors_to_raise

FAILED = "FAILED"
CLASSES: dict[str, type[BaseException]] = {"ValueError": ValueError, "ProjectError": errors_to_raise.ProjectError}


def _failed(target: TargetHarness, kind: str) -> Any:
    """Return the finished result of a task that raised this kind of exception, once."""
    run = target.observe_once(observe_failures)[kind]
    result = run.outcome()
    if len(run.starts()) > 1:
        raise Inconclusive("a failing task is run again by itself: the descriptor's settings must turn that off")
    return result


def _error(target: TargetHarness, kind: str) -> Any:
    errors = _failed(target, kind).errors
    true(f"errors after {kind}", len(errors) > 0, expected="a TaskError", seen="none")
    return errors[-1]


@requirement("ERR-01")
def test_an_exception_fails_the_task(working: TargetHarness) -> None:
    """With the state, the time of the end, and one error."""
    result = _failed(working, "ValueError")
    same("status", str(result.status), FAILED)
    same("is_finished", result.is_finished, True)
    true("finished_at", result.finished_at is not None, expected="a time", seen="None")
    same("number of errors", len(result.errors), 1)
    error = result.errors[0]
    true("the error", isinstance(error, working.api.TaskError), expected="a TaskError", seen=type(error).__name__)


@requirement("ERR-02")
@pytest.mark.parametrize("kind", list(CLASSES))
def test_the_exception_class_is_the_one_raised(working: TargetHarness, kind: str) -> None:
    """A builtin one, and one of the project."""
    found = _error(working, kind).exception_class
    true("exception_class", found is CLASSES[kind], expected=f"{CLASSES[kind]}", seen=f"{found}")


@requirement("ERR-02")
def test_the_class_of_a_nested_exception_is_no_other(working: TargetHarness) -> None:
    """Django itself cannot import a class inside a class, and says so; it is never mistaken for another."""
    error = _error(working, "Nested")
    try:
        found = error.exception_class
    except ImportError:
        return
    nested = errors_to_raise.ProjectError.Nested
    true("exception_class", found is nested, expected=f"{nested}, or ImportError", seen=f"{found}")


@requirement("ERR-03")
@pytest.mark.parametrize("part", ["Traceback (most recent call last)", "basic.py", ", in fail", "ValueError: a value"])
def test_the_traceback_is_that_of_the_function(working: TargetHarness, part: str) -> None:
    """A text with the file, the function, and what was raised."""
    traceback = _error(working, "ValueError").traceback
    same("type of the traceback", type(traceback).__name__, "str")
    _tells(_error(working, "ValueError"), part)


def _tells(error: Any, part: str) -> None:
    true("the traceback", part in error.traceback, expected=f"with {part!r}", seen=error.traceback[-300:])


@requirement("ERR-04")
def test_the_traceback_ends_with_the_exception(working: TargetHarness) -> None:
    """As `traceback.format_exception` gives it."""
    traceback = _error(working, "ValueError").traceback
    same("the end of the traceback", traceback[-len("ValueError: a value\n") :], "ValueError: a value\n")


@requirement("ERR-04")
def test_the_traceback_has_the_cause(working: TargetHarness) -> None:
    """And says that it is one."""
    for part in ("KeyError: 'the cause'", "direct cause of the following exception"):
        _tells(_error(working, "with cause"), part)


@requirement("ERR-05")
def test_a_success_has_no_errors(working: TargetHarness) -> None:
    """An empty list."""
    same("errors", working.submit(working.tasks().note).outcome().errors, [])


@requirement("ERR-05")
def test_a_failure_has_one_error(working: TargetHarness) -> None:
    """For its one attempt."""
    same("number of errors", len(_failed(working, "ProjectError").errors), 1)


@requirement("ERR-05")
@late(RunOrder.OWN_WORKER)
def test_each_failed_attempt_has_its_error(target: TargetHarness) -> None:
    """Oldest first, and the success after them adds none."""
    retried = target.observe_once(observe_retries)
    errors = retried.result.errors
    same("number of errors", len(errors), len(retried.executions) - 1)
    for number, error in enumerate(errors, 1):
        true(f"error {number}", f"failure {number}" in error.traceback, seen=error.traceback[-200:])


@requirement("ERR-06")
@pytest.mark.parametrize("kind", ["in an exception", "lock", "lambda"])
def test_what_an_exception_holds_does_not_matter(working: TargetHarness, kind: str) -> None:
    """Its arguments may be nothing that can be pickled or written as JSON."""
    result = _failed(working, kind)
    same("status", str(result.status), FAILED)
    same("number of errors", len(result.errors), 1)
    [error] = result.errors
    found = error.exception_class
    true("exception_class", found is ValueError, expected=str(ValueError), seen=error.exception_class_path)
    _tells(error, "ValueError: ")


def _fails_and_goes_on(ending: Ending) -> None:
    if ending.worker:
        raise Deviation("the worker goes on", expected="a living worker", seen=ending.worker)
    if ending.to_caller:
        raise Deviation("enqueue()", expected="a result", seen=ending.to_caller)
    same("status", ending.status, FAILED)
    true("the task enqueued after it is run", ending.next_ran)


@requirement("ERR-07")
@late(RunOrder.BROKEN_POOL)
@pytest.mark.parametrize("kind", ["SystemExit", "CancelledError", "GeneratorExit", "BaseException"])
def test_no_exception_of_a_task_stops_the_worker(working: TargetHarness, kind: str) -> None:
    """What is not an Exception is the task's own end all the same."""
    _fails_and_goes_on(working.observe_once(observe_exception, kind))


@requirement("ERR-08")
@late(RunOrder.CANNOT_START)
@pytest.mark.parametrize("way", WAYS)
def test_a_task_that_cannot_be_started_fails(target: TargetHarness, way: str) -> None:
    """Its module was changed between enqueue() and the start of the worker."""
    end = target.observe_once(observe_vanishing).ends[way]
    if isinstance(end, str):
        raise Deviation(f"status ({way})", expected=FAILED, seen=end)
    same(f"status ({way})", str(end.status), FAILED)


@requirement("ERR-09")
def test_the_class_of_a_local_exception_cannot_be_imported(working: TargetHarness) -> None:
    """And says so only when it is asked for: the error and its traceback can be read."""
    error = _error(working, "local")
    refused("exception_class of a class that is defined in a function", lambda: error.exception_class, ImportError)
    path = error.exception_class_path
    true("exception_class_path", "LocalError" in path, expected="with 'LocalError'", seen=path)
    _tells(error, "LocalError: local")


@requirement("ERR-09")
def test_what_is_no_exception_is_no_exception_class(working: TargetHarness) -> None:
    """An error of the target's own class, with another path."""
    error = _error(working, "ValueError")
    for path in ("datetime.datetime", "math.pi"):
        other = type(error)(exception_class_path=path, traceback=error.traceback)
        refused(f"exception_class of {path}", lambda: other.exception_class, ValueError)  # noqa: B023


@requirement("ERR-10")
@pytest.mark.parametrize("kind", ["surrogate", "NUL", "megabyte", "non-ASCII"])
def test_any_text_of_an_exception_will_do(working: TargetHarness, kind: str) -> None:
    """Whatever it is, the task fails and the worker goes on."""
    _fails_and_goes_on(working.observe_once(observe_exception, kind))
