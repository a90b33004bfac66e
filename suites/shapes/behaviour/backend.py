"""A small backend that keeps results in the process, and a place among Django's backends while a question lasts."""

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
    """Keeps what is enqueued and runs nothing; whoever asks a question decides what becomes of a result."""

    supports_defer = True
    supports_async_task = True
    supports_get_result = True
    supports_priority = True

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        super().__init__(alias, params)
        self.variant: Variant = self.options["variant"]
        self.kept: dict[str, Any] = {}

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        """Keep a new result and return an equal one, as a backend with a store of its own would."""
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
        """Make this the stored state of the result with its id."""
        self.kept[result.id] = result

    def get_result(self, result_id: str) -> Any:
        """Return the stored state of a result."""
        if result_id not in self.kept:
            raise TaskResultDoesNotExist(result_id)
        return copy.copy(self.kept[result_id])


@contextmanager
def installed(backend: BaseTaskBackend) -> Iterator[None]:
    """Make Django find the backend under its alias for as long as this lasts."""
    task_backends[backend.alias] = backend
    try:
        yield
    finally:
        del task_backends[backend.alias]


@contextmanager
def keeping(variant: Variant) -> Iterator[KeepingBackend]:
    """Make Django find a keeping backend whose `task_class` is the variant's under ALIAS for as long as this lasts."""
    backend_class = type("OwnBackend", (KeepingBackend,), {"task_class": variant.Task})
    backend = backend_class(ALIAS, {"QUEUES": [], "OPTIONS": {"variant": variant}})
    with installed(backend):
        yield backend
