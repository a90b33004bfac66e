"""Starts the services of a target, and ends them, however the run ends."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from taskgauge.backends.services.errors import ServiceUnavailable
from taskgauge.backends.services.postgresql import PostgreSQL
from taskgauge.backends.services.rabbitmq import RabbitMQ
from taskgauge.backends.services.redis import Redis
from taskgauge.backends.services.service import Service
from taskgauge.backends.services.sqlite import Sqlite

CLASSES: Mapping[str, type[Service]] = {each.kind: each for each in (Sqlite, PostgreSQL, Redis, RabbitMQ)}


class Services:
    """The services of one target, by kind."""

    def __init__(self, services: Mapping[str, Service]) -> None:
        """Take services that run."""
        self._services = dict(services)

    def __getitem__(self, kind: str) -> Service:
        return self._services[kind]

    def __iter__(self) -> Iterator[Service]:
        return iter(self._services.values())

    def __len__(self) -> int:
        return len(self._services)

    @property
    def placeholders(self) -> dict[str, str]:
        """What descriptors' placeholders stand for."""
        return {name: value for service in self for name, value in service.placeholders.items()}

    @contextmanager
    def beside(self) -> Iterator["Services"]:
        """Give others on the same servers, for as long as the context lasts; raise ServiceError."""
        with ExitStack() as stack:
            yield Services({kind: stack.enter_context(each.beside()) for kind, each in self._services.items()})

    def check(self) -> None:
        """Raise ServiceError where one of them does not run, does not answer, or takes nothing more."""
        for service in self:
            service.check()

    def empty(self) -> None:
        """Remove all that tasks left; raise ServiceError."""
        for service in self:
            service.empty()

    def drop_connections(self) -> None:
        """End all connections; raise ServiceError."""
        for service in self:
            service.drop_connections()

    def start(self) -> None:
        """Start those that were stopped; raise ServiceError."""
        for service in self:
            service.start()

    def stop(self) -> None:
        """End them in order, with what is stored kept; raise ServiceError."""
        for service in self:
            service.stop()

    def kill(self) -> None:
        """Kill them; raise ServiceError."""
        for service in self:
            service.kill()


def unavailable(kind: str) -> str | None:
    """Return why there can be no such service here, in a line, or None."""
    return CLASSES[kind].without_client() or CLASSES[kind].without_server()


def is_given(kind: str) -> bool:
    """Whether a server of this kind is given by its URL, so that whoever starts such a service shares it."""
    return bool(CLASSES[kind].variable and os.environ.get(CLASSES[kind].variable))


@contextmanager
def started(kinds: Iterable[str], folder: Path) -> Iterator[Services]:
    """Give services of these kinds, empty, with their logs in a folder; raise ServiceError.

    At the end they are gone, or as they were if they were given. Should this process die, they go as well.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        services = {}
        for kind in dict.fromkeys(kinds):
            if reason := unavailable(kind):
                raise ServiceUnavailable(f"{kind}: {reason}")
            services[kind] = stack.enter_context(CLASSES[kind].started(folder))
        yield Services(services)
