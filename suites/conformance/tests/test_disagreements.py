"""DIS: the side that a target takes where Django's documentation, its code and DEP 14 disagree; never judged.

`test_disagreements_at_work` records points that need workers.
"""

import inspect
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from typing import Any

import pytest

from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import question
from taskgauge.suites.conformance.project import ALIAS
from taskgauge.suites.conformance.reconfigured import ABSENT, SECOND, reconfigured

NOWHERE = "taskgauge.nowhere.Backend"
NAIVE = datetime(2040, 1, 1)  # noqa: DTZ001 -- the test needs a naive time


def _raised(call: Callable[[], object], otherwise: str = "accepted") -> tuple[str, str]:
    """Return name and text of the exception that the call raises, or `otherwise` and an empty text."""
    try:
        call()
    except Exception as error:
        return type(error).__name__, str(error)[:300]
    return otherwise, ""


def _record(
    target: TargetHarness, name: str, aspect: str, call: Callable[[], object], otherwise: str = "accepted"
) -> None:
    target.answer(name, aspect, *_raised(call, otherwise))


@question("DIS-01")
@pytest.mark.parametrize("use_tz", [True, False])
def test_a_timedelta_as_run_after(target: TargetHarness, use_tz: bool) -> None:
    """A timedelta is documented as relative to now."""
    from django.test import override_settings  # noqa: PLC0415 -- settings first

    with override_settings(USE_TZ=use_tz):
        note = target.tasks().note
        _record(target, "DIS-01", f"USE_TZ = {use_tz}", lambda: note.using(run_after=timedelta(hours=1)))


@question("DIS-02")
@pytest.mark.parametrize("use_tz", [True, False])
def test_a_naive_run_after(target: TargetHarness, use_tz: bool) -> None:
    """A naive datetime is documented as refused."""
    from django.test import override_settings  # noqa: PLC0415 -- settings first

    with override_settings(USE_TZ=use_tz):
        note = target.tasks().note
        _record(target, "DIS-02", f"USE_TZ = {use_tz}", lambda: note.using(run_after=NAIVE))


@question("DIS-04")
def test_an_argument_that_json_cannot_hold(target: TargetHarness) -> None:
    """Record the exception and its text."""

    def enqueue() -> None:
        target.submit(target.tasks().note, datetime.now(UTC), invariants=False)

    _record(target, "DIS-04", "a datetime", enqueue)


@question("DIS-08")
def test_where_task_error_is(target: TargetHarness) -> None:
    """Record if TaskError is in the documented module or only in its `base`."""
    framework = target.descriptor.framework
    there = hasattr(import_module(framework), "TaskError")
    target.answer("DIS-08", "imported from", framework if there else f"{framework}.base only")


@question("DIS-09")
def test_what_a_check_makes_of_wrong_settings(target: TargetHarness) -> None:
    """Record the system checks for a backend that cannot be imported, and for no alias `default`."""
    from django.core.checks import registry, run_checks  # noqa: PLC0415 -- settings first

    def check() -> None:
        if messages := [message for message in run_checks() if message.is_serious()]:
            raise _Reported("; ".join(str(message.msg) for message in messages))

    with reconfigured({ALIAS: {"BACKEND": NOWHERE}}):
        target.answer("DIS-09", "BACKEND cannot be imported", *_as_word(_raised(check, "nothing said")))
    with reconfigured({SECOND: {}}):
        target.answer("DIS-09", "no alias `default`", *_as_word(_raised(check, "nothing said")))
    framework, checks = target.descriptor.framework, registry.registry.get_checks()
    of_tasks = [check for check in checks if check.__module__.startswith(framework)]
    tags = sorted({tag for check in of_tasks for tag in getattr(check, "tags", ())})
    target.answer("DIS-09", "tags of its checks", ", ".join(tags) or "none")


class _Reported(Exception):
    """A system check reports a serious message."""


def _as_word(raised: tuple[str, str]) -> tuple[str, str]:
    name, text = raised
    return ("reported" if name == _Reported.__name__ else name), text


@question("DIS-10")
def test_django_or_the_proposal(target: TargetHarness) -> None:
    """Record points in which Django differs from DEP 14."""
    api, task = target.api, target.tasks().note
    framework = import_module(target.descriptor.framework)
    run = target.submit(task)
    points = {
        "a Task is callable": callable(task),
        "status SUCCESSFUL, not COMPLETE": "SUCCESSFUL" in api.TaskResultStatus.values,
        "a result has `result`": hasattr(type(run.result), "result"),
        "a result has `return_value`": hasattr(type(run.result), "return_value"),
        "the wrong task is TaskResultMismatch": hasattr(api.exceptions, "TaskResultMismatch"),
        "enqueue(task, args, kwargs)": list(inspect.signature(target.backend.enqueue).parameters)
        == ["task", "args", "kwargs"],
        "the handler is `task_backends`": hasattr(framework, "task_backends"),
        "a backend has close()": hasattr(target.backend, "close"),
        "a backend has supports_coroutine_tasks()": hasattr(target.backend, "supports_coroutine_tasks"),
    }
    for aspect, holds in points.items():
        target.answer("DIS-10", aspect, "yes" if holds else "no")
    target.answer("DIS-10", "`args` of a result", type(run.result.args).__name__)
    with reconfigured({ALIAS: {"QUEUES": ABSENT}}):
        _record(target, "DIS-10", "another queue without QUEUES", lambda: task.using(queue_name="other"))


@question("DIS-11")
@pytest.mark.parametrize("backend", [ABSENT, ""], ids=["none", "empty"])
def test_tasks_without_backend(target: TargetHarness, backend: object) -> None:
    """BACKEND is documented as an empty text by default."""
    with reconfigured({ALIAS: {"BACKEND": backend}}):
        aspect = "no BACKEND" if backend is ABSENT else "BACKEND is empty"
        _record(target, "DIS-11", aspect, lambda: target.api.task_backends[ALIAS])


@question("DIS-12")
def test_tasks_without_default(target: TargetHarness) -> None:
    """The alias `default` is documented as required."""
    plain = target.tasks("functions").plain
    with reconfigured({SECOND: {}}):
        _record(target, "DIS-12", "`@task` without `backend=`", lambda: target.api.task(plain))
        _record(target, "DIS-12", "`@task(backend=…)` of the other", lambda: target.api.task(backend=SECOND)(plain))


@question("DIS-14")
def test_functions_that_are_half_a_modules(target: TargetHarness) -> None:
    """Record if a Task can be made of a function in a class body and of a lambda."""
    functions = target.tasks("functions")
    _record(target, "DIS-14", "a function in a class body", lambda: target.api.task(functions.Holder.in_class))
    _record(target, "DIS-14", "a lambda of the module", lambda: target.api.task(functions.nameless))


@question("DIS-15")
def test_context_by_keyword_only(target: TargetHarness) -> None:
    """Record if validation accepts a keyword-only context, and the effect of a call."""
    function = target.tasks("functions").with_context_by_keyword
    tasks: list[Any] = []
    _record(target, "DIS-15", "validation", lambda: tasks.append(target.api.task(takes_context=True)(function)))
    for task in tasks:
        _record(target, "DIS-15", "call(context)", partial(task.call, "the context"), "called")


@question("DIS-16")
@pytest.mark.parametrize("priority", [True, 1.0, "5", float("nan")], ids=["True", "1.0", "a text", "NaN"])
def test_types_of_a_priority(target: TargetHarness, priority: Any) -> None:
    """Record priorities that are not whole numbers."""
    kept: list[str] = []
    word, text = _raised(lambda: kept.append(repr(target.tasks().note.using(priority=priority).priority)))
    target.answer("DIS-16", repr(priority), word, text or f"kept as {kept[0]}")


@question("DIS-17")
def test_the_length_of_an_id(target: TargetHarness) -> None:
    """An id is documented as shorter than 64 characters."""
    run = target.submit(target.tasks().note)
    target.answer("DIS-17", "characters", len(run.id), run.id)


@question("DIS-20")
def test_names_that_are_not_documented(target: TargetHarness) -> None:
    """Record the undocumented names that backends use and that are missing."""
    task, backend, result = target.tasks().note, target.backend, target.submit(target.tasks().note).result
    names: dict[str, tuple[object, tuple[str, ...]]] = {
        "TaskResult": (result, ("args", "kwargs")),
        "Task": (task, ("func", "takes_context", "module_path", "call", "acall", "get_backend")),
        "the backend": (backend, ("alias", "queues", "check")),
        "TaskError": (target.api.TaskError(exception_class_path="", traceback=""), ("exception_class_path",)),
    }
    for owner, (value, expected) in names.items():
        missing = [name for name in expected if not hasattr(value, name)]
        target.answer("DIS-20", f"names of {owner}", f"without {', '.join(missing)}" if missing else "all there")


@question("DIS-21")
def test_closing(target: TargetHarness) -> None:
    """Record if backends and their handler can be closed; do not close the backend, because tests follow."""
    can = hasattr(target.backend, "close")
    target.answer("DIS-21", "close()", "there" if can else "none")
    if not can:
        _record(target, "DIS-21", "task_backends.close_all()", target.api.task_backends.close_all)


@question("DIS-22")
def test_what_a_tasks_backend_names(target: TargetHarness) -> None:
    """Record if `Task.backend` is an alias of TASKS, and if a path is accepted."""
    note = target.tasks().note
    target.answer("DIS-22", "Task.backend", "an alias" if note.backend == ALIAS else "something else", note.backend)
    _record(target, "DIS-22", "a path instead", lambda: note.using(backend=target.descriptor.backend))


@question("DIS-23")
def test_how_far_a_result_cannot_be_modified(target: TargetHarness) -> None:
    """Record changes to fields, lists and unknown attributes of a result, and its hash."""
    result = target.submit(target.tasks().note).result

    def change_list() -> None:
        result.worker_ids.append("another")
        result.worker_ids.pop()

    _record(target, "DIS-23", "set a field", lambda: setattr(result, "status", result.status))
    _record(target, "DIS-23", "change a list in place", change_list)
    _record(target, "DIS-23", "set an attribute that it does not have", lambda: setattr(result, "unheard_of", 1))
    _record(target, "DIS-23", "hash()", lambda: hash(result), "hashable")
