"""ERR: tasks that fail; their errors are recorded, and the worker goes on."""

from functools import partial
from typing import Any

import pytest

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
from taskgauge.suites.conformance.probes.failing import (
    Ending,
    observe_exception,
    observe_failures,
)
from taskgauge.suites.conformance.probes.missing_modules import DEPLOY_CHANGES, NO_TASK, observe_missing_modules
from taskgauge.suites.conformance.probes.retrying import observe_retries
from taskgauge.suites.conformance.run_order import RunOrder
from taskgauge.suites.conformance.tasks import errors_to_raise

FAILED = "FAILED"
CLASSES: dict[str, type[BaseException]] = {"ValueError": ValueError, "ProjectError": errors_to_raise.ProjectError}
UNUSUAL: dict[str, type[BaseException]] = {
    "unpickled never": errors_to_raise.TwoPartsError,
    "group": ExceptionGroup,
    "no text": errors_to_raise.NoTextError,
    "slow text": errors_to_raise.SlowTextError,
}
"""Exceptions that a record of their class and their traceback need not pickle, take apart, or write as a text."""


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
    """The result has the state FAILED, the time of its end, and one error."""
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
    """The class is the raised one, for a builtin exception and for one of the project."""
    _check_class(working, kind)


def _check_class(target: TargetHarness, kind: str) -> None:
    exception_class = _error(target, kind).exception_class
    true("exception_class", exception_class is CLASSES[kind], expected=f"{CLASSES[kind]}", seen=f"{exception_class}")


@requirement("ERR-02")
def test_the_class_of_a_nested_exception_is_no_other(working: TargetHarness) -> None:
    """A class inside a class is returned, or ImportError is raised as Django itself does."""
    error = _error(working, "Nested")
    try:
        exception_class = error.exception_class
    except ImportError:
        return
    nested = errors_to_raise.ProjectError.Nested
    true("exception_class", exception_class is nested, expected=f"{nested}, or ImportError", seen=f"{exception_class}")


@requirement("ERR-03")
@pytest.mark.parametrize("part", ["Traceback (most recent call last)", "basic.py", ", in fail", "ValueError: a value"])
def test_the_traceback_is_that_of_the_function(working: TargetHarness, part: str) -> None:
    """The traceback is a text with the file, the function, and the exception."""
    same("type of the traceback", type(_error(working, "ValueError").traceback).__name__, "str")
    _check_traceback(_error(working, "ValueError"), part)


def _check_traceback(error: Any, part: str) -> None:
    text = str(error.traceback)
    true("the traceback", part in text, expected=f"with {part!r}", seen=text[-300:])


def _check_last_line(target: TargetHarness) -> None:
    """Raise Deviation unless the traceback of a plain exception names the exception."""
    _check_traceback(_error(target, "ValueError"), "ValueError: a value")


@requirement("ERR-04")
def test_the_traceback_ends_with_the_exception(working: TargetHarness) -> None:
    """The traceback ends as `traceback.format_exception` ends it."""
    traceback = str(_error(working, "ValueError").traceback)
    with seen_through("ERR-03", partial(_check_last_line, working)):
        same("the end of the traceback", traceback[-len("ValueError: a value\n") :], "ValueError: a value\n")


@requirement("ERR-04")
def test_the_traceback_has_the_cause(working: TargetHarness) -> None:
    """The traceback contains the cause and names it as the direct cause."""
    with seen_through("ERR-03", partial(_check_last_line, working)):
        for part in ("KeyError: 'the cause'", "direct cause of the following exception"):
            _check_traceback(_error(working, "with cause"), part)


@requirement("ERR-04")
@late(RunOrder.BROKEN_POOL)
def test_the_traceback_has_the_members_of_a_group(working: TargetHarness) -> None:
    """The traceback contains each exception of an exception group."""
    error = _error_of(working, working.observe_once(observe_exception, "group"))
    with seen_through("ERR-11", partial(_check_own_error, error, "group")):
        for part in ("ValueError: the first", "KeyError: 'the second'"):
            _check_traceback(error, part)


@requirement("ERR-05")
def test_a_success_has_no_errors(working: TargetHarness) -> None:
    """`errors` is an empty list."""
    same("errors", working.submit(working.tasks().note).outcome().errors, [])


@requirement("ERR-05")
def test_a_failure_has_one_error(working: TargetHarness) -> None:
    """A task with one attempt has one error."""
    same("number of errors", len(_failed(working, "ProjectError").errors), 1)


@requirement("ERR-05")
@late(RunOrder.OWN_WORKER)
def test_each_failed_attempt_has_its_error(target: TargetHarness) -> None:
    """Errors are in order, oldest first; a later success adds none."""
    retried = target.observe_once(observe_retries)
    errors = retried.result.errors
    same("number of errors", len(errors), len(retried.executions) - 1)
    with seen_through("ERR-03", partial(_check_last_line, target)):
        for number, error in enumerate(errors, 1):
            true(f"error {number}", f"failure {number}" in str(error.traceback), seen=str(error.traceback)[-200:])


@requirement("ERR-06")
@pytest.mark.parametrize("kind", ["in an exception", "lock", "lambda"])
def test_what_an_exception_holds_does_not_matter(working: TargetHarness, kind: str) -> None:
    """An exception may hold values that neither pickle nor JSON can write."""
    result = _failed(working, kind)
    same("status", str(result.status), FAILED)
    same("number of errors", len(result.errors), 1)
    [error] = result.errors
    with seen_through("ERR-02", partial(_check_class, working, "ValueError")):
        exception_class = error.exception_class
        true(
            "exception_class", exception_class is ValueError, expected=str(ValueError), seen=error.exception_class_path
        )


@requirement("ERR-06")
@pytest.mark.parametrize("kind", ["in an exception", "lock", "lambda"])
def test_what_an_exception_holds_leaves_its_traceback(working: TargetHarness, kind: str) -> None:
    """The traceback names the exception, for any values that the exception holds."""
    error = _error(working, kind)
    with seen_through("ERR-03", partial(_check_last_line, working)):
        _check_traceback(error, "ValueError: ")


def _check_fails_and_goes_on(ending: Ending) -> None:
    if ending.worker:
        raise Deviation("the worker goes on", expected="a living worker", seen=ending.worker)
    if ending.to_caller:
        raise Deviation("enqueue()", expected="a result", seen=ending.to_caller)
    if ending.status:
        same("status", ending.status, FAILED)
    true("the task enqueued after it is run", ending.next_ran)
    if not ending.status:
        raise NotApplicable("its end cannot be seen: no results are kept, and task_finished was not sent for it")


@requirement("ERR-07")
@late(RunOrder.BROKEN_POOL)
@pytest.mark.parametrize("kind", ["SystemExit", "CancelledError", "GeneratorExit", "BaseException"])
def test_no_exception_of_a_task_stops_the_worker(working: TargetHarness, kind: str) -> None:
    """An exception that is not a subclass of Exception fails the task and leaves the worker running."""
    _check_fails_and_goes_on(working.observe_once(observe_exception, kind))


@requirement("ERR-08")
@late(RunOrder.CANNOT_START)
@pytest.mark.parametrize("change", DEPLOY_CHANGES)
def test_a_task_that_cannot_be_started_fails(target: TargetHarness, change: str) -> None:
    """A task whose module changed between enqueue() and the worker's start ends FAILED."""
    vanished = target.observe_once(observe_missing_modules)
    end = vanished.ends[change]
    if isinstance(end, str):
        raise Deviation(f"status ({change})", expected=FAILED, seen=end)
    if change == NO_TASK and str(end.status) == "SUCCESSFUL" and vanished.runs[change].ends():
        return  # the backend was able to start the function that the path still names
    same(f"status ({change})", str(end.status), FAILED)


@requirement("ERR-09")
def test_the_class_of_a_local_exception_cannot_be_imported(working: TargetHarness) -> None:
    """`exception_class` raises ImportError, and the error names the class."""
    error = _error(working, "local")
    with seen_through("ERR-02", partial(_check_class, working, "ProjectError")):
        refused("exception_class of a class that is defined in a function", lambda: error.exception_class, ImportError)
        path = error.exception_class_path
        true("exception_class_path", "LocalError" in path, expected="with 'LocalError'", seen=path)


@requirement("ERR-09")
def test_the_traceback_of_a_local_exception_can_be_read(working: TargetHarness) -> None:
    """The traceback names the exception, although its class cannot be imported."""
    error = _error(working, "local")
    with seen_through("ERR-03", partial(_check_last_line, working)):
        _check_traceback(error, "LocalError: local")


@requirement("ERR-09")
def test_what_is_no_exception_is_no_exception_class(working: TargetHarness) -> None:
    """`exception_class` raises ValueError if the path names no exception."""
    error = _error(working, "ValueError")
    with seen_through("ERR-02", partial(_check_class, working, "ValueError")):
        for path in ("datetime.datetime", "math.pi"):
            other = type(error)(exception_class_path=path, traceback=error.traceback)
            refused(f"exception_class of {path}", lambda: other.exception_class, ValueError)  # noqa: B023


@requirement("ERR-10")
@pytest.mark.parametrize("kind", ["surrogate", "NUL", "megabyte", "non-ASCII"])
def test_any_text_of_an_exception_will_do(working: TargetHarness, kind: str) -> None:
    """The task fails and the worker goes on, for any text of the exception."""
    _check_fails_and_goes_on(working.observe_once(observe_exception, kind))


@requirement("ERR-11")
@late(RunOrder.BROKEN_POOL)
@pytest.mark.parametrize("kind", list(UNUSUAL))
def test_unusual_exceptions_are_recorded(working: TargetHarness, kind: str) -> None:
    """The task fails with the class and the traceback of its exception, and the worker goes on."""
    ending = working.observe_once(observe_exception, kind)
    _check_fails_and_goes_on(ending)
    error = _error_of(working, ending)
    _check_ordinary(working)
    if kind == "unpickled never":
        unpicklable = _error_of(working, working.observe_once(observe_exception, "lock"))
        if unpicklable.exception_class_path != "builtins.ValueError":
            raise NotApplicable("an exception that does not pickle is not recorded either, which ERR-06 is about")
    _check_own_error(error, kind)


def _check_own_error(error: Any, kind: str) -> None:
    """Raise Deviation unless the error has the class and the traceback of an unusual exception."""
    name = UNUSUAL[kind].__name__
    true(
        "exception_class_path",
        error.exception_class_path.rpartition(".")[2] == name,
        expected=f"that of {name}",
        seen=error.exception_class_path,
    )
    _check_traceback(error, name)


def _error_of(target: TargetHarness, ending: Ending) -> Any:
    """Return the error of a task that ran once."""
    if ending.executions > 1:
        raise Inconclusive("a failing task is run again by itself: the descriptor's settings must turn that off")
    if ending.id is None:
        raise NotApplicable("there is no sign that the task was accepted")
    errors = target.lookups.get_result(ending.id).errors
    true("errors", len(errors) > 0, expected="a TaskError", seen="none")
    return errors[-1]


def _check_ordinary(target: TargetHarness) -> None:
    """Raise NotApplicable if the class or the traceback of an ordinary exception is not recorded either."""
    error = _error_of(target, target.observe_once(observe_exception, "ProjectError"))
    is_own_class = error.exception_class_path.endswith(".ProjectError")
    if not (is_own_class and isinstance(error.traceback, str) and "ProjectError" in error.traceback):
        raise NotApplicable("no exception is recorded with its class and traceback, which ERR-02 and ERR-03 are about")
