"""ASY: the asynchronous methods, and coroutines as tasks."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest

from taskgauge.suites.conformance.exact import unpack
from taskgauge.suites.conformance.harness.endings import ending_of
from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import requirement
from taskgauge.suites.conformance.outcomes import Deviation, Inconclusive, NotApplicable, same, seen_through, true
from taskgauge.suites.conformance.probes.changes_reported import check_function
from taskgauge.suites.conformance.probes.failing import observe_failures
from taskgauge.suites.conformance.probes.lifecycle import check_another_thread
from taskgauge.suites.conformance.project import ALIAS
from taskgauge.suites.conformance.reconfigured import SECOND, TWO_QUEUES, reconfigured
from taskgauge.suites.conformance.result_facts import facts_of, same_facts
from taskgauge.suites.conformance.tasks.errors_to_raise import ProjectError
from taskgauge.suites.conformance.tasks.values import KEYWORDS, UNSERIALISABLE
from taskgauge.suites.conformance.threads import in_a_thread

UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
_OF_THE_CALL = ("args", "kwargs", "backend")
"""Facts of a result that do not change while its task runs; those of its task are such facts too."""
_OF_EACH = ("id", "args", "enqueued_at", "finished_at")
"""Facts in which two results of the same task differ."""


def _await[Value](call: Callable[[], Awaitable[Value]]) -> Value:
    """Run the call in a new event loop; return its value or raise its exception."""

    async def inside() -> Value:
        return await call()

    return asyncio.run(inside())


@requirement("ASY-01")
def test_aenqueue_returns_a_result(target: TargetHarness) -> None:
    """`aenqueue()` of the Task and of the backend returns what enqueue() returns, which ENQ-01 and ENQ-06 judge."""
    echo = target.tasks().echo
    sync = target.submit(echo, (1,), name={"a": None})
    routes: dict[str, Callable[[str], Awaitable[Any]]] = {
        "Task.aenqueue(...)": lambda key: echo.aenqueue(key, (1,), name={"a": None}),
        "backend.aenqueue(task, args, kwargs)": lambda key: target.backend.aenqueue(
            echo, (key, (1,)), {"name": {"a": None}}
        ),
    }
    expected = _of_the_call(sync.result, sync.key, echo)
    for route, enqueue in routes.items():
        key = target.submitted.new_key()
        result = target.submitter.accept(key, _await(lambda: enqueue(key))).result  # noqa: B023 -- called at once
        same_facts(f"the result of {route}", _of_the_call(result, key, echo), expected)


def _of_the_call(result: Any, key: str, task: Any) -> dict[str, str]:
    """Return the type of a result, the facts that stay as enqueueing made them, and how its task compares."""
    facts = {name: text for name, text in facts_of(result).items() if name in _OF_THE_CALL or name.startswith("task.")}
    facts["args"] = facts["args"].replace(key, "key")
    return {"type": type(result).__qualname__, **facts, "task == the enqueued task": str(result.task == task)}


@requirement("ASY-01")
def test_arguments_of_aenqueue_reach_the_function(working: TargetHarness) -> None:
    """The function receives what it receives after enqueue(), which ENQ-02 judges."""
    receive = working.tasks("arguments").receive
    keys = [working.submitted.new_key() for _ in range(2)]
    sync = working.submitter.accept(keys[0], receive.enqueue(keys[0], "one", 2, **KEYWORDS))
    run = working.submitter.accept(keys[1], _await(lambda: receive.aenqueue(keys[1], "one", 2, **KEYWORDS)))
    with seen_through("ENQ-02", sync.start):
        got = run.start()
        expected = sync.start()
    same("positional arguments", unpack(got["values"]), unpack(expected["values"]))
    same("keyword arguments", unpack(got["named"]), unpack(expected["named"]))


@requirement("ASY-01")
def test_aenqueue_refuses_arguments_as_enqueue_does(target: TargetHarness) -> None:
    """`aenqueue()` raises the same exception as enqueue()."""
    receive = target.tasks("arguments").receive
    for name, make in UNSERIALISABLE.items():
        value = make()
        sync = _raised(lambda: receive.enqueue("refused", value))  # noqa: B023 -- called at once
        awaited = _raised(lambda: _await(lambda: receive.aenqueue("refused", value)))  # noqa: B023
        same(f"aenqueue() with {name}", awaited, sync)


@requirement("ASY-01")
def test_aenqueue_validates_as_enqueue_does(target: TargetHarness) -> None:
    """`aenqueue()` refuses a task of a queue that is no longer configured."""
    with reconfigured(TWO_QUEUES):
        task = target.tasks().note.using(queue_name=SECOND)
    key = target.submitted.new_key(invariants=False)  # VAL-04 judges what becomes of a refused task
    with reconfigured({ALIAS: {"QUEUES": ["default"]}}):
        sync = _raised(lambda: task.enqueue(key))
        awaited = _raised(lambda: _await(lambda: task.aenqueue(key)))
    same("aenqueue() of an invalid task", awaited, sync)


@requirement("ASY-01")
def test_results_are_looked_up_asynchronously(working: TargetHarness) -> None:
    """`Task.aget_result` and `backend.aget_result` return what get_result() returns in another thread."""
    _check_results_are_kept(working)
    give = working.tasks().give
    run = working.submit(give, [1, "two"])
    with contextlib.suppress(Deviation):  # other requirements judge the end of a task
        run.outcome()
    for name, sync, awaited in (
        ("Task.aget_result", lambda: give.get_result(run.id), lambda: give.aget_result(run.id)),
        (
            "backend.aget_result",
            lambda: working.backend.get_result(run.id),
            lambda: working.backend.aget_result(run.id),
        ),
    ):
        expected = _given(partial(in_a_thread, sync))
        with seen_through("RES-01", partial(check_another_thread, working)):
            same_facts(f"what {name} gives", _given(partial(_await, awaited)), expected)


@requirement("ASY-01")
def test_looking_up_raises_as_it_does_synchronously(target: TargetHarness) -> None:
    """An unknown id and the id of another task raise the same exceptions as get_result()."""
    _check_results_are_kept(target)
    note, echo = target.tasks().note, target.tasks().echo
    known = target.submit(echo).id
    for what, sync, awaited in (
        ("Task.aget_result(unknown)", lambda: note.get_result(UNKNOWN_ID), lambda: note.aget_result(UNKNOWN_ID)),
        (
            "backend.aget_result(unknown)",
            lambda: target.backend.get_result(UNKNOWN_ID),
            lambda: target.backend.aget_result(UNKNOWN_ID),
        ),
        ("Task.aget_result(of another)", lambda: note.get_result(known), lambda: note.aget_result(known)),
    ):
        with seen_through("RES-01", partial(check_another_thread, target)):
            same(what, _raised(partial(_await, awaited)), _raised(partial(in_a_thread, sync)))


@requirement("ASY-01")
def test_results_are_refreshed_asynchronously(working: TargetHarness) -> None:
    """`arefresh()` updates the result object as `refresh()` updates that of another such task."""
    _check_results_are_kept(working)
    give = working.tasks().give
    key = working.submitted.new_key()
    result = _await(lambda: give.aenqueue(key, {"a": 1}))
    sync = working.submit(give, {"a": 1})
    # Another requirement covers a refresh before the end.
    for run in (working.submitter.accept(key, result), sync):
        with contextlib.suppress(Deviation):  # other requirements judge the end of a task
            run.outcome()

    refreshed = _given(lambda: _await(result.arefresh) or result)
    expected = _given(lambda: in_a_thread(sync.result.refresh) or sync.result)
    with (
        seen_through("RES-09", lambda: same_facts("what refresh() gives", expected, _given(sync.look))),
        seen_through("RES-01", partial(check_another_thread, working)),
    ):
        same_facts("what arefresh() gives", refreshed, expected, but=_OF_EACH)


def _check_results_are_kept(target: TargetHarness) -> None:
    if not target.flag("supports_get_result"):
        raise NotApplicable("results cannot be looked up: supports_get_result is False")


def _given(call: Callable[[], Any]) -> dict[str, str]:
    """Return facts of the result that a call returns, or the exception that it raises."""
    names = ("id", "args", "kwargs", "backend", "attempts", "errors", "return_value", "enqueued_at", "finished_at")
    try:
        result = call()
        return {
            "type": type(result).__qualname__,
            "status": str(result.status),
            **{name: repr(getattr(result, name)) for name in names},
        }
    except Exception as error:  # get_result() may raise it as well
        return {"raised": type(error).__name__}


def _raised(call: Callable[[], object]) -> str:
    try:
        call()
    except Exception as error:
        return type(error).__name__
    return "nothing"


@requirement("ASY-01")
def test_tasks_are_enqueued_in_an_async_view(working: TargetHarness) -> None:
    """A view under the ASGI handler, which gives each request its own thread, can enqueue and look up."""
    from taskgauge.suites.conformance.probes.views import ask  # noqa: PLC0415 -- needs the settings

    key = working.submitted.new_key()
    enqueued = _await(lambda: ask(f"key={key}"))
    true("the view", "raised" not in enqueued, expected="an answer", seen=enqueued.get("raised"))
    run = working.submitter.follow(key, SimpleNamespace(id=enqueued["id"]))  # the view keeps the result
    working.waiter.settle([run])
    if working.flag("supports_get_result"):
        with seen_through("RES-01", partial(check_another_thread, working)):
            # Look up only after the end: another requirement covers earlier look-ups.
            run.outcome()
            looked_up = _await(lambda: ask(f"id={run.id}"))
            seen = looked_up.get("raised")
            with seen_through("RES-06", partial(check_function, run, working.tasks().note)):
                true("the view that looks up", "raised" not in looked_up, expected="an answer", seen=seen)
        same("the id that was found", looked_up["id"], run.id)


@requirement("ASY-02")
def test_a_coroutine_task_is_awaited(working: TargetHarness) -> None:
    """A coroutine task runs to its last line, and its return value is stored."""
    run = working.submit(working.tasks("coroutines").give, {"a": [1, 2.0]})
    run.end()
    if working.flag("supports_get_result") or working.runs == "inside":
        result = run.outcome()
        same("status", str(result.status), "SUCCESSFUL")
        same("return_value", result.return_value, {"a": [1, 2.0]})


@requirement("ASY-03")
@pytest.mark.parametrize("method", ["enqueue", "aenqueue"])
@pytest.mark.parametrize("module", ["coroutines", "basic"])
def test_both_kinds_are_enqueued_by_both_methods(working: TargetHarness, module: str, method: str) -> None:
    """`enqueue()` and `aenqueue()` accept coroutine tasks and sync tasks."""
    run = working.observe_once(observe_both_kinds)[module, method]
    true(f"{method}() of a task of {module}", isinstance(run, Run), expected="a result", seen=run)
    record = run.start()
    same("positional arguments", record["args"], ["str:'one'"])
    same("keyword arguments", record["kwargs"], {"two": "int:2"})
    run.end()


def observe_both_kinds(target: TargetHarness) -> dict[tuple[str, str], Any]:
    """Enqueue four tasks, by module and method; return each run, or the text of the exception."""
    calls: dict[str, Callable[..., Any]] = {
        "enqueue": lambda echo, key: echo.enqueue(key, "one", two=2),
        "aenqueue": lambda echo, key: _await(lambda: echo.aenqueue(key, "one", two=2)),
    }
    runs: dict[tuple[str, str], Any] = {}
    for module, method in product(("coroutines", "basic"), calls):
        key = target.submitted.new_key()
        try:
            runs[module, method] = target.submitter.accept(key, calls[method](target.tasks(module).echo, key))
        except Exception as error:  # the test of this pair reports it
            runs[module, method] = f"{type(error).__name__}: {error}"
    return runs


@requirement("ASY-04")
def test_a_coroutine_that_raises_fails(working: TargetHarness) -> None:
    """The error of a coroutine task is recorded like any other error."""
    run = working.observe_once(_observe_failing_coroutine)
    run.start()
    ending = ending_of(run)
    same("status", ending.status, "FAILED")
    with seen_through("ERR-02", lambda: _check_error_of_a_function(working)):
        same("exceptions", ending.errors, [f"{ProjectError.__module__}.{ProjectError.__qualname__}"])
    if not (working.flag("supports_get_result") or working.runs == "inside"):
        return
    result = run.outcome()
    same("is_finished", result.is_finished, True)
    true("finished_at", result.finished_at is not None, expected="a moment", seen="None")
    with seen_through("ERR-02", lambda: _check_error_of_a_function(working)):
        _check_error(result)


def _check_error_of_a_function(target: TargetHarness) -> None:
    """Raise Deviation unless a plain function's exception is recorded: then a coroutine's is not recorded either."""
    _check_error(target.observe_once(observe_failures)["ProjectError"].outcome())


def _check_error(result: Any) -> None:
    error = result.errors[-1]
    true("exception_class", error.exception_class is ProjectError, expected=ProjectError, seen=error.exception_class)


@requirement("ASY-04")
def test_a_coroutine_that_raises_has_its_traceback(working: TargetHarness) -> None:
    """The traceback of a coroutine task has the file, the function and the exception."""
    if not (working.flag("supports_get_result") or working.runs == "inside"):
        raise NotApplicable("no error can be looked up: supports_get_result is False")
    result = working.observe_once(_observe_failing_coroutine).outcome()
    plain = working.observe_once(observe_failures)["ProjectError"]
    with seen_through("ERR-03", lambda: _check_traceback(plain.outcome(), "basic.py")):
        _check_traceback(result, "coroutines.py")


def _observe_failing_coroutine(target: TargetHarness) -> Run:
    return target.submit(target.tasks("coroutines").fail, "ProjectError")


def _check_traceback(result: Any, file: str) -> None:
    text = str(result.errors[-1].traceback)
    for part in ("in fail", "of the project", file):
        true("traceback", part in text, expected=f"with {part!r}", seen=text[-300:])


@requirement("ASY-05")
def test_many_are_enqueued_by_gather(working: TargetHarness) -> None:
    """Of 200 concurrent calls, each accepted task runs once."""
    note = working.tasks().note
    keys = [working.submitted.new_key() for _ in range(200)]

    async def gather() -> list[Any]:
        return await asyncio.gather(*(note.aenqueue(key) for key in keys), return_exceptions=True)

    results = _await(gather)
    accepted = [pair for pair in zip(keys, results, strict=True) if not isinstance(pair[1], Exception)]
    if not accepted:
        raise Inconclusive(f"not one was accepted: {results[0]!r}"[:300])
    runs = [working.submitter.accept(key, result) for key, result in accepted]
    working.waiter.settle(runs)
    same("tasks run more than once", sum(len(run.starts()) > 1 for run in runs), 0)


@requirement("ASY-06")
def test_coroutine_tasks_use_the_database(working: TargetHarness) -> None:
    """Twenty coroutine tasks in sequence use Django's asynchronous database methods."""
    runs = [working.submit(working.tasks("coroutines").write_row) for _ in range(20)]
    working.waiter.settle(runs, "every coroutine reaches its last line")
    same("what they counted", {record["count"] for run in runs for record in run.ends()}, {1})
