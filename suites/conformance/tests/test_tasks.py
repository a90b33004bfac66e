"""TSK: Tasks, the decorator that makes them, and their methods using() and call()."""

import os
from dataclasses import FrozenInstanceError
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import question, requirement
from taskgauge.suites.conformance.outcomes import NotApplicable, exception_of, refused, same, seen_through, true
from taskgauge.suites.conformance.probes.using_changes import ATTRIBUTES, LATER, attributes, changes
from taskgauge.suites.conformance.project import ALIAS
from taskgauge.suites.conformance.reconfigured import SECOND, TWO_QUEUES, reconfigured, with_project_task

TWO_OF_ALL = {ALIAS: TWO_QUEUES[ALIAS], SECOND: TWO_QUEUES[ALIAS]}


def _class_name(value: object) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"


@requirement("TSK-01")
@pytest.mark.parametrize("form", ["bare", "called", "with_options"])
def test_the_decorator_makes_a_task(target: TargetHarness, form: str) -> None:
    """`@task`, `@task()` and `@task(…)` make a Task."""
    task = getattr(target.tasks("decorated"), form)
    task_class = target.backend.task_class
    true(
        "the Task class",
        issubclass(task_class, target.api.Task),
        expected="Django's Task, or a subclass",
        seen=task_class,
    )
    name = f"an instance of {task_class.__module__}.{task_class.__qualname__}"
    true("what the decorator gives", isinstance(task, task_class), expected=name, seen=f"one of {_class_name(task)}")


@requirement("TSK-01")
def test_the_task_class_is_that_of_the_named_backend(target: TargetHarness) -> None:
    """Two aliases can have different Task classes."""
    functions = target.tasks("functions")
    with reconfigured({ALIAS: {}, SECOND: {}}), with_project_task(SECOND) as project:
        same("the backend of the alias default", type(target.backend), type(target.api.task_backends[ALIAS]))
        there = target.api.task(backend=SECOND)(functions.plain)
        here = target.api.task(functions.plain)
        true("the Task of `second`", isinstance(there, project.ProjectTask), seen=_class_name(there))
        true("the Task of `default`", not isinstance(here, project.ProjectTask), seen=_class_name(here))


@requirement("TSK-02")
@pytest.mark.parametrize("form", ["bare", "called"])
def test_defaults_of_the_decorator(target: TargetHarness, form: str) -> None:
    """Without options, a Task has the documented defaults."""
    task = getattr(target.tasks("decorated"), form)
    same("priority", task.priority, 0)
    same("queue_name", task.queue_name, "default")
    same("backend", task.backend, "default")
    same("takes_context", task.takes_context, False)
    same("run_after", task.run_after, None)


@requirement("TSK-03")
def test_options_go_by_keyword(target: TargetHarness) -> None:
    """A second positional argument raises TypeError."""
    plain = target.tasks("functions").plain
    refused("task(function, 0)", lambda: target.api.task(plain, 0), TypeError)


@requirement("TSK-03")
def test_run_after_is_no_option_of_the_decorator(target: TargetHarness) -> None:
    """`@task(run_after=…)` raises TypeError, because the time would be fixed at import."""
    import django  # noqa: PLC0415 -- settings first

    plain = target.tasks("functions").plain
    error = refused("@task(run_after=…)", lambda: target.api.task(run_after=LATER)(plain), TypeError)
    if django.VERSION >= (6, 1) and target.descriptor.framework == "django.tasks":
        true("the message", ".using(" in str(error), expected="it names .using()", seen=error)


@requirement("TSK-04")
def test_an_unknown_option_is_a_type_error(target: TargetHarness) -> None:
    """An option that is no field of the Task class raises TypeError."""
    plain = target.tasks("functions").plain
    refused("@task(unheard_of=1)", lambda: target.api.task(unheard_of=1)(plain), TypeError)


@requirement("TSK-04")
def test_an_option_of_the_task_class_is_passed_on(target: TargetHarness) -> None:
    """The decorator takes a further field of the Task class since 6.1, and refuses it before."""
    import django  # noqa: PLC0415 -- settings first

    plain = target.tasks("functions").plain
    with with_project_task():
        if django.VERSION >= (6, 1):
            same("label", target.api.task(label="given")(plain).label, "given")
            refused("@task(unheard_of=1)", lambda: target.api.task(unheard_of=1)(plain), TypeError)
        else:
            refused("@task(label='given')", lambda: target.api.task(label="given")(plain), TypeError)


@requirement("TSK-05")
@pytest.mark.parametrize("name", ATTRIBUTES)
def test_a_task_cannot_be_modified(target: TargetHarness, name: str) -> None:
    """Assigning any attribute raises, even with its own value."""
    task = target.tasks("decorated").bare
    before = attributes(task)
    refused(f"task.{name} = …", lambda: setattr(task, name, before[name]), FrozenInstanceError)
    refused(f"task.{name} = another", lambda: setattr(task, name, "another"), FrozenInstanceError)
    same("the task", attributes(task), before)


@requirement("TSK-06")
def test_using_changes_what_is_given_and_nothing_else(target: TargetHarness) -> None:
    """An argument of using() changes its attribute alone."""
    original = target.tasks("decorated").with_options
    before = attributes(original)
    with reconfigured(TWO_OF_ALL):
        for name, value in changes(target).items():
            changed = original.using(**{name: value})
            same(f"the class after using({name}=…)", type(changed), type(original))
            same(f"the task after using({name}=…)", attributes(changed), {**before, name: value})
            true(f"using({name}=…) gives a new Task", changed is not original, seen="the same one")
            same("the original afterwards", attributes(original), before)
        again = original.using()
        true("using() gives a new Task", again is not original, seen="the same one")


@requirement("TSK-06")
def test_chained_calls_of_using_accumulate(target: TargetHarness) -> None:
    """Chained calls give the same Task as one call with all arguments."""
    original = target.tasks("decorated").bare
    with reconfigured(TWO_OF_ALL):
        arguments = changes(target)
        task = original
        for name, value in arguments.items():
            task = task.using(**{name: value})
        same("the task after all", attributes(task), {**attributes(original), **arguments})
        same("all at once", attributes(original.using(**arguments)), attributes(task))


@requirement("TSK-07")
def test_none_keeps_the_value(target: TargetHarness) -> None:
    """An argument None keeps the earlier value."""
    with reconfigured(TWO_OF_ALL):
        for name, value in changes(target).items():
            changed = target.tasks("decorated").bare.using(**{name: value})
            same(f"{name} after using({name}=None)", getattr(changed.using(**{name: None}), name), value)
            same(f"{name} after using()", getattr(changed.using(), name), value)


@requirement("TSK-07")
def test_a_priority_of_zero_takes_effect(target: TargetHarness) -> None:
    """A priority of zero replaces an earlier priority."""
    task = target.tasks("decorated").bare
    if target.flag("supports_priority"):
        task = task.using(priority=5)
    same("priority", task.using(priority=0).priority, 0)


@requirement("TSK-08")
def test_a_field_of_the_projects_own_survives_using(target: TargetHarness) -> None:
    """The label stays after using() with an argument alone and with all."""
    with reconfigured(TWO_OF_ALL), with_project_task():
        labelled = target.tasks("labelled")
        arguments = changes(target)
        for name, value in arguments.items():
            same(f"label after using({name}=…)", labelled.labelled.using(**{name: value}).label, labelled.LABEL)
        task = labelled.labelled.using(**arguments)
        same("label after all", task.label, labelled.LABEL)
        same("class after all", type(task), type(labelled.labelled))


@question("DIS-20")
def test_a_field_of_the_projects_own_is_on_the_result(target: TargetHarness) -> None:
    """Record if `result.task` has the field, after enqueue() and after a look-up; no documentation says that it must.

    ENQ-06 and RES-06 judge the documented fields.
    """
    with with_project_task():
        labelled = target.tasks("labelled")
        if target.descriptor.pausable:
            target.backend.stop()  # this task need not run
        result = target.submit(labelled.labelled, invariants=False).result
        is_there = getattr(result.task, "label", None) == labelled.LABEL
        field = "a further field of a project's Task class"
        target.answer("DIS-20", f"{field}, by enqueue()", "kept" if is_there else "lost")
        target.answer("DIS-20", field, _kept(target, result, labelled.LABEL))


def _kept(target: TargetHarness, result: Any, label: str) -> str:
    """Return a word for the label of a look-up."""
    if not target.flag("supports_get_result"):
        return "cannot be looked up"
    try:
        return "kept" if getattr(target.lookups.get_result(str(result.id)).task, "label", None) == label else "lost"
    except Exception as error:
        return type(error).__name__


@requirement("TSK-09")
def test_the_name_is_the_functions(target: TargetHarness) -> None:
    """The name stays after using(), also if two modules have a function of the same name."""
    first, second = (target.tasks(module).namesake for module in ("same_name", "same_name_again"))
    same("name", target.tasks("decorated").bare.name, "bare")
    same("name in one module", first.using().name, "namesake")
    same("name in the other", second.name, "namesake")
    true("both", first != second, expected="two different tasks", seen="equal tasks")


@requirement("TSK-09")
def test_tasks_of_the_same_name_run_each_its_own_function(working: TargetHarness) -> None:
    """Tasks of two modules with the same name run in turn."""
    modules = ("same_name", "same_name_again")
    runs = [(module, working.submit(working.tasks(module).namesake)) for module in modules * 2]
    for module, run in runs:
        task = working.tasks(module)
        same("the module that ran", run.start()["module"], task.__name__)
        true("the task of the result", run.result.task.func is task.namesake.func, seen=run.result.task.func)
        if working.flag("supports_get_result") or working.runs == "inside":
            outcome = run.outcome()
            with seen_through("RES-06", partial(_check_looked_up_task, working)):
                true("the task by get_result()", outcome.task.func is task.namesake.func, seen=outcome.task.func)
            same("the value", outcome.return_value, "one" if module == "same_name" else "the other")


def _check_looked_up_task(target: TargetHarness) -> None:
    """Raise Deviation unless the result of a task whose name no other task has is looked up with its task."""
    note = target.tasks().note
    looked_up = target.observe_once(_observe_note).outcome().task
    true("the task by get_result()", looked_up.func is note.func, seen=looked_up.func)


def _observe_note(target: TargetHarness) -> Run:
    return target.submit(target.tasks().note)


@requirement("TSK-10")
@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("basic", "note"),
        ("decorated", "bare"),
        ("decorated", "called"),
        ("decorated", "with_options"),
        ("same_name", "namesake"),
        ("same_name_again", "namesake"),
    ],
)
def test_the_path_leads_to_the_task(target: TargetHarness, module: str, name: str) -> None:
    """Importing `module_path` gives the same Task object."""
    from django.utils.module_loading import import_string  # noqa: PLC0415 -- settings first

    task = getattr(target.tasks(module), name)
    same("module_path", task.module_path, f"taskgauge.suites.conformance.tasks.{module}.{name}")
    true("what the path leads to", import_string(task.module_path) is task, expected="the Task", seen="something else")
    same("module_path after using()", task.using(queue_name=task.queue_name).module_path, task.module_path)


@requirement("TSK-11")
def test_a_task_is_not_callable(target: TargetHarness) -> None:
    """Calling a Task raises TypeError and runs nothing."""
    key = target.submitted.new_key()
    refused("task(…)", lambda: target.tasks().give(key, 1), TypeError)
    same("what ran", target.events.records(key=key), [])


@requirement("TSK-11")
@pytest.mark.parametrize("asynchronous", [False, True], ids=["call", "acall"])
@pytest.mark.parametrize("module", ["basic", "coroutines"])
def test_call_runs_the_function_here(target: TargetHarness, module: str, *, asynchronous: bool) -> None:
    """The function runs in this process, its value comes back, and the backend sends no signal."""
    try:
        task = target.tasks(module).echo
    except target.api.InvalidTask as error:
        raise NotApplicable(f"there is no coroutine task to call: {error}") from error
    call = async_to_sync(task.acall) if asynchronous else task.call
    key = target.submitted.new_key()
    same("the value", call(key, 1, two=2), {"args": ["int:1"], "kwargs": {"two": "int:2"}})
    records = target.events.records(key=key)
    same("what was seen of it", [record["event"] for record in records], ["started", "finished"])
    same("the process", records[0]["pid"], os.getpid())


@requirement("TSK-12")
def test_tasks_compare_field_by_field(target: TargetHarness) -> None:
    """Tasks are equal if all fields are, and different if any field differs."""
    functions = target.tasks("functions")
    task, twin = (target.api.task(functions.plain) for _ in range(2))
    true("two Tasks of one function", task == twin, expected="equal", seen="different")
    true("using()", task.using() == task, expected="equal to the original", seen="different")
    true("Tasks of two functions", task != target.api.task(functions.other), expected="different", seen="equal")
    with_context = target.api.task(takes_context=True)(functions.with_context)
    without = target.api.task(functions.with_context)
    true("Tasks that differ in takes_context", with_context != without, expected="different", seen="equal")
    with reconfigured(TWO_OF_ALL):
        for name, value in changes(target).items():
            changed = task.using(**{name: value})
            true(f"Tasks that differ in {name}", changed != task, expected="different", seen="equal")
            true("the same change twice", changed == twin.using(**{name: value}), expected="equal", seen="different")
    if target.flag("supports_defer"):
        soon = task.using(run_after=LATER + timedelta(seconds=1))
        true("Tasks that differ in run_after", soon != task.using(run_after=LATER), expected="different", seen="equal")


@requirement("TSK-12")
def test_tasks_can_be_keys(target: TargetHarness) -> None:
    """Equal Tasks have the same hash."""
    functions = target.tasks("functions")
    task, twin = (target.api.task(functions.plain) for _ in range(2))
    error = exception_of(lambda: hash(task))
    true("hash() of a Task", error is None, expected="a number", seen=f"{type(error).__name__}: {error}")
    same("the hash of an equal Task", hash(twin), hash(task))
    same("what is found by an equal key", {task: "found"}.get(twin), "found")
    same("a set of two equal Tasks and another", len({task, twin, target.api.task(functions.other)}), 2)
