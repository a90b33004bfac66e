"""Questions about changing an object: assignment, replacement, refresh."""

import copy
import dataclasses
from typing import Any

from taskgauge.suites.shapes.behaviour.backend import ALIAS, keeping
from taskgauge.suites.shapes.behaviour.objects import RETURN_VALUE, home_of, result_in, settle_task
from taskgauge.suites.shapes.behaviour.question import (
    Answer,
    Question,
    expect,
    no,
    not_applicable,
    refused,
    works,
    yes,
)
from taskgauge.suites.shapes.behaviour.requirements import RES_09, RES_11, RESULT_FIELDS, TSK_05, assignable, refusals
from taskgauge.suites.shapes.variants import Variant
from taskgauge.suites.shapes.variants.django_classes import fields_of
from taskgauge.suites.shapes.variants.tasks import new_task

TASK_FIELDS = tuple(field.name for field in fields_of("Task"))


def _assignment(obj: Any, names: tuple[str, ...]) -> Answer:
    if accepted := assignable(obj, names):
        return no(f"accepted for {', '.join(accepted)}")
    return yes(", ".join(sorted({type(error).__name__ for error in refusals(obj, names)})))


def task_assignment(variant: Variant) -> Answer:
    """Answer by assignment to every field of a Task."""
    return _assignment(variant.tasks.add, TASK_FIELDS)


def result_assignment(variant: Variant) -> Answer:
    """Answer by assignment to every field of a TaskResult."""
    return _assignment(result_in(variant, "SUCCESSFUL"), RESULT_FIELDS)


def misspelt_attribute(variant: Variant) -> Answer:
    """Answer by assignment to an attribute that neither class has."""
    answers = [
        refused(lambda obj=obj: setattr(obj, "misspelt", 1))  # type: ignore[misc]
        for obj in (new_task(variant.Task, variant.tasks.add.func), result_in(variant, "READY"))
    ]
    return next((answer for answer in answers if answer.answer == "no"), answers[0])


def object_setattr(variant: Variant) -> Answer:
    """Set a status as Django's own backends do on a frozen object."""
    result = result_in(variant, "READY")

    def assign() -> None:
        object.__setattr__(result, "status", variant.TaskResultStatus.RUNNING)
        expect(result.status == variant.TaskResultStatus.RUNNING, "the status is what it was")

    return works(assign)


def decorator_in_place(variant: Variant) -> Answer:
    """Apply a decorator that changes the Task which another decorator made."""

    def urgent(task: Any) -> Any:
        task.priority = 5
        return task

    def decorate() -> None:
        task = settle_task(home_of(variant), "urgent", lambda function: urgent(new_task(variant.Task, function)))
        expect(task.priority == 5, "the priority is what it was")

    return works(decorate)


def refresh_in_place(variant: Variant) -> Answer:
    """Refresh a result from its backend's store, and check the same object."""
    with keeping(variant) as backend:
        task = variant.tasks.add.using(backend=ALIAS)
        result = task.enqueue(1, right=2)
        backend.keep(result_in(variant, "SUCCESSFUL", task, result.id))
        returned = result.refresh()
        if result.is_finished:
            return yes()
        fresh = getattr(returned, "is_finished", False)
        return no("refresh() returns a replacement" if fresh else "refresh() leaves the object as it was")


def replace_keeps_return_value(variant: Variant) -> Answer:
    """Change a copy by the function that the shape's library documents."""
    return _keeps_return_value(variant, variant.replace)


def _keeps_return_value(variant: Variant, replace: Any) -> Answer:
    replaced = replace(result_in(variant, "SUCCESSFUL"), backend="other")
    if replaced.backend != "other":
        return no(f"the copy's backend is {replaced.backend!r}")
    if replaced.return_value == RETURN_VALUE:
        return yes()
    return no(f"return_value becomes {replaced.return_value!r}")


def copy_replace(variant: Variant) -> Answer:
    """Call copy.replace, which is new in Python 3.13."""
    return _with_copy_replace(variant, lambda _replace: yes())


def copy_replace_keeps_return_value(variant: Variant) -> Answer:
    """Call copy.replace on a finished result."""
    return _with_copy_replace(variant, lambda replace: _keeps_return_value(variant, replace))


def _with_copy_replace(variant: Variant, then: Any) -> Answer:
    replace = getattr(copy, "replace", None)
    if replace is None:
        return not_applicable("copy.replace came with Python 3.13")
    try:
        replaced = replace(result_in(variant, "READY"), backend="other")
    except Exception as error:
        return no(error)
    if replaced.backend != "other":
        return no(f"the copy's backend is {replaced.backend!r}")
    answer: Answer = then(replace)
    return answer


def dataclass_fields(variant: Variant) -> Answer:
    """List the fields by dataclasses.fields."""
    try:
        names = {field.name for field in dataclasses.fields(variant.TaskResult)}
    except TypeError as error:
        return no(error)
    missing = [name for name in RESULT_FIELDS if name not in names]
    return no(f"without {', '.join(missing)}") if missing else yes()


def deepcopy_equal(variant: Variant) -> Answer:
    """Copy a result as Django's DummyBackend does before it returns a result."""
    result = result_in(variant, "SUCCESSFUL")

    def duplicate() -> None:
        copied = copy.deepcopy(result)
        expect(copied == result, "the copy differs")
        expect(copied.worker_ids is not result.worker_ids, "the copy shares a list")

    return works(duplicate)


def deepcopy_shares_task(variant: Variant) -> Answer:
    """Check which Task a deep copy of a result has."""
    result = result_in(variant, "SUCCESSFUL")
    return works(lambda: expect(copy.deepcopy(result).task is result.task, "the copy has a Task of its own"))


QUESTIONS = (
    Question(
        id="task-assignment-refused",
        text="Is assignment to a Task's fields refused?",
        ask=task_assignment,
        requirement=TSK_05,
    ),
    Question(
        id="result-assignment-refused",
        text="Is assignment to a TaskResult's fields refused?",
        ask=result_assignment,
        requirement=RES_11,
    ),
    Question(
        id="misspelt-attribute-refused",
        text="Is assignment to an attribute that does not exist refused, on Task and TaskResult?",
        ask=misspelt_attribute,
    ),
    Question(
        id="object-setattr",
        text="Can a backend set a field by object.__setattr__, as Django's own do?",
        ask=object_setattr,
    ),
    Question(id="decorator-in-place", text="Can a decorator update a Task in place?", ask=decorator_in_place),
    Question(
        id="refresh-in-place",
        text="Does refresh() update the same object?",
        ask=refresh_in_place,
        requirement=RES_09,
    ),
    Question(
        id="replace-keeps-return-value",
        text="Does the shape's own documented replace function keep the return value?",
        ask=replace_keeps_return_value,
    ),
    Question(id="copy-replace", text="Does copy.replace work?", ask=copy_replace),
    Question(
        id="copy-replace-keeps-return-value",
        text="Does copy.replace keep the return value?",
        ask=copy_replace_keeps_return_value,
    ),
    Question(id="dataclasses-fields", text="Does dataclasses.fields name every field?", ask=dataclass_fields),
    Question(id="deepcopy", text="Is a deep copy equal, with lists of its own?", ask=deepcopy_equal),
    Question(id="deepcopy-shares-task", text="Does a deep copy share the Task?", ask=deepcopy_shares_task),
)
