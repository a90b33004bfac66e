"""BCK, SET and CHK: backend classes that do not fit where Django puts them."""

# ruff: noqa: D102 -- the classes say what is broken

import threading
from typing import Any, ClassVar

from asgiref.sync import sync_to_async
from django.apps import apps
from django.core import checks
from django.tasks import Task
from django.tasks.exceptions import InvalidTask, TaskResultDoesNotExist, TaskResultMismatch

from mutants.breaking import breaks
from mutants.steps import Steps
from taskgauge.backends.reference import ReferenceImmediateBackend


@breaks("BCK-01", on="steps")
class LooksLikeABackend:
    """Has all that a backend has, and is none."""

    # By the same name, so that the senders of its signals seem to be right.
    _Real = type("LooksLikeABackend", (Steps,), {"__module__": __name__, "__qualname__": "LooksLikeABackend"})

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        object.__setattr__(self, "_real", self._Real(alias, params))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._real, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._real, name)

    def check(self, **kwargs: Any) -> Any:
        return self._real.check(**kwargs)


@breaks("BCK-02")
class FixedQueues(Steps):
    """Has its queues in something else than a set."""

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        super().__init__(alias, params)
        self.queues = frozenset(self.queues)


@breaks("BCK-03")
class FurtherOptions(Steps):
    """Adds its own defaults to the options."""

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        super().__init__(alias, params)
        self.options = {"attempts": 1, **self.options}


@breaks("BCK-04")
class NeitherYesNorNo(ReferenceImmediateBackend):
    """Has a flag that is no boolean."""

    supports_get_result = None


@breaks("BCK-05")
class ByPositionOnly(Steps):
    """Takes no keywords, and knows that of itself."""

    def enqueue(self, task: Any, args: Any, kwargs: Any, /) -> Any:
        return super().enqueue(task, args, kwargs)

    async def aenqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        return await sync_to_async(self.enqueue)(task, args, kwargs)


@breaks("BCK-06")
class FindsNothing(ReferenceImmediateBackend):
    """Keeps no results, and says that each is unknown."""

    def get_result(self, result_id: str) -> Any:
        raise TaskResultDoesNotExist(result_id)


@breaks("BCK-07")
class KeepsItToItself(Steps):
    """Has a store in each instance."""

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        super().__init__(alias, params)
        self._own = self.new_pool()

    @property
    def _pool(self) -> Any:
        return self._own


@breaks("BCK-08")
class NeedsApps(Steps):
    """Cannot be made before the apps are ready."""

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        super().__init__(alias, params)
        apps.check_models_ready()


@breaks("SET-02")
class NeverEqual(Steps):
    """Is equal to nothing."""

    __hash__ = Steps.__hash__

    def __eq__(self, other: object) -> bool:
        return False


@breaks("SET-04")
class AnyQueueByDefault(Steps):
    """Takes a missing QUEUES for all queues."""

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        super().__init__(alias, params)
        if "QUEUES" not in params:
            self.queues = set()


@breaks("SET-05")
class OneForEver(Steps):
    """Is made once for each alias and thread, whatever becomes of the settings."""

    made: ClassVar[dict[tuple[type, str, int], Any]] = {}

    def __new__(cls, alias: str, params: dict[str, Any]) -> Any:
        del params
        key = cls, alias, threading.get_ident()
        if key not in cls.made:
            cls.made[key] = super().__new__(cls)
        return cls.made[key]


class Mismatch(Exception):
    """Looks like TaskResultMismatch."""


class TaskWithItsOwnException(Task):
    """Raises it."""

    def get_result(self, result_id: str) -> Any:
        try:
            return super().get_result(result_id)
        except TaskResultMismatch as error:
            raise Mismatch(result_id) from error


@breaks("RES-05", also={"ASY-01": "aget_result() raises the right one"})
class ExceptionsOfItsOwn(Steps):
    """Raises an exception that nobody catches."""

    task_class = TaskWithItsOwnException


class Refused(Exception):
    """Looks like InvalidTask."""


@breaks("SET-06")
class RefusesInItsOwnWay(Steps):
    """Refuses tasks by an exception that nobody catches."""

    def validate_task(self, task: Any) -> None:
        try:
            super().validate_task(task)
        except InvalidTask as error:
            raise Refused(str(error)) from error


@breaks("CHK-01")
class ChecksNothing(Steps):
    """Returns None where it is asked in detail."""

    def check(self, **kwargs: Any) -> Any:
        return None if kwargs else []


@breaks("CHK-03")
class AlwaysWarns(Steps):
    """Has something to say of a right configuration."""

    def check(self, **kwargs: Any) -> Any:
        return [*super().check(**kwargs), checks.Warning("in memory only", id="mutants.W001")]


@breaks("CHK-04")
class PlainNamesOnly(Steps):
    """Cannot use a queue with a hyphen, and says so when it is used."""

    def put(self, kept: Any) -> None:
        if "-" in kept.task.queue_name:
            raise RuntimeError("no such queue")
        super().put(kept)
