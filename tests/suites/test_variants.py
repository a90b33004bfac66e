"""Each variant is Django's task objects in another shape: same fields, same defaults, same documented behaviour."""

import asyncio
import copy
import dataclasses
import inspect
import pickle
from datetime import UTC, datetime
from typing import Any

import django
import pytest
from django.tasks import base, task_backends
from django.tasks.backends.base import BaseTaskBackend
from django.tasks.exceptions import InvalidTask
from django.test import override_settings
from django.utils.module_loading import import_string

from taskgauge.suites.shapes.objects import parts_of, result_of
from taskgauge.suites.shapes.variants import ARMS, HEADLINE, VARIANTS, load, workload
from taskgauge.suites.shapes.variants.django_classes import CLASS_NAMES, fields_of
from taskgauge.suites.shapes.variants.names import modules_of
from taskgauge.suites.shapes.variants.refreshing import REFRESHED
from taskgauge.suites.shapes.variants.tasks import new_task

every_arm = pytest.mark.parametrize("arm", ARMS)
needs_pickle = pytest.mark.skipif(django.VERSION < (6, 1), reason="Django 6.0 cannot pickle a Task")


def creation_of(arm: str, class_name: str) -> dict[str, Any]:
    """Return what creates an object of the class, by Django's field names."""
    variant = load(arm)
    result = parts_of(variant, 1, "READY")
    result.pop("_return_value")
    return {
        "Task": {name: getattr(variant.tasks.add, name) for name in ("func", *dict(OPTIONS))},
        "TaskResult": result,
        "TaskContext": {"task_result": result_of(variant, 1, "READY")},
        "TaskError": {"exception_class_path": "builtins.ValueError", "traceback": "…"},
    }[class_name]


OPTIONS = (
    ("priority", 0),
    ("backend", "default"),
    ("queue_name", "default"),
    ("run_after", None),
    ("takes_context", False),
)


@every_arm
@pytest.mark.parametrize("class_name", CLASS_NAMES)
def test_fields(arm: str, class_name: str) -> None:
    """Every field of Django's class is there, and reads back what it was given."""
    variant = load(arm)
    given = creation_of(arm, class_name)
    create = variant.new_result if class_name == "TaskResult" else getattr(variant, class_name)

    created = create(**given)

    assert {field.name for field in fields_of(class_name) if field.init} == set(given)
    assert given == {name: getattr(created, name) for name in given}
    if class_name == "TaskResult":
        assert created._return_value is None


@every_arm
@pytest.mark.parametrize("class_name", CLASS_NAMES)
def test_required_and_defaults(arm: str, class_name: str) -> None:
    """What Django insists on is insisted on, and what it fills in is filled in alike."""
    variant = load(arm)
    given = creation_of(arm, class_name)
    create = variant.new_result if class_name == "TaskResult" else getattr(variant, class_name)
    for field in fields_of(class_name):
        if not field.init:
            continue
        fewer = {name: value for name, value in given.items() if name != field.name}
        if field.required:
            with pytest.raises(TypeError):
                create(**fewer)
        else:
            assert field.default == getattr(create(**fewer), field.name)


@every_arm
def test_no_field_too_many(arm: str) -> None:
    """A name that Django does not know is refused."""
    with pytest.raises(TypeError):
        load(arm).new_result(**creation_of(arm, "TaskResult"), colour="red")


def test_today_is_django() -> None:
    """The baseline is what Django ships, not a likeness."""
    today = load("today")

    assert [getattr(base, name) for name in CLASS_NAMES] == [getattr(today, name) for name in CLASS_NAMES]


def test_control_is_no_subclass() -> None:
    """The A/A control is Django's source once more, with classes of its own."""
    again = load("today-again")

    assert not issubclass(again.TaskResult, base.TaskResult)
    assert inspect.getsource(base.TaskResult.refresh) == inspect.getsource(again.TaskResult.refresh)


def test_names_are_equally_long() -> None:
    """Pickles write and import names, so all have the same length and the same number of parts."""
    shapes = {
        tuple(len(part) for part in name.split("."))
        for arm in ARMS
        for name in (load(arm).TaskResult.__module__, load(arm).Task.__module__)
    }
    tasks = {len(load(arm).tasks.add.module_path) for arm in ARMS}

    assert {(6, 5, 4)} == shapes
    assert 1 == len(tasks)
    assert len(ARMS) == len({modules_of(arm) for arm in ARMS})


@every_arm
def test_arguments_are_normalised(arm: str) -> None:
    """Arguments become what JSON would make of them, in objects of the result's own."""
    given = creation_of(arm, "TaskResult") | {"args": (1, (2, b"three")), "kwargs": {"a": (1,)}}

    created = load(arm).new_result(**given)

    assert ([1, [2, "three"]], {"a": [1]}) == (created.args, created.kwargs)


@every_arm
def test_tasks_are_validated(arm: str) -> None:
    """A Task that its backend does not accept cannot be made, nor derived from one that it does."""
    variant = load(arm)

    with pytest.raises(InvalidTask):
        new_task(variant.Task, workload.nothing, queue_name="nobody")
    with pytest.raises(InvalidTask):
        variant.tasks.nothing.using(queue_name="nobody")
    with pytest.raises(InvalidTask):
        variant.evolve_task(variant.tasks.nothing, priority=101)


@every_arm
def test_using(arm: str) -> None:
    """`using()` gives a changed Task of the same class and leaves the original alone."""
    task = load(arm).tasks.add

    changed = task.using(priority=7)

    assert (type(task), 7, 0) == (type(changed), changed.priority, task.priority)
    assert changed == task.using(priority=7)
    assert task == task.using()


@every_arm
def test_life_cycle_properties(arm: str) -> None:
    """`return_value`, `is_finished` and `attempts` follow the state."""
    variant = load(arm)
    ready, finished = result_of(variant, 1, "READY"), result_of(variant, 1, "SUCCESSFUL")
    failed = variant.evolve(finished, status=variant.TaskResultStatus.FAILED)

    assert (False, 0) == (ready.is_finished, ready.attempts)
    assert (True, 1, 3002) == (finished.is_finished, finished.attempts, finished.return_value)
    for result in (ready, failed):
        with pytest.raises(ValueError, match=r"not finished|failed"):
            _ = result.return_value


@every_arm
def test_change_and_evolve(arm: str) -> None:
    """`change` sets fields, `evolve` leaves the original alone; both keep all else, the return value included."""
    variant = load(arm)
    finished = result_of(variant, 1, "SUCCESSFUL")
    before = copy.copy(finished)

    evolved = variant.evolve(finished, backend="other")

    assert before == finished
    assert ("other", 3002, finished.args) == (evolved.backend, evolved._return_value, evolved.args)
    changed = variant.change(finished, backend="other")
    assert evolved == changed
    assert (changed is finished) == (variant.refresh_in_place is not None)


class Stored(BaseTaskBackend):
    """A backend whose store holds one fresh result."""

    supports_get_result = True
    fresh: Any = None

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        """Nothing is enqueued here."""
        raise NotImplementedError

    def get_result(self, result_id: str) -> Any:
        """Return the fresh result."""
        del result_id
        return type(self).fresh


@every_arm
@pytest.mark.parametrize("how", ["refresh", "arefresh", "in place", "by replacement"])
def test_refresh(arm: str, how: str) -> None:
    """All four ways of refreshing give the eight fields of the stored result, and change nothing else."""
    variant = load(arm)
    result, fresh = result_of(variant, 1, "READY"), result_of(variant, 1, "SUCCESSFUL")
    fresh = variant.change(fresh, kwargs={"right": "another"})
    Stored.fresh = fresh
    if how == "in place":
        if variant.refresh_in_place is None:
            assert arm.startswith("namedtuple")
            return
        refreshed = variant.refresh_in_place(result, fresh)
    elif how == "by replacement":
        refreshed = variant.refresh_by_replacement(result, fresh)
        assert refreshed is not result
    else:
        with override_settings(TASKS={"default": {"BACKEND": f"{__name__}.Stored"}}):
            task_backends._connections.default = Stored("default", {})
            refreshed = result.refresh() if how == "refresh" else asyncio.run(result.arefresh())
    refreshed = result if refreshed is None else refreshed

    assert {name: getattr(fresh, name) for name in REFRESHED} == {name: getattr(refreshed, name) for name in REFRESHED}
    assert {"right": 2001} == refreshed.kwargs


@every_arm
def test_equality(arm: str) -> None:
    """Results are equal field by field, and only then."""
    variant = load(arm)
    result = result_of(variant, 1, "SUCCESSFUL")

    assert result_of(variant, 1, "SUCCESSFUL") == result
    for name in ("id", "status", "args", "worker_ids", "_return_value"):
        assert variant.change(result_of(variant, 1, "SUCCESSFUL"), **{name: "other"}) != result
    assert result != object()


@every_arm
def test_copies(arm: str) -> None:
    """Copies are equal, and a deep one shares no list."""
    result = result_of(load(arm), 1, "SUCCESSFUL")

    assert result == copy.copy(result)
    deep = copy.deepcopy(result)
    assert result == deep
    assert result.worker_ids is not deep.worker_ids


@every_arm
@needs_pickle
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickle(arm: str, protocol: int) -> None:
    """Results and Tasks survive pickling, overrides included."""
    variant = load(arm)
    task = variant.tasks.add.using(priority=3, run_after=datetime(2030, 1, 1, tzinfo=UTC))
    finished = result_of(variant, 1, "SUCCESSFUL")

    assert task == pickle.loads(pickle.dumps(task, protocol))
    loaded = pickle.loads(pickle.dumps(finished, protocol))
    assert (finished, 3002, type(finished)) == (loaded, loaded.return_value, type(loaded))


def test_control_pickles_as_long_as_the_baseline() -> None:
    """What differs between the two is a name, not its length."""
    sizes = {
        arm: [
            len(pickle.dumps(result_of(load(arm), 1, state), protocol))
            for state in ("READY", "SUCCESSFUL")
            for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)
        ]
        for arm in (
            ("today", "today-again") if django.VERSION >= (6, 1) else ("today-lazy", "frozen-slots-dataclass-lazy")
        )
    }
    first, second = sizes.values()

    assert first == second


@pytest.mark.parametrize("arm", [arm for arm in ARMS if arm.endswith("-lazy")])
def test_lazy_reference(arm: str) -> None:
    """A lazy result holds a shared path, finds the very Task of the module, and makes a copy only for an override."""
    variant = load(arm)
    plain = variant.new_result(**creation_of(arm, "TaskResult"))
    urgent = variant.new_result(**creation_of(arm, "TaskResult") | {"task": variant.tasks.add.using(priority=9)})

    assert variant.tasks.add is plain.task
    assert import_string(plain.task_path) is variant.tasks.add
    assert plain.task_path is urgent.task_path
    assert (None, {"priority": 9}) == (plain.task_overrides, urgent.task_overrides)
    assert variant.tasks.add.using(priority=9) == urgent.task


@every_arm
def test_errors_and_context(arm: str) -> None:
    """TaskError finds its exception, TaskContext counts its attempt."""
    variant = load(arm)

    assert ValueError is variant.TaskError(exception_class_path="builtins.ValueError", traceback="").exception_class
    with pytest.raises(ValueError, match="does not reference a valid exception"):
        _ = variant.TaskError(exception_class_path="builtins.len", traceback="").exception_class
    assert 1 == variant.TaskContext(task_result=result_of(variant, 1, "SUCCESSFUL")).attempt


@every_arm
def test_tasks_run(arm: str) -> None:
    """A variant's Task calls its function, coroutine or not."""
    tasks = load(arm).tasks

    assert 3 == tasks.add.call(1, right=2)
    assert 3 == tasks.aadd.call(1, right=2)
    assert 3 == asyncio.run(tasks.aadd.acall(1, right=2))


@every_arm
def test_frozen_as_named(arm: str) -> None:
    """Assignment is refused by the shapes whose names say so, and by no other."""
    result = result_of(load(arm), 1, "READY")
    frozen = arm.startswith(("today", "frozen", "namedtuple"))

    if frozen:
        with pytest.raises(AttributeError):
            result.backend = "other"
    else:
        result.backend = "other"
        assert "other" == result.backend


@every_arm
def test_slotted_as_named(arm: str) -> None:
    """An unslotted shape has a dictionary; all others have none."""
    unslotted = arm.removesuffix("-lazy") in {"dataclass", "frozen-dataclass", "class"}

    assert unslotted == hasattr(result_of(load(arm), 1, "READY"), "__dict__")


def test_headline_arms_exist() -> None:
    """The headline arms are arms, baseline and A/A control first."""
    assert set(HEADLINE) <= set(ARMS)
    assert ("today", "today-again") == HEADLINE[:2]
    assert len(VARIANTS) == 13


@every_arm
def test_bare(arm: str) -> None:
    """The shape alone stores what it gets: nothing normalised, nothing validated."""
    variant = load(arm)
    assert variant.bare is not None
    options = {name: getattr(variant.tasks.add, name) for name in ("func", *dict(OPTIONS))}

    assert "nobody" == variant.bare.Task(**options | {"queue_name": "nobody"}).queue_name


def test_every_form_keeps_djangos_order() -> None:
    """Dataclass variants list their fields in Django's order."""
    expected = [field.name for field in dataclasses.fields(base.TaskResult)]

    assert expected == [field.name for field in dataclasses.fields(load("dataclass").TaskResult)]
