"""Questions about abilities of tuples that a task object perhaps should not have."""

from collections.abc import Callable
from queue import PriorityQueue
from typing import Any

from django.utils.json import normalize_json

from taskgauge.suites.shapes.behaviour.objects import result_in, task_arguments
from taskgauge.suites.shapes.behaviour.question import Answer, Question, expect, no, works, yes
from taskgauge.suites.shapes.behaviour.requirements import RESULT_FIELDS, TSK_12
from taskgauge.suites.shapes.variants import Variant


def _either(variant: Variant, try_it: Callable[[Any], object]) -> Answer:
    """Return yes, with the names of the classes, if it works for a Task or a TaskResult."""
    objects = {"Task": variant.tasks.add, "TaskResult": result_in(variant, "SUCCESSFUL")}
    answers = {name: works(lambda obj=obj: try_it(obj)) for name, obj in objects.items()}  # type: ignore[misc]
    able = [name for name, answer in answers.items() if answer.answer == "yes"]
    return yes(" and ".join(able)) if able else answers["TaskResult"]


def equal_to_tuple(variant: Variant) -> Answer:
    """Compare with a bare tuple of the same values, in the order of the shape's own fields or of Django's fields."""

    def compare(obj: Any) -> None:
        names = getattr(obj, "_fields", RESULT_FIELDS if hasattr(obj, "worker_ids") else tuple(task_arguments(obj)))
        expect(obj == tuple(getattr(obj, name) for name in names), "unequal")

    return _either(variant, compare)


def ordered(variant: Variant) -> Answer:
    """Sort two results of one task without a key."""
    first, second = (result_in(variant, "READY", result_id=digit * 32) for digit in "12")
    return works(lambda: sorted([second, first]) and None)


def in_priority_queue(variant: Variant) -> Answer:
    """Put two results of equal priority into a queue as (priority, result), as the queue's documentation suggests."""
    queue: PriorityQueue[tuple[int, Any]] = PriorityQueue()
    first, second = (result_in(variant, "READY", result_id=digit * 32) for digit in "12")

    def put_and_get() -> None:
        queue.put((0, second))
        queue.put((0, first))
        expect({queue.get()[1].id, queue.get()[1].id} == {first.id, second.id}, "a result is lost")

    return works(put_and_get)


def _unpack(obj: Any) -> None:
    first, *_rest = obj
    del first


def result_hashable(variant: Variant) -> Answer:
    """Hash a finished result."""
    result = result_in(variant, "SUCCESSFUL")
    return works(lambda: hash(result) and None)


def task_hashable(variant: Variant) -> Answer:
    """Hash a Task."""
    return works(lambda: hash(variant.tasks.add) and None)


def taken_for_a_list(variant: Variant) -> Answer:
    """Pass an error of a result as an argument of a task by mistake; Django should refuse it as no JSON."""
    (error,) = result_in(variant, "FAILED").errors
    try:
        stored: Any = normalize_json({"error": error})
    except TypeError as refusal:
        return no(refusal)
    return yes(f"stored as a bare {type(stored['error']).__name__}")


def percent_formatting(variant: Variant) -> Answer:
    """Format a Task by the % operator."""
    return works(lambda: expect("%s!" % variant.tasks.add == f"{variant.tasks.add}!", "another text"))  # noqa: UP031 - the question


QUESTIONS = (
    Question(
        id="equal-to-tuple",
        text="Is it equal to a bare tuple of its values?",
        ask=equal_to_tuple,
    ),
    Question(id="iterable", text="Can it be iterated over?", ask=lambda variant: _either(variant, iter)),
    Question(id="unpackable", text="Can it be unpacked?", ask=lambda variant: _either(variant, _unpack)),
    Question(
        id="len", text="Does it have a len()?", ask=lambda variant: _either(variant, lambda obj: len(obj) and None)
    ),
    Question(id="ordered", text="Are two results of one task ordered by accident?", ask=ordered),
    Question(
        id="priority-queue",
        text="Can two results of equal priority wait in a queue.PriorityQueue, as (priority, result)?",
        ask=in_priority_queue,
    ),
    Question(id="task-hashable", text="Is a Task hashable?", ask=task_hashable, requirement=TSK_12),
    Question(id="result-hashable", text="Is a TaskResult hashable?", ask=result_hashable),
    Question(
        id="taken-for-a-list",
        text="Is a TaskError that is passed as a task's argument taken for a list, without an error?",
        ask=taken_for_a_list,
    ),
    Question(id="percent-formatting", text="Does '%s' % task work?", ask=percent_formatting),
)
