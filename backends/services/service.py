"""What every service offers, whether it was given or is ours."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar, Self

from taskgauge.backends.services.errors import ServiceNotOurs
from taskgauge.backends.services.server import Server


class Service(ABC):
    """One store of a target, empty at first, for as long as the context of `started` lasts."""

    kind: ClassVar[str]
    """One of the kinds of store that descriptors name."""
    variable: ClassVar[str]
    """The environment variable by which a server is given."""

    client: ClassVar[str]
    """The package by which Taskgauge speaks to it; empty: one of Python's own."""

    def __init__(self, server: Server | None) -> None:
        """Take the server if it is ours."""
        self._server = server

    @classmethod
    def without_client(cls) -> str | None:
        """Return that Taskgauge cannot speak to it here, or None."""
        if not cls.client or find_spec(cls.client) is not None:
            return None
        return f"{cls.client} is not installed: pip install 'taskgauge[{cls.kind}]'"

    @classmethod
    @abstractmethod
    def without_server(cls) -> str | None:
        """Return why none is given and none can be started here, or None."""

    @classmethod
    @abstractmethod
    def started(cls, logs: Path) -> AbstractContextManager[Self]:
        """Use the server that is given, or start one, with its log in a folder; raise ServiceError."""

    @classmethod
    @abstractmethod
    def remove_leftover(cls, name: str) -> None:
        """Remove what a run that died made, under this name, on a server that was given; raise ServiceError."""

    @contextmanager
    def beside(self) -> Iterator[Self]:
        """Give another such store on the same server, for as long as the context lasts; raise ServiceError.

        It is the same one where emptying leaves nothing at all, so that two users in turn know nothing of each other.
        """
        yield self

    @property
    @abstractmethod
    def placeholders(self) -> Mapping[str, str]:
        """What descriptors' placeholders stand for."""

    @property
    def is_ours(self) -> bool:
        """Whether it can be stopped and killed."""
        return self._server is not None

    def start(self) -> None:
        """Start it again on the same port, with what was stored; raise ServiceError."""
        self._own().start()

    def stop(self) -> None:
        """End it in order, with what is stored kept; raise ServiceNotOurs."""
        self._own().stop()

    def kill(self) -> None:
        """Kill it, as a crash would; raise ServiceNotOurs."""
        self._own().kill()

    def check(self) -> None:
        """Raise ServiceError where it does not run any more, does not answer, or takes nothing more."""
        if self._server is not None:
            self._server.check()
        self.try_to_write()

    @abstractmethod
    def try_to_write(self) -> None:
        """Have it store something, and forget it again; raise ServiceError."""

    @abstractmethod
    def drop_connections(self) -> None:
        """End all connections to it; raise ServiceError."""

    @abstractmethod
    def empty(self) -> None:
        """Remove all that tasks left in it, and nothing that prepared it; raise ServiceError."""

    def _own(self) -> Server:
        if self._server is None:
            raise ServiceNotOurs(f"{self.kind} was given by {self.variable}: only what Taskgauge started is stopped")
        return self._server
