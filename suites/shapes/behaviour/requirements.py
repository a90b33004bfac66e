"""The requirements that a shape of Task and TaskResult can break, as checks that raise if the shape breaks them."""

import pickle
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from typing import Any

from asgiref.sync import async_to_sync
from django.tasks.base import TASK_REFRESH_ATTRS

from taskgauge.suites.shapes.behaviour.backend import ALIAS, keeping
from taskgauge.suites.shapes.behaviour.objects import (
    NOON,
    RETURN_VALUE,
    STATES,
    differing,
    home_of,
    result_arguments,
    result_in,
    settle_class,
    settle_task,
    task_arguments,
    with_context,
)
from taskgauge.suites.shapes.behaviour.question import Requirement, expect
from taskgauge.suites.shapes.behaviour.subclasses import subclass, with_field
from taskgauge.suites.shapes.variants import Variant
from taskgauge.suites.shapes.variants.django_classes import fields_of
from taskgauge.suites.shapes.variants.tasks import new_task

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
EXTRA = 42
RESULT_FIELDS = tuple(field.name for field in fields_of("TaskResult"))
KEPT_FIELDS = tuple(name for name in RESULT_FIELDS if name not in TASK_REFRESH_ATTRS)


def assignable(obj: Any, names: tuple[str, ...]) -> list[str]:
    """Return the attributes that accept an assignment; each attribute is assigned its own value."""
    return [name for name in names if _refusal(obj, name) is None]


def refusals(obj: Any, names: tuple[str, ...]) -> list[Exception]:
    """Return the exceptions of the refused assignments."""
    return [refusal for name in names if (refusal := _refusal(obj, name)) is not None]


def _refusal(obj: Any, name: str) -> Exception | None:
    try:
        setattr(obj, name, getattr(obj, name))
    except Exception as error:
        return error
    return None


def task_cannot_be_modified(variant: Variant) -> None:
    """Check TSK-05: assignment to any attribute of a Task raises FrozenInstanceError."""
    names = tuple(field.name for field in fields_of("Task"))
    accepted = assignable(variant.tasks.add, names)
    expect(not accepted, f"assignment to {', '.join(accepted)} is accepted")
    for error in refusals(variant.tasks.add, names):
        expect(
            isinstance(error, FrozenInstanceError),
            f"assignment raises {type(error).__name__}, which is no dataclasses.FrozenInstanceError",
        )


def tasks_compare_and_hash(variant: Variant) -> None:
    """Check TSK-12: Tasks are equal field by field and hashable; `using()` without arguments equals the original."""
    task = variant.tasks.add
    twin = new_task(variant.Task, task.func)
    expect(task == twin, "two Tasks with equal fields differ")
    expect(task.using() == task, "using() without arguments differs from the original")
    with keeping(variant):
        here = task.using(backend=ALIAS)
        expect(here != task, "Tasks that differ in backend are equal")
        changes = {"priority": 5, "queue_name": "other", "run_after": NOON, "func": variant.tasks.echo.func}
        for name, value in changes.items():
            changed = variant.Task(**{**task_arguments(here), name: value})
            expect(changed != here, f"Tasks that differ in {name} are equal")
    expect(hash(task) == hash(twin), "equal Tasks have two hashes")
    expect({task: "found"}[twin] == "found", "an equal Task does not find the key")


def refresh_updates_in_place(variant: Variant) -> None:
    """Check RES-09: `refresh()` and `arefresh()` update the eight fields of the same object, and no others."""
    for method in ("refresh", "arefresh"):
        for state in STATES:
            with keeping(variant) as backend:
                task = variant.tasks.add.using(backend=ALIAS)
                result = task.enqueue(1, right=2)
                before = {name: getattr(result, name) for name in KEPT_FIELDS}
                stored = result_in(variant, state, task, result.id)
                backend.keep(stored)
                if method == "refresh":
                    result.refresh()
                else:
                    async_to_sync(result.arefresh)()
                stale = differing(result, stored, tuple(sorted(TASK_REFRESH_ATTRS)))
                expect(not stale, f"after {method}() the same object still has its old {', '.join(stale)}")
                changed = [name for name in KEPT_FIELDS if getattr(result, name) != before[name]]
                expect(not changed, f"{method}() changed {', '.join(changed)}")


def result_cannot_be_assigned(variant: Variant) -> None:
    """Check RES-11: attributes of a TaskResult cannot be assigned."""
    accepted = assignable(result_in(variant, "SUCCESSFUL"), RESULT_FIELDS)
    expect(not accepted, f"assignment to {', '.join(accepted)} is accepted")


def tasks_pickle(variant: Variant) -> None:
    """Check PKL-01: a Task, changed or not, unpickles to an equal Task with the same function, in every protocol."""
    for task in _tasks(variant):
        for protocol in PROTOCOLS:
            loaded = pickle.loads(pickle.dumps(task, protocol))
            expect(type(loaded) is type(task), f"protocol {protocol} gives a {type(loaded).__name__}")
            expect(loaded == task, f"protocol {protocol} gives a Task that differs")
            expect(loaded.func is task.func, f"protocol {protocol} gives another function")


def _tasks(variant: Variant) -> Iterator[Any]:
    home = home_of(variant)

    def context_taking(function: Any) -> Any:
        return new_task(variant.Task, function, takes_context=True)

    yield variant.tasks.add
    yield variant.tasks.add.using(priority=7, queue_name="default", run_after=NOON)
    yield settle_task(home, "with_context", context_taking, with_context)


def results_pickle(variant: Variant) -> None:
    """Check PKL-02: a TaskResult, or a backend's subclass, unpickles equal in each state, with all its parts."""
    home = home_of(variant)
    own_class = subclass(variant.TaskResult, "OwnResult", {})
    settle_class(home, "OwnResult", own_class)
    for state in STATES:
        result = result_in(variant, state)
        for made in (result, _as(own_class, variant, result)):
            # This requirement does not name every protocol; a separate question covers 0 and 1.
            for protocol in PROTOCOLS[2:]:
                loaded = pickle.loads(pickle.dumps(made, protocol))
                where = f"{state}, protocol {protocol}"
                expect(type(loaded) is type(made), f"{where}: a {type(loaded).__name__} comes back")
                expect(loaded == made, f"{where}: what comes back differs")
                different = differing(loaded, made, RESULT_FIELDS)
                expect(not different, f"{where}: {', '.join(different)} differ")
        if state == "SUCCESSFUL":
            expect(pickle.loads(pickle.dumps(result)).return_value == RETURN_VALUE, "the return value is lost")


def _as(own_class: type[Any], variant: Variant, result: Any) -> Any:
    """Return the same result as an instance of a subclass."""
    made = own_class(**result_arguments(variant, result))
    return variant.change(made, _return_value=result._return_value)  # noqa: SLF001 - the field's own name


def custom_task_class_pickles(variant: Variant) -> None:
    """Check PKL-03: a custom `task_class` keeps its class and its extra fields through pickling."""
    home = home_of(variant)
    own_class = with_field(variant.Task, "OwnTask")
    settle_class(home, "OwnTask", own_class)

    def decorate(function: Any) -> Any:
        return own_class(**{**task_arguments(variant.tasks.add), "func": function, "extra": EXTRA})

    task = settle_task(home, "own_task", decorate)
    for protocol in PROTOCOLS:
        loaded = pickle.loads(pickle.dumps(task, protocol))
        expect(type(loaded) is own_class, f"protocol {protocol} gives a {type(loaded).__name__}")
        expect(getattr(loaded, "extra", None) == EXTRA, f"protocol {protocol} loses the extra field")


TSK_05 = Requirement(id="TSK-05", check=task_cannot_be_modified)
TSK_12 = Requirement(id="TSK-12", check=tasks_compare_and_hash)
RES_09 = Requirement(id="RES-09", check=refresh_updates_in_place)
RES_11 = Requirement(id="RES-11", check=result_cannot_be_assigned)
PKL_01 = Requirement(id="PKL-01", check=tasks_pickle, needs_pickled_task=True)
PKL_02 = Requirement(id="PKL-02", check=results_pickle, needs_pickled_task=True)
PKL_03 = Requirement(id="PKL-03", check=custom_task_class_pickles, needs_pickled_task=True)
REQUIREMENTS = (TSK_05, TSK_12, RES_09, RES_11, PKL_01, PKL_02, PKL_03)
