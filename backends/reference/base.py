"""The base class of the reference backends: their options, and the classes of their results."""

from functools import cached_property
from typing import Any, ClassVar

from django.tasks.backends.base import BaseTaskBackend
from django.tasks.base import Task

from taskgauge.backends.reference.errors import BackendOptionInvalid, BackendOptionUnknown
from taskgauge.backends.reference.result_types import ResultTypes, load_result_types


class _TaskClass:
    """A descriptor: Django's Task on the backend class, and the Task of the result types on an instance."""

    def __get__(self, instance: "ReferenceBackend | None", owner: type) -> type[Any]:
        return Task if instance is None else instance.types.Task


class ReferenceBackend(BaseTaskBackend):
    """A task backend that reads the options; a subclass runs the tasks."""

    supports_async_task = True
    supports_priority = True
    task_class = _TaskClass()

    counts: ClassVar[dict[str, int]] = {}
    """The options of the subclass that are whole numbers, with the smallest valid value."""

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        """Raise BackendOptionUnknown or BackendOptionInvalid for wrong OPTIONS."""
        super().__init__(alias, params)
        known = {"result_types", *self.counts}
        for name in self.options:
            if name not in known:
                raise BackendOptionUnknown(
                    f"TASKS[{alias!r}]: {type(self).__name__} has no option {name!r}; it has {', '.join(sorted(known))}"
                )
        for name, least in self.counts.items():
            value = self.options.get(name, least)
            if type(value) is not int or value < least:
                raise BackendOptionInvalid(
                    f"TASKS[{alias!r}]: option {name!r} is {value!r}, and must be a whole number from {least}"
                )

    @cached_property
    def types(self) -> ResultTypes:
        """The classes of OPTIONS["result_types"].

        They are imported at first use, because the import may make tasks of this backend.
        """
        return load_result_types(self.options.get("result_types"))
