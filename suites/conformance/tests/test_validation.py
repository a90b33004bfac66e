"""VAL: the tasks that a backend refuses, and the calls and exceptions that refuse them."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from taskgauge.backends.descriptors.worker import PreparationFailed, prepare
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import late, refusal, requirement
from taskgauge.suites.conformance.outcomes import (
    Deviation,
    NotApplicable,
    exception_of,
    refused,
    same,
    true,
)
from taskgauge.suites.conformance.probes.refusals import check_refused, refused_as_invalid
from taskgauge.suites.conformance.probes.using_changes import attributes
from taskgauge.suites.conformance.project import ALIAS, ONE
from taskgauge.suites.conformance.reconfigured import SECOND, TWO_QUEUES, reconfigured
from taskgauge.suites.conformance.remote_calls.setup_calls import what_is_seen
from taskgauge.suites.conformance.run_order import RunOrder

ONE_QUEUE = {ALIAS: {"QUEUES": ["default"]}}
ANY_QUEUE: dict[str, dict[str, list[str]]] = {ALIAS: {"QUEUES": []}}
SOON = datetime(2040, 1, 1, tzinfo=UTC)
NAIVE = datetime(2040, 1, 1)  # noqa: DTZ001 -- the test needs a naive time
PRIORITY_OUT_OF_RANGE = 1000

QUEUE_NAMES = {
    "64 characters": "q" * 64,
    "200 characters": "q" * 200,
    "letters beyond ASCII": "zażółć 日本",
    "a space": "two words",
    "a comma": "one,two",
    "a colon": "one:two",
}
"""Names that Django accepts and a store may refuse."""


@requirement("VAL-01")
@pytest.mark.parametrize("what", ["builtin", "bound method", "inner function", "Task"])
def test_only_functions_of_a_module_become_tasks(target: TargetHarness, what: str) -> None:
    """A Task cannot be made of an object that a worker could not import."""
    functions = target.tasks("functions")
    unsuitable: dict[str, Callable[[], Any]] = {
        "builtin": lambda: any,
        "bound method": lambda: functions.Holder().method,
        "inner function": functions.make_inner,
        "Task": lambda: target.tasks().note,
    }
    refused_as_invalid(target, f"a Task of a {what}", lambda: target.api.task()(unsuitable[what]()))


@requirement("VAL-01")
def test_a_task_of_an_inner_function_cannot_be_constructed(target: TargetHarness) -> None:
    """The Task class refuses it without the decorator."""
    task_class = target.backend.task_class
    options = {"priority": 0, "backend": ALIAS, "queue_name": "default", "run_after": None, "takes_context": False}
    inner = target.tasks("functions").make_inner()
    refused_as_invalid(target, "Task(func=…)", lambda: task_class(func=inner, **options))


@requirement("VAL-02")
def test_decorator_and_using_refuse_the_same(target: TargetHarness) -> None:
    """The decorator and every using() refuse what validate_task() refuses.

    Other requirements name the queues and priorities that must be refused.
    """
    task, make, plain = target.tasks("decorated").bare, target.api.task, target.tasks("functions").plain
    unsuitable: dict[str, Any] = {"queue_name": "third", "priority": PRIORITY_OUT_OF_RANGE}
    with reconfigured(TWO_QUEUES):
        after_one = task.using(queue_name=SECOND)
        places: dict[str, Callable[[dict[str, Any]], Any]] = {
            "the decorator": lambda options: make(**options)(plain),
            "using()": lambda options: task.using(**options),
            "another using()": lambda options: after_one.using(**options),
        }
        known = {name: value for name, value in unsuitable.items() if _is_invalid(target, {name: value})}
        if not known:
            raise NotApplicable("validate_task() refuses neither, which is said elsewhere")
        for place, call in places.items():
            seen = [name for name, value in known.items() if exception_of(partial(call, {name: value}))]
            same(f"what {place} refuses", seen, list(known))


def _is_invalid(target: TargetHarness, changes: dict[str, Any]) -> bool:
    """Return True if validate_task() refuses a task on which these attributes are set directly."""
    task = target.tasks("decorated").called
    changed = object.__new__(type(task))
    for name, value in {**attributes(task), **changes}.items():
        object.__setattr__(changed, name, value)
    return exception_of(lambda: target.backend.validate_task(changed)) is not None


@requirement("VAL-02")
def test_a_task_is_validated_by_its_own_backend(target: TargetHarness) -> None:
    """A queue of one alias is refused by the other alias."""
    task, plain = target.tasks("decorated").bare, target.tasks("functions").plain
    with reconfigured({**ONE_QUEUE, SECOND: TWO_QUEUES[ALIAS]}):
        if not _is_invalid(target, {"queue_name": SECOND}):
            raise NotApplicable("a queue that is not in QUEUES is not refused at all, which is said elsewhere")
        there = task.using(backend=SECOND, queue_name=SECOND)
        same("the queue", there.queue_name, SECOND)
        same("the decorated queue", target.api.task(backend=SECOND, queue_name=SECOND)(plain).queue_name, SECOND)
        refused_as_invalid(
            target, "using(backend='default') with a queue of the other", lambda: there.using(backend=ALIAS)
        )


def _enqueue_what_is_no_longer_valid(target: TargetHarness) -> dict[str, tuple[str, Exception | None]]:
    """Call both methods with a task that older settings allowed; return key and exception per method."""
    with reconfigured(TWO_QUEUES):
        task = target.tasks().note.using(queue_name=SECOND)
    seen: dict[str, tuple[str, Exception | None]] = {}
    with reconfigured(ONE_QUEUE):
        if not _is_invalid(target, {"queue_name": SECOND}):
            raise NotApplicable("a queue that is not in QUEUES is not refused at all, which is said elsewhere")
        for method, call in {"enqueue()": task.enqueue, "aenqueue()": async_to_sync(task.aenqueue)}.items():
            key, raised = target.submitted.new_key(), None
            try:
                call(key)
            except Exception as error:
                raised = error
                target.submitted.exclude(key)  # VAL-04 judges what becomes of it
            seen[method] = (key, raised)
    return seen


@requirement("VAL-03")
def test_enqueueing_validates_again(target: TargetHarness) -> None:
    """Enqueueing refuses a task that only older settings allowed."""
    for method, (_, error) in _enqueue_what_is_no_longer_valid(target).items():
        check_refused(target, f"{method} of a task whose queue is gone", error)


def _traces_of_refused(target: TargetHarness, until: Callable[[], object]) -> list[str]:
    """Return the events of refused tasks after calling `until`."""
    keys = [key for key, error in _enqueue_what_is_no_longer_valid(target).values() if error is not None]
    if not keys:
        raise NotApplicable("nothing was refused, which is said elsewhere")
    until()
    return [record["event"] for key in keys for record in target.events.records(key=key)]


@requirement("VAL-04")
def test_a_refused_task_sends_no_signal(target: TargetHarness) -> None:
    """A refused task sends no signal and does not run inside enqueue()."""
    same("what was seen of refused tasks", _traces_of_refused(target, lambda: None), [])


@requirement("VAL-04")
def test_a_refused_task_never_runs(working: TargetHarness) -> None:
    """Tasks that are enqueued later run; the refused task does not."""

    def run_others() -> None:
        for run in [working.submit(working.tasks().note) for _ in range(3)]:
            run.end()

    same("what was seen of refused tasks", _traces_of_refused(working, run_others), [])


@requirement("VAL-05")
def test_a_coroutine_function_is_accepted(target: TargetHarness) -> None:
    """The decorator accepts a coroutine function, as the flag says."""
    functions = target.tasks("functions")
    same("the function", target.api.task(functions.coroutine).func, functions.coroutine)


@refusal("supports_async_task", "VAL-05")
def test_a_coroutine_function_is_refused(target: TargetHarness) -> None:
    """The decorator refuses a coroutine function, as the flag says."""
    coroutine = target.tasks("functions").coroutine
    refused("@task on a coroutine function", lambda: target.api.task(coroutine), target.api.InvalidTask)


@requirement("VAL-06")
@pytest.mark.parametrize("name", ["without_parameters", "with_another_name", "with_args_only", "with_context_second"])
def test_the_first_parameter_must_be_the_context(target: TargetHarness, name: str) -> None:
    """The first parameter must have the name `context`."""
    function = getattr(target.tasks("functions"), name)
    task = target.api.task(takes_context=True)
    refused_as_invalid(target, f"@task(takes_context=True) on {name}", lambda: task(function))


@requirement("VAL-06")
def test_a_parameter_called_context_is_enough(target: TargetHarness) -> None:
    """A parameter `context` is enough, and not needed without takes_context."""
    functions = target.tasks("functions")
    same("takes_context", target.api.task(takes_context=True)(functions.with_context).takes_context, True)
    same("without", target.api.task(functions.with_another_name).takes_context, False)


@requirement("VAL-07")
@pytest.mark.parametrize("priority", [1, -1])
def test_a_priority_is_accepted(target: TargetHarness, priority: int) -> None:
    """The decorator and using() accept a priority, as the flag says."""
    plain = target.tasks("functions").plain
    same("using()", target.tasks().note.using(priority=priority).priority, priority)
    same("the decorator", target.api.task(priority=priority)(plain).priority, priority)


@refusal("supports_priority", "VAL-07")
def test_a_priority_is_refused(target: TargetHarness) -> None:
    """The decorator and using() refuse a priority other than zero, as the flag says."""
    note, plain, invalid = target.tasks().note, target.tasks("functions").plain, target.api.InvalidTask
    for priority in (1, -1, 100):
        refused(f"using(priority={priority})", partial(note.using, priority=priority), invalid)
        refused(f"@task(priority={priority})", partial(target.api.task, plain, priority=priority), invalid)
    same("using(priority=0)", note.using(priority=0).priority, 0)


@requirement("VAL-08")
@pytest.mark.parametrize("priority", [-101, 101, 3.1, -0.5, 10**6, float("inf"), float("-inf")])
def test_priorities_that_are_refused(target: TargetHarness, priority: float) -> None:
    """A priority that is out of range, or no whole number, is refused."""
    note, plain = target.tasks().note, target.tasks("functions").plain
    refused_as_invalid(target, f"using(priority={priority})", lambda: note.using(priority=priority))
    refused_as_invalid(target, f"@task(priority={priority})", lambda: target.api.task(priority=priority)(plain))


@requirement("VAL-08")
@pytest.mark.parametrize("priority", [-100, -99, 0, 99, 100])
def test_priorities_that_are_accepted(target: TargetHarness, priority: int) -> None:
    """Both ends of the range are accepted."""
    same("priority", target.tasks().note.using(priority=priority).priority, priority)


@requirement("VAL-09")
def test_a_time_is_accepted(target: TargetHarness) -> None:
    """`using()` accepts run_after, as the flag says."""
    same("run_after", target.tasks().note.using(run_after=SOON).run_after, SOON)


@refusal("supports_defer", "VAL-09")
def test_a_time_is_refused(target: TargetHarness) -> None:
    """`using()` refuses future and past times, as the flag says."""
    note, now = target.tasks().note, datetime.now(UTC)
    for moment in (SOON, now, now - timedelta(days=1)):
        refused("using(run_after=…)", partial(note.using, run_after=moment), target.api.InvalidTask)


@requirement("VAL-10")
def test_a_naive_time_is_refused(target: TargetHarness) -> None:
    """`using()` refuses a naive time if USE_TZ is on."""
    from django.test import override_settings  # noqa: PLC0415 -- settings first

    note = target.tasks().note
    with override_settings(USE_TZ=True):
        refused_as_invalid(target, "using(run_after=…) without a time zone", lambda: note.using(run_after=NAIVE))


@requirement("VAL-11")
def test_a_queue_must_be_one_of_queues(target: TargetHarness) -> None:
    """`using()` refuses a queue that QUEUES does not name."""
    note = target.tasks().note
    with reconfigured(TWO_QUEUES):
        same("queue_name", note.using(queue_name=SECOND).queue_name, SECOND)
        for name in ("third", "Second"):
            refused_as_invalid(target, f"using(queue_name={name!r})", partial(note.using, queue_name=name))


@requirement("VAL-11")
def test_an_empty_queues_takes_any_name(target: TargetHarness) -> None:
    """QUEUES = [] turns the check off, as documented."""
    plain, note = target.tasks("functions").plain, target.tasks().note
    with reconfigured(ANY_QUEUE):
        for name in ("default", "third"):
            try:
                tasks = (note.using(queue_name=name), target.api.task(queue_name=name)(plain))
            except target.api.InvalidTask as error:
                raise Deviation(
                    f"queue {name!r} with QUEUES = []", expected="accepted", seen=f"refused: {error}"
                ) from error
            same("queue_name", [task.queue_name for task in tasks], [name, name])


@requirement("VAL-12")
@late(RunOrder.WRONG_SETTINGS)
@pytest.mark.parametrize("what", QUEUE_NAMES)
def test_what_a_backend_cannot_take_is_an_invalid_task(target: TargetHarness, what: str) -> None:
    """A queue of an unusual name is accepted or refused as invalid.

    A name that the backend's check reports, or that the preparation of its store refuses, is no valid setting.
    The test is late and without a worker, because an accepted task could stop a worker that has no such queue.
    """
    if target.runs != "never":
        target.workers.stop()
    name = QUEUE_NAMES[what]
    seen = _seen_with_queue(target, name)
    if seen["failed"] and target.descriptor.prepare:
        _prepare_queue(target, name)
        seen = _seen_with_queue(target, name)
    true(f"a queue name with {what}", not seen["failed"], expected="accepted, or InvalidTask", seen=seen["failed"])


def _seen_with_queue(target: TargetHarness, name: str) -> dict[str, str]:
    return what_is_seen({"QUEUES": [name, "default"]}, key=target.submitted.new_key(), queue=name)


def _prepare_queue(target: TargetHarness, name: str) -> None:
    """Prepare the store for a queue, as a user who adds it does; raise NotApplicable if the preparation refuses it."""
    module = "taskgauge_queue_names"
    queues = {"QUEUES": [name, "default"]}
    source = f"from {ONE} import *\n\nTASKS = {{{ALIAS!r}: {{**TASKS[{ALIAS!r}], **{queues!r}}}}}\n"
    (target.project.folder / f"{module}.py").write_text(source, encoding="utf-8")
    environment = {**os.environ, **target.project.environment, "DJANGO_SETTINGS_MODULE": module}
    try:
        prepare(target.descriptor, environment)
    except PreparationFailed as error:
        raise NotApplicable(f"the store cannot be prepared for a queue of this name: {error}") from error
