"""The stores of one scene: both sides on the same server, each with a place of its own in it."""

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
"""How many databases a Redis server has unless it is told otherwise."""

type Place = tuple[int, str]
"""A role of a pair, 0 or 1, and the side that has it: base or head."""


class Stores:
    """Where the processes of a scene keep tasks: role 0 and role 1 of a pair never meet, nor do base and head.

    Two servers would differ for as long as they live, and so would the sides; therefore it is one server where that is
    possible (Redis: two of its databases), and roles change sides when a result is confirmed. What a side makes in its
    place besides tasks (tables, queues) stays there, so the other side gets another place on the same server: an index
    that head's migrations add must not be base's as well.
    """

    def __init__(self, places: Mapping[Place, Services], *, shared: bool = False) -> None:
        """Take the services of each place; `shared`: both roles' are one Redis, and role 1 has its next database."""
        self._places = places
        self._shared = shared
        self._used: set[Place] = set()

    def placeholders(self, role: int, side: str) -> Mapping[str, str]:
        """Return what the placeholders of settings stand for."""
        if not self._places:
            return {}
        self._used.add((role, side))
        values = self._places[role, side].placeholders
        return _next_database(values) if role and self._shared else values

    def holds_something(self) -> bool:
        """Whether role 1 would find anything on a shared server."""
        with _redis(self.placeholders(1, "base")) as client:
            return bool(client.dbsize())

    def empty(self) -> None:
        """Remove all that tasks left in the places that were used since; raise TargetUnusable."""
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
    """Give a scene's stores for as long as the context lasts; raise TargetUnusable."""
    if not profile.needs_server:
        yield Stores({})
        return
    with ExitStack() as stack:
        try:
            first = stack.enter_context(started(profile.kinds, logs / "0"))
            shared = profile.kinds == ("redis",)
            second = first if shared else stack.enter_context(started(profile.kinds, logs / "1"))
            places = {(role, "base"): services for role, services in enumerate((first, second))}
            # What is shared is Redis alone, of which emptying leaves nothing.
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
    import redis  # noqa: PLC0415 -- only where it is used must it be installed

    return redis.Redis.from_url(values["redis"])
