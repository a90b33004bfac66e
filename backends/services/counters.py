"""Counters of a store: the statements, commands or messages that it got, by text."""

from collections.abc import Mapping
from typing import Protocol

from taskgauge.backends.services.errors import ServiceError


class NotCounted(ServiceError):
    """A store has no counters that Taskgauge can read."""


class StoreCounter(Protocol):
    """The counters of one store. Taskgauge's own readings are not in them."""

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment variables that the processes of the target need, so that the store can be counted."""

    def read(self) -> Mapping[str, int]:
        """Return the number of statements, commands or messages so far, by text; raise ServiceError."""
