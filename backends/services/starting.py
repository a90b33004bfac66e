"""Starts the services of a target, and stops them, however the run ends."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from taskgauge.backends.services.errors import ClientMissing, ServiceUnavailable
from taskgauge.backends.services.postgresql import PostgreSQL
from taskgauge.backends.services.rabbitmq import RabbitMQ
from taskgauge.backends.services.redis import Redis
from taskgauge.backends.services.service import Service
from taskgauge.backends.services.sqlite import Sqlite

CLASSES: Mapping[str, type[Service]] = {service.kind: service for service in (Sqlite, PostgreSQL, Redis, RabbitMQ)}


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
        """The values of the placeholders of descriptors."""
        return {name: value for service in self for name, value in service.placeholders.items()}

    @contextmanager
    def beside(self) -> Iterator["Services"]:
        """Yield other stores on the same servers, as long as the context lasts; raise ServiceError."""
        with ExitStack() as stack:
            yield Services({kind: stack.enter_context(service.beside()) for kind, service in self._services.items()})

    def check(self) -> None:
        """Raise ServiceError if a service does not run, does not answer, or accepts no more data."""
        for service in self:
            service.check()

    def empty(self) -> None:
        """Remove the data of tasks from all services; raise ServiceError."""
        for service in self:
            service.empty()

    def drop_connections(self) -> None:
        """Close all connections to all services; raise ServiceError."""
        for service in self:
            service.drop_connections()

    def start(self) -> None:
        """Start the services that were stopped; raise ServiceError."""
        for service in self:
            service.start()

    def stop(self) -> None:
        """Stop all services in order, and keep the stored data; raise ServiceError."""
        for service in self:
            service.stop()

    def kill(self) -> None:
        """Kill all services; raise ServiceError."""
        for service in self:
            service.kill()


def unavailable(kind: str) -> str | None:
    """Return the reason, in one line, why this kind of service is unavailable here, or None."""
    return CLASSES[kind].without_client() or CLASSES[kind].without_server()


def is_given(kind: str) -> bool:
    """Return True if the environment has a server's URL for this kind: all its services then share that server."""
    return bool(CLASSES[kind].variable and os.environ.get(CLASSES[kind].variable))


@contextmanager
def started(kinds: Iterable[str], folder: Path) -> Iterator[Services]:
    """Yield empty services of these kinds, with their logs in a folder; raise ServiceError.

    At the end, also if this process dies, servers of Taskgauge are removed, and a user's servers are as before.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        services = {}
        for kind in dict.fromkeys(kinds):
            if reason := CLASSES[kind].without_client():
                raise ClientMissing(f"{kind}: {reason}")
            if reason := CLASSES[kind].without_server():
                raise ServiceUnavailable(f"{kind}: {reason}")
            services[kind] = stack.enter_context(CLASSES[kind].started(folder))
        yield Services(services)
