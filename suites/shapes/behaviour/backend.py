"""A small backend that keeps results in the process, and its registration with Django while a question is asked."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.tasks import task_backends
from django.tasks.backends.base import BaseTaskBackend
from django.tasks.exceptions import TaskResultDoesNotExist
from django.utils.crypto import get_random_string

from taskgauge.suites.shapes.variants import Variant

ALIAS = "behaviour"


class KeepingBackend(BaseTaskBackend):
    """Keeps enqueued results and runs nothing; the code of a question changes the state of a result."""

    supports_defer = True
    supports_async_task = True
    supports_get_result = True
    supports_priority = True

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        super().__init__(alias, params)
        self.variant: Variant = self.options["variant"]
        self.kept: dict[str, Any] = {}

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        """Keep a new result and return an equal copy, as a backend with its own store does."""
        self.validate_task(task)
        self.keep(
            self.variant.new_result(
                task=task,
                id=(result_id := get_random_string(32)),
                status=self.variant.TaskResultStatus.READY,
                enqueued_at=None,
                started_at=None,
                last_attempted_at=None,
                finished_at=None,
                args=args,
                kwargs=kwargs,
                backend=self.alias,
                errors=[],
                worker_ids=[],
            )
        )
        return copy.copy(self.kept[result_id])

    def keep(self, result: Any) -> None:
        """Store this result under its id."""
        self.kept[result.id] = result

    def get_result(self, result_id: str) -> Any:
        """Return the stored state of a result."""
        if result_id not in self.kept:
            raise TaskResultDoesNotExist(result_id)
        return copy.copy(self.kept[result_id])


@contextmanager
def installed(backend: BaseTaskBackend) -> Iterator[None]:
    """Register the backend with Django under its alias inside the context."""
    task_backends[backend.alias] = backend
    try:
        yield
    finally:
        del task_backends[backend.alias]


@contextmanager
def keeping(variant: Variant) -> Iterator[KeepingBackend]:
    """Register a KeepingBackend with the variant's `task_class` under ALIAS inside the context."""
    backend_class = type("OwnBackend", (KeepingBackend,), {"task_class": variant.Task})
    backend = backend_class(ALIAS, {"QUEUES": [], "OPTIONS": {"variant": variant}})
    with installed(backend):
        yield backend
