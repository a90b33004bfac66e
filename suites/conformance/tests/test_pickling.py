"""PKL: Tasks and results through pickle, since Django 6.1."""

import pickle
from typing import Any

import pytest

from taskgauge.suites.conformance.harness.pausing import gate_file
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import requirement
from taskgauge.suites.conformance.outcomes import Deviation, NotApplicable, exception_of, refused, same, true
from taskgauge.suites.conformance.probes.refusals import refused_as_invalid
from taskgauge.suites.conformance.probes.using_changes import attributes, changes
from taskgauge.suites.conformance.project import ALIAS
from taskgauge.suites.conformance.reconfigured import SECOND, TWO_QUEUES, reconfigured, with_project_task
from taskgauge.suites.conformance.remote_calls.setup_calls import packed

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
SHOWS_RUNNING = 3.0
"""Seconds until a look-up is expected to show RUNNING; another requirement judges it."""


def _again(what: str, value: Any, protocol: int = pickle.DEFAULT_PROTOCOL) -> Any:
    try:
        return pickle.loads(pickle.dumps(value, protocol))
    except Exception as error:
        seen = f"{type(error).__name__}: {error}"[:300]
        raise Deviation(f"pickling {what} with protocol {protocol}", expected="an equal object", seen=seen) from error


@pytest.fixture(autouse=True)
def _framework_that_pickles(target: TargetHarness) -> None:
    """Raise NotApplicable if the backend uses a backport that, like Django 6.0, cannot pickle a Task."""
    if target.descriptor.framework != "django.tasks" and exception_of(lambda: pickle.dumps(target.tasks().note)):
        raise NotApplicable(f"{target.descriptor.framework} cannot pickle a Task, as Django 6.0 cannot")


@requirement("PKL-01")
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_task_comes_back_equal(target: TargetHarness, protocol: int) -> None:
    """A Task is equal after pickling: plain, with context, and after using()."""
    tasks = target.tasks("decorated")
    with reconfigured({ALIAS: TWO_QUEUES[ALIAS], SECOND: TWO_QUEUES[ALIAS]}):
        for what, task in {
            "a Task": tasks.bare,
            "a Task that takes the context": tasks.with_options,
            "a Task after using()": tasks.with_options.using(**changes(target)),
        }.items():
            loaded = _again(what, task, protocol)
            same(f"class of {what}", type(loaded), type(task))
            same(f"attributes of {what}", attributes(loaded), attributes(task))
            true(what, loaded == task, expected="equal to what comes back", seen="different")
            true(f"the function of {what}", loaded.func is task.func, expected="the very same", seen="another")


def _check_result(what: str, result: Any) -> None:
    for protocol in (pickle.DEFAULT_PROTOCOL, pickle.HIGHEST_PROTOCOL):
        loaded = _again(what, result, protocol)
        same(f"class of {what}", type(loaded), type(result))
        same(f"status of {what}", loaded.status, result.status)
        same(f"errors of {what}", loaded.errors, result.errors)
        if str(result.status) == "SUCCESSFUL":
            same(f"return value of {what}", loaded.return_value, result.return_value)
        true(what, loaded == result, expected="equal to what comes back", seen=f"different: {loaded}"[:300])


@requirement("PKL-02")
def test_an_enqueued_result_comes_back_equal(target: TargetHarness) -> None:
    """The result of enqueue() and of a look-up is equal after pickling."""
    run = target.submit(target.tasks().give, [1, {"two": 2.5}])
    _check_result("the enqueued result", run.result)
    if target.flag("supports_get_result") and exception_of(run.look) is None:
        _check_result("a result that was looked up", run.look())


@requirement("PKL-02")
def test_a_finished_result_comes_back_equal(working: TargetHarness) -> None:
    """A finished result with a value, or with an error, is equal after pickling."""
    _need_results(working)
    tasks = working.tasks()
    succeeded, failed = working.submit(tasks.give, [1, {"two": 2.5}]), working.submit(tasks.fail, "ValueError")
    for what, run, status in (("a value", succeeded, "SUCCESSFUL"), ("an error", failed, "FAILED")):
        outcome = run.outcome()
        same(f"status of a result with {what}", str(outcome.status), status)
        _check_result(f"a result with {what}", outcome)


@requirement("PKL-02")
def test_a_running_result_comes_back_equal(working: TargetHarness) -> None:
    """A result that is looked up while the task waits is equal after pickling."""
    if working.runs == "inside":
        raise NotApplicable("tasks run inside enqueue(), so none can be looked up while it runs")
    _need_results(working)
    with gate_file(working) as gate:
        run = working.submit(working.tasks().wait, str(gate))
        run.start()
        seen: list[Any] = []

        def shows_running() -> bool:
            try:
                seen[:] = [run.look()]
            except working.api.TaskResultDoesNotExist:
                return False  # another requirement covers this
            return str(seen[0].status) == "RUNNING"

        try:
            working.waiter.wait_for(shows_running, "the result is RUNNING", SHOWS_RUNNING)
        except Deviation as deviation:
            raise NotApplicable("its look-ups do not show RUNNING") from deviation
        _check_result("a running result", seen[0])
    run.outcome()


def _need_results(target: TargetHarness) -> None:
    if target.runs != "inside" and not target.flag("supports_get_result"):
        raise NotApplicable("results cannot be looked up: supports_get_result is False")


@requirement("PKL-03")
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_task_class_of_the_project_keeps_its_field(target: TargetHarness, protocol: int) -> None:
    """The label and the class are the same after pickling."""
    with with_project_task() as project:
        task = target.tasks("labelled").labelled
        same("class before", type(task), project.ProjectTask)
        loaded = _again("a Task of the project's own class", task, protocol)
        same("class", type(loaded), project.ProjectTask)
        same("label", loaded.label, task.label)
        true("the Task", loaded == task, expected="equal to what comes back", seen="different")


@requirement("PKL-04")
def test_what_was_pickled_works_in_another_process(target: TargetHarness) -> None:
    """Another process enqueues the Task, and looks up and refreshes the result if it can see results."""
    key, task = target.submitted.new_key(invariants=False), target.tasks().note
    run = target.submit(task)
    found_here = target.flag("supports_get_result") and exception_of(lambda: task.get_result(run.id)) is None
    there = target.runs == "worker" and found_here
    result = run.result if there else None
    remote_call = "taskgauge.suites.conformance.remote_calls.setup_calls:unpickled"
    seen = target.run_in_subprocess(remote_call, key, packed(task, result))
    same("the function is its module's", seen["same function"], True)
    same("the Task is equal to its module's", seen["equal"], True)
    true("enqueueing there", seen["id"], expected="a result with an id", seen=repr(seen["id"]))
    if there:
        same("the id found there", seen["found"], run.id)
        true("the status after refresh()", seen["status"], expected="a status", seen=repr(seen["status"]))
        same(
            "the id of what was enqueued there, looked up here",
            str(target.lookups.get_result(seen["id"]).id),
            seen["id"],
        )


@requirement("PKL-05")
def test_a_path_that_is_no_task_is_a_value_error(target: TargetHarness) -> None:
    """Unpickling raises ValueError if the path leads to a function."""
    task = target.api.task(target.tasks("functions").plain)
    error = refused("unpickling it", lambda: pickle.loads(pickle.dumps(task)), ValueError)
    true("the message", task.module_path in str(error), expected=f"it names {task.module_path}", seen=error)


@requirement("PKL-05")
def test_a_path_that_is_gone_is_a_value_error(target: TargetHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unpickling raises ValueError if the Task no longer exists."""
    module = target.tasks("decorated")
    task = module.bare
    content = pickle.dumps(task)
    monkeypatch.delattr(module, "bare")
    error = refused("unpickling it", lambda: pickle.loads(content), ValueError)
    true("the message", task.module_path in str(error), expected=f"it names {task.module_path}", seen=error)


@requirement("PKL-06")
def test_unpickling_validates_alias_and_queue(target: TargetHarness) -> None:
    """Unpickling refuses a queue and an alias that are no longer configured."""
    task = target.tasks("decorated").bare
    with reconfigured({ALIAS: TWO_QUEUES[ALIAS], SECOND: {}}):
        in_second_queue = pickle.dumps(task.using(queue_name=SECOND))
        of_second_alias = pickle.dumps(task.using(backend=SECOND))
    with reconfigured({ALIAS: {"QUEUES": ["default"]}}):
        if exception_of(lambda: task.using(queue_name=SECOND)):  # another requirement covers using()
            refused_as_invalid(target, "a queue that is gone", lambda: pickle.loads(in_second_queue))
        refused("an alias that is gone", lambda: pickle.loads(of_second_alias), target.api.InvalidTaskBackend)


@requirement("PKL-06")
def test_unpickling_validates_flags(target: TargetHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unpickling refuses a priority if priorities are no longer supported."""
    if not target.flag("supports_priority"):
        raise NotApplicable("supports_priority is False")
    task = target.tasks("decorated").bare
    content = pickle.dumps(task.using(priority=5))
    try:
        monkeypatch.setattr(target.backend, "supports_priority", False)
    except AttributeError as error:
        raise NotApplicable(f"the flag cannot be changed: {error}") from error
    if exception_of(lambda: task.using(priority=5)) is None:
        raise NotApplicable("a priority that is not supported is not refused at all, which is said elsewhere")
    refused_as_invalid(target, "a priority that is not supported", lambda: pickle.loads(content))


@requirement("PKL-07")
def test_before_6_1_nothing_depends_on_pickling(target: TargetHarness) -> None:
    """Pickling a Task raises PicklingError or gives an equal Task; enqueue() accepts tasks either way."""
    task = target.tasks("decorated").bare
    for what, value in {"a Task": task, "a result": _accepted(target, task)}.items():
        try:
            content = pickle.dumps(value)
        except pickle.PicklingError:
            continue
        except Exception as error:
            seen = f"{type(error).__name__}: {error}"[:300]
            raise Deviation(f"pickling {what}", expected="PicklingError, or a pickle", seen=seen) from error
        true(
            f"{what} that can be pickled",
            pickle.loads(content) == value,
            expected="it comes back equal",
            seen="different",
        )


def _accepted(target: TargetHarness, task: Any) -> Any:
    try:
        return target.submit(task).result
    except Exception as error:
        seen = f"{type(error).__name__}: {error}"[:300]
        raise Deviation("enqueueing where Tasks cannot be pickled", expected="a result", seen=seen) from error
