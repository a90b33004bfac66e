"""Observes how a task that is not valid is refused: that it is, and by which exception."""

from collections.abc import Callable
from functools import partial

from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.outcomes import Deviation, NotApplicable, exception_of, seen_through, true
from taskgauge.suites.conformance.project import ALIAS
from taskgauge.suites.conformance.reconfigured import reconfigured


def check_refused(target: TargetHarness, what: str, error: Exception | None) -> None:
    """Raise Deviation unless the exception is an InvalidTask.

    SET-06 reports a target whose refusals have another class. The class of this exception is then not judged again.
    """
    expected = target.api.InvalidTask.__name__
    if error is None:
        raise Deviation(what, expected=expected, seen="no exception")
    with seen_through("SET-06", partial(check_classes_of_refusals, target)):
        holds = isinstance(error, target.api.InvalidTask)
        true(what, holds, expected=expected, seen=f"{type(error).__name__}: {error}"[:300])


def refused_as_invalid(target: TargetHarness, what: str, call: Callable[[], object]) -> None:
    """Raise Deviation unless the call refuses a task as not valid."""
    check_refused(target, what, exception_of(call))


def check_classes_of_refusals(target: TargetHarness) -> None:
    """Raise Deviation unless the target refuses tasks by InvalidTask, for every reason for which it refuses them."""
    functions, note = target.tasks("functions"), target.tasks().note
    reasons: dict[str, Callable[[], object]] = {
        "a queue that is not one of QUEUES": lambda: note.using(queue_name="taskgauge-unheard-of"),
        "a priority of 1000": lambda: note.using(priority=1000),
        "an inner function": lambda: target.api.task(functions.make_inner()),
    }
    with reconfigured({ALIAS: {"QUEUES": ["default"]}}):
        raised = {what: error for what, call in reasons.items() if (error := exception_of(call)) is not None}
    if not raised:
        raise NotApplicable("it refuses nothing, which is said elsewhere")
    for what, error in raised.items():
        holds = isinstance(error, target.api.InvalidTask)
        true(f"the refusal of {what}", holds, expected=target.api.InvalidTask.__name__, seen=repr(error))
