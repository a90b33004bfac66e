"""Questions about pickles: of objects, of subclasses, and between two releases of a class."""

import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from taskgauge.suites.shapes.behaviour import requirements
from taskgauge.suites.shapes.behaviour.objects import (
    differing,
    home_of,
    result_arguments,
    result_in,
    settle_class,
)
from taskgauge.suites.shapes.behaviour.question import (
    PICKLABLE,
    Answer,
    Question,
    expect,
    no,
    not_applicable,
    works,
    yes,
)
from taskgauge.suites.shapes.behaviour.rebuild import with_one_field_more
from taskgauge.suites.shapes.behaviour.requirements import EXTRA, PKL_01, PKL_02, PKL_03, RESULT_FIELDS
from taskgauge.suites.shapes.behaviour.subclasses import with_field
from taskgauge.suites.shapes.variants import Variant

NO_TASK_PICKLES = not_applicable("Django 6.0 cannot pickle a Task")


def task_pickles(variant: Variant) -> Answer:
    """Pickle and unpickle a Task."""
    if not PICKLABLE:
        return NO_TASK_PICKLES
    task = variant.tasks.add
    return works(lambda: expect(pickle.loads(pickle.dumps(task)) == task, "what comes back differs"))


def result_pickles(variant: Variant) -> Answer:
    """Pickle and unpickle a finished result."""
    if (unable := _unable(variant)) is not None:
        return unable
    result = result_in(variant, "SUCCESSFUL")
    return works(lambda: expect(pickle.loads(pickle.dumps(result)) == result, "what comes back differs"))


def result_pickles_with_every_protocol(variant: Variant) -> Answer:
    """Pickle a result with every protocol; protocols 0 and 1 do not support slots."""
    if (unable := _unable(variant)) is not None:
        return unable
    result = result_in(variant, "SUCCESSFUL")

    def round_trips() -> None:
        for protocol in requirements.PROTOCOLS:
            loaded = pickle.loads(pickle.dumps(result, protocol))
            expect(loaded == result, f"protocol {protocol}: what comes back differs")

    return works(round_trips)


def task_subclass_pickles(variant: Variant) -> Answer:
    """Pickle a Task of a subclass with its own field."""
    if not PICKLABLE:
        return NO_TASK_PICKLES
    return works(lambda: requirements.custom_task_class_pickles(variant))


def result_subclass_pickles(variant: Variant) -> Answer:
    """Pickle a result of a subclass with its own field, as backends with a store have."""
    if (unable := _unable(variant)) is not None:
        return unable
    home = home_of(variant)

    def round_trip() -> None:
        own_class = with_field(variant.TaskResult, "StoredResult")
        settle_class(home, "StoredResult", own_class)
        made = own_class(**result_arguments(variant, result_in(variant, "RUNNING")), extra=EXTRA)
        loaded = pickle.loads(pickle.dumps(made))
        expect(type(loaded) is own_class and loaded.extra == EXTRA, "the class or the extra field is lost")
        expect(not differing(loaded, made, RESULT_FIELDS), "what comes back differs")

    return works(round_trip)


def old_result_in_new_class(variant: Variant) -> Answer:
    """Read a result's old pickle after the class gets one more field, with a default."""
    if (unable := _unable(variant)) is not None:
        return unable
    result = result_in(variant, "SUCCESSFUL")
    newer = with_one_field_more(variant, "TaskResult")
    old_pickle = pickle.dumps(result)

    def read() -> None:
        with _stand_in(variant.TaskResult, newer):
            loaded = pickle.loads(old_pickle)
        expect(type(loaded) is newer, "the old class comes back")
        different = differing(loaded, result, RESULT_FIELDS)
        expect(not different, f"{', '.join(different)} differ")
        expect(loaded.extra == EXTRA, "the new field has not its default")

    return works(read)


def new_result_in_old_class(variant: Variant) -> Answer:
    """Read a new pickle in a process that is not upgraded yet, or is rolled back."""
    if (unable := _unable(variant)) is not None:
        return unable
    newer = with_one_field_more(variant, "TaskResult")
    result = result_in(variant, "RUNNING")
    with _stand_in(variant.TaskResult, newer):
        new_pickle = pickle.dumps(newer(**result_arguments(variant, result)))

    def read() -> None:
        loaded = pickle.loads(new_pickle)
        expect(type(loaded) is variant.TaskResult, "the new class comes back")
        different = differing(loaded, result, RESULT_FIELDS)
        expect(not different, f"{', '.join(different)} differ")

    return works(read)


def old_task_in_new_class(variant: Variant) -> Answer:
    """Read a Task's old pickle after the class gets one more field, with a default."""
    if not PICKLABLE:
        return NO_TASK_PICKLES
    task = variant.tasks.add.using(priority=5)
    newer = with_one_field_more(variant, "Task")
    old_pickle = pickle.dumps(task)

    def read() -> None:
        with _stand_in(variant.Task, newer):
            loaded = pickle.loads(old_pickle)
        expect(type(loaded) is newer, "the old class comes back")
        expect(loaded.priority == task.priority and loaded.func is task.func, "what comes back differs")
        expect(loaded.extra == EXTRA, "the new field has not its default")

    return works(read)


def unpickled_task_is_shared(variant: Variant) -> Answer:
    """Check which Task an unpickled result has."""
    if (unable := _unable(variant)) is not None:
        return unable
    loaded = pickle.loads(pickle.dumps(result_in(variant, "SUCCESSFUL")))
    return yes() if loaded.task is variant.tasks.add else no("each unpickled result has a Task of its own")


def _unable(variant: Variant) -> Answer | None:
    """Return an answer if the variant's results cannot be pickled on this Django; results that hold a path can be."""
    return None if PICKLABLE or variant.reference == "lazy" else NO_TASK_PICKLES


@contextmanager
def _stand_in(cls: type[Any], other: type[Any]) -> Iterator[None]:
    """Let pickle find another class under a class's name inside the context."""
    module = sys.modules[cls.__module__]
    setattr(module, cls.__qualname__, other)
    try:
        yield
    finally:
        setattr(module, cls.__qualname__, cls)


QUESTIONS = (
    Question(id="task-pickles", text="Does a Task pickle?", ask=task_pickles, requirement=PKL_01),
    Question(id="result-pickles", text="Does a TaskResult pickle?", ask=result_pickles, requirement=PKL_02),
    Question(
        id="result-pickles-every-protocol",
        text="Does a TaskResult pickle with every protocol, 0 and 1 too?",
        ask=result_pickles_with_every_protocol,
    ),
    Question(
        id="task-subclass-pickles",
        text="Does a Task of a subclass with a further field pickle?",
        ask=task_subclass_pickles,
        requirement=PKL_03,
    ),
    Question(
        id="result-subclass-pickles",
        text="Does a TaskResult of a subclass with a further field pickle?",
        ask=result_subclass_pickles,
    ),
    Question(
        id="old-result-pickle",
        text="Can an old pickle of a TaskResult be read once the class has one more field, with its default?",
        ask=old_result_in_new_class,
    ),
    Question(
        id="new-result-pickle",
        text="Can a pickle of a TaskResult with one more field be read where the class does not have it yet?",
        ask=new_result_in_old_class,
    ),
    Question(
        id="old-task-pickle",
        text="Can an old pickle of a Task be read once the class has one more field, with its default?",
        ask=old_task_in_new_class,
    ),
    Question(
        id="unpickled-shares-task",
        text="Does an unpickled result share the Task of its module?",
        ask=unpickled_task_is_shared,
    ),
)
