"""VAL: backends that accept what they should refuse, and the other way round."""

# ruff: noqa: D102 -- the classes say what is broken

from typing import Any, ClassVar

from django.tasks import Task, task_backends
from django.tasks.exceptions import InvalidTask

from mutants.breaking import breaks
from mutants.steps import Steps


class Forgiving(Steps):
    """Accepts what Django refuses with certain words."""

    forgives: ClassVar[str]

    def validate_task(self, task: Any) -> None:
        try:
            super().validate_task(task)
        except InvalidTask as error:
            if self.forgives not in str(error):
                raise


@breaks("VAL-01")
class TakesAnyFunction(Forgiving):
    """Accepts functions that no worker could import."""

    forgives = "module level"


class MisdirectedTask(Task):
    """Asks the backend of the default alias whether it is valid."""

    def __post_init__(self) -> None:
        self.get_backend()
        task_backends["default"].validate_task(self)


@breaks("VAL-02")
class ValidatedByAnother(Steps):
    """Has tasks validated by the wrong backend."""

    task_class = MisdirectedTask


@breaks("VAL-03")
class ValidatesOnce(Steps):
    """Enqueues what is not valid any more."""

    def validate_again(self, task: Any) -> None:
        del task


@breaks("VAL-04")
class RunsWhatItRefused(Steps):
    """Refuses a task after it was put into the queue."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        try:
            return super().enqueue(task, args, kwargs)
        except InvalidTask:
            self.put(self.make(task, args, kwargs))
            raise


@breaks("VAL-05")
class TakesCoroutinesUndeclared(Forgiving):
    """Accepts coroutine functions although its flag says no."""

    supports_async_task = False
    forgives = "async"


@breaks("VAL-06")
class NeedsNoContextParameter(Forgiving):
    """Accepts functions that have no place for the context."""

    forgives = "Task takes context"


@breaks("VAL-07")
class TakesPrioritiesUndeclared(Forgiving):
    """Accepts priorities although its flag says no."""

    supports_priority = False
    forgives = "setting priority"


@breaks("VAL-08")
class OneTooMany(Steps):
    """Accepts a priority of 101."""

    def validate_task(self, task: Any) -> None:
        if task.priority != 101:
            super().validate_task(task)


@breaks("VAL-09")
class TakesTimesUndeclared(Forgiving):
    """Accepts a time although its flag says no."""

    supports_defer = False
    forgives = "run_after"


@breaks("VAL-10")
class TakesNaiveTimes(Forgiving):
    """Accepts times without a time zone."""

    forgives = "aware"


@breaks("VAL-11")
class EmptyMeansDefault(Steps):
    """Takes an empty QUEUES for one that names the default queue only."""

    def validate_task(self, task: Any) -> None:
        super().validate_task(task)
        if not self.queues and task.queue_name != "default":
            raise InvalidTask("no such queue")


@breaks("VAL-12")
class ShortQueueNames(Steps):
    """Has a limit of its own, and does not validate it."""

    def make(self, task: Any, args: Any, kwargs: Any) -> Any:
        if len(task.queue_name) > 100:
            raise ValueError("value too long for type character varying(100)")
        return super().make(task, args, kwargs)
