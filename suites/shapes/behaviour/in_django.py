"""Questions about the shape inside Django: the decorator, a backend's `task_class`, Django's own backends."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import django.tasks
from django.tasks.backends import immediate

from taskgauge.suites.shapes.behaviour.backend import ALIAS, installed, keeping
from taskgauge.suites.shapes.behaviour.objects import home_of, result_in, settle_task
from taskgauge.suites.shapes.behaviour.question import Answer, Question, expect, no, works, yes
from taskgauge.suites.shapes.variants import Variant


def task_class(variant: Variant) -> Answer:
    """Use the Task class as a backend's `task_class`: decorate a function by `@task`, change the Task, enqueue it."""

    def use() -> None:
        with keeping(variant) as backend:
            task = settle_task(home_of(variant), "decorated", django.tasks.task(backend=ALIAS, priority=3))
            expect(type(task) is variant.Task, f"@task gives a {type(task).__name__}")
            expect(task.priority == 3 and task.name == "decorated", "the options are lost")
            urgent = task.using(priority=9)
            result = urgent.enqueue(1, right=2)
            expect(type(result) is variant.TaskResult, f"enqueue() gives a {type(result).__name__}")
            expect(result.task == urgent and result.args == [1] and result.kwargs == {"right": 2}, "not as enqueued")
            expect(task.get_result(result.id).id == result.id, "get_result() finds another result")
            expect(list(backend.kept) == [result.id], "not kept once")
            expect(task.call(2, right=3) == 5, "call() gives another value")

    return works(use)


def isinstance_of_task_result(variant: Variant) -> Answer:
    """Call isinstance, as code that was written for Django's class does."""
    if isinstance(result_in(variant, "READY"), django.tasks.TaskResult):
        return yes()
    return no("a class of its own, which would have to take the place of Django's")


def immediate_backend(variant: Variant) -> Answer:
    """Run a task in Django's ImmediateBackend with the variant's classes instead of Django's."""

    def run() -> None:
        backend = immediate.ImmediateBackend(ALIAS, {"QUEUES": []})
        with installed(backend), _classes_in(immediate, variant):
            result = variant.tasks.add.using(backend=ALIAS).enqueue(1, right=2)
            expect(type(result) is variant.TaskResult, f"enqueue() gives a {type(result).__name__}")
            expect(result.return_value == 3 and result.attempts == 1, "the result is not that of the function")

    return works(run)


@contextmanager
def _classes_in(module: Any, variant: Variant) -> Iterator[None]:
    names = ("TaskResult", "TaskContext", "TaskError", "TaskResultStatus")
    originals = {name: getattr(module, name) for name in names}
    for name in names:
        setattr(module, name, getattr(variant, name))
    try:
        yield
    finally:
        for name, original in originals.items():
            setattr(module, name, original)


QUESTIONS = (
    Question(id="task-class", text="Does it work as a backend's task_class?", ask=task_class),
    Question(
        id="isinstance-task-result",
        text="Is a result an instance of django.tasks.TaskResult?",
        ask=isinstance_of_task_result,
    ),
    Question(
        id="django-immediate",
        text="Does Django's ImmediateBackend run with it, unchanged?",
        ask=immediate_backend,
    ),
)
