"""The stores of one profile: both sides use the same server, with separate places in it."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from taskgauge.backends.services import Services, started
from taskgauge.backends.services.errors import ServiceError
from taskgauge.suites.gate.errors import TargetUnusable
from taskgauge.suites.gate.process_profile import ProcessProfile

_DATABASES = 16
"""The default number of databases of a Redis server."""

type Place = tuple[int, str]
"""A role of a pair, 0 or 1, and the side that has this role: base or head."""


class Stores:
    """The stores of the processes of a profile; the roles of a pair, and base and head, have separate places.

    Two servers may differ permanently in speed, and so would the sides. So one server is used where possible (Redis:
    two of its databases), and sides swap roles when a result is confirmed. Tables and queues of a side stay in its
    place. So base and head have different places on the server: base must not use an index that head's migrations add.
    """

    def __init__(self, places: Mapping[Place, Services], *, shared: bool = False) -> None:
        """Take the services of each place; with `shared` both roles use one Redis, and role 1 its next database."""
        self._places = places
        self._shared = shared
        self._used: set[Place] = set()

    def placeholders(self, role: int, side: str) -> Mapping[str, str]:
        """Return the values of the placeholders in settings."""
        if not self._places:
            return {}
        self._used.add((role, side))
        values = self._places[role, side].placeholders
        return _next_database(values) if role and self._shared else values

    def holds_something(self) -> bool:
        """Return True if role 1's database on a shared server is not empty."""
        with _redis(self.placeholders(1, "base")) as client:
            return bool(client.dbsize())

    def empty(self) -> None:
        """Empty the places that were used since the last call; raise TargetUnusable."""
        try:
            for services in dict.fromkeys(self._places[place] for place in sorted(self._used)):
                services.empty()
                if self._shared:
                    _empty_next(services)
        except ServiceError as error:
            raise TargetUnusable(f"the store could not be emptied: {error}") from error
        self._used.clear()


@contextmanager
def stores_for(profile: ProcessProfile, logs: Path) -> Iterator[Stores]:
    """Start a profile's stores, and end them with the context; raise TargetUnusable."""
    if not profile.needs_server:
        yield Stores({})
        return
    with ExitStack() as stack:
        try:
            first = stack.enter_context(started(profile.kinds, logs / "0"))
            shared = profile.kinds == ("redis",)
            second = first if shared else stack.enter_context(started(profile.kinds, logs / "1"))
            places = {(role, "base"): services for role, services in enumerate((first, second))}
            # Only Redis is shared, and emptying it removes everything.
            others = [services if shared else stack.enter_context(services.beside()) for services in (first, second)]
            places |= {(role, "head"): services for role, services in enumerate(others)}
        except ServiceError as error:
            raise TargetUnusable(f"{profile.name}: {error}") from error
        stores = Stores(places, shared=shared)
        if shared and stores.holds_something():
            raise TargetUnusable(f"{profile.name}: the next Redis database is not empty: give another server")
        try:
            yield stores
        finally:
            stores.empty()


def _next_database(values: Mapping[str, str]) -> dict[str, str]:
    parts = urlsplit(values["redis"])
    number = str((int(values["redis_database"]) + 1) % _DATABASES)
    return {**values, "redis": urlunsplit(parts._replace(path=f"/{number}")), "redis_database": number}


def _empty_next(services: Services) -> None:
    with _redis(_next_database(services.placeholders)) as client:
        client.flushdb()


def _redis(values: Mapping[str, str]) -> Any:
    import redis  # noqa: PLC0415 -- installed only if a target needs it

    return redis.Redis.from_url(values["redis"])
