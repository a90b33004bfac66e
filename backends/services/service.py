"""The interface of every service, on a user's server or on a server that Taskgauge starts."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar, Self

from taskgauge.backends.services.counters import StoreCounter
from taskgauge.backends.services.errors import ServiceNotOurs
from taskgauge.backends.services.server import Server


class Service(ABC):
    """One store of a target. It is empty at first, and lasts as long as the context of `started`."""

    kind: ClassVar[str]
    """The kind of store, as descriptors name it."""
    variable: ClassVar[str]
    """The environment variable with the URL of a user's server."""

    client: ClassVar[str]
    """The client package that Taskgauge uses; empty: a module of the standard library."""

    def __init__(self, server: Server | None) -> None:
        """Take the server if Taskgauge started it, else None."""
        self._server = server

    @classmethod
    def without_client(cls) -> str | None:
        """Return the reason why the client package is missing, or None."""
        if not cls.client:
            return None
        how = f"pip install 'taskgauge[{cls.kind}]'"
        if find_spec(cls.client) is None:
            return f"{cls.client} is not installed: {how}"
        try:
            import_module(cls.client)
        except ImportError as error:  # as psycopg without its C library
            return f"{cls.client} cannot be imported ({' '.join(str(error).split())}): {how}"
        return None

    @classmethod
    @abstractmethod
    def without_server(cls) -> str | None:
        """Return the reason why there is no server and none can be started here, or None."""

    @classmethod
    @abstractmethod
    def started(cls, logs: Path) -> AbstractContextManager[Self]:
        """Use the user's server, or start a server with its log in a folder; raise ServiceError."""

    @classmethod
    @abstractmethod
    def remove_leftover(cls, name: str) -> None:
        """Remove the store of this name that a dead run left on a user's server; raise ServiceError."""

    @contextmanager
    def beside(self) -> Iterator[Self]:
        """Yield another store of this kind on the same server, as long as the context lasts; raise ServiceError.

        If emptying leaves nothing behind, it is the same store: two users in turn then see no data of each other.
        """
        yield self

    @property
    @abstractmethod
    def placeholders(self) -> Mapping[str, str]:
        """The values of the placeholders of descriptors."""

    @property
    def is_ours(self) -> bool:
        """True if Taskgauge started the server, and so can stop and kill it."""
        return self._server is not None

    @property
    def pid(self) -> int | None:
        """The process id of the server, or None if the server is not ours or the store has none."""
        return None if self._server is None else self._server.pid

    def cpu_seconds(self) -> float | None:
        """Return the processor time of the server so far, or None if it does not report it; raise ServiceError."""
        return None

    def make_durable(self) -> None:  # noqa: B027 -- most stores need nothing for it
        """Let a server of Taskgauge write to the disk as one in production does; raise ServiceError."""

    def make_volatile(self) -> None:  # noqa: B027 -- only Redis is used as a store in memory
        """Let a server of Taskgauge keep its data in memory only; raise ServiceError."""

    @abstractmethod
    def counted(self) -> AbstractContextManager[StoreCounter]:
        """Count what the store gets from now on, as long as the context lasts; raise NotCounted."""

    def start(self) -> None:
        """Start the server again on the same port, with the stored data; raise ServiceError."""
        self._own().start()

    def stop(self) -> None:
        """Stop the server in order, and keep the stored data; raise ServiceNotOurs."""
        self._own().stop()

    def kill(self) -> None:
        """Kill the server, as a crash does; raise ServiceNotOurs."""
        self._own().kill()

    def check(self) -> None:
        """Raise ServiceError if the service no longer runs, does not answer, or accepts no more data."""
        if self._server is not None:
            self._server.check()
        self.try_to_write()

    @abstractmethod
    def try_to_write(self) -> None:
        """Store a value and remove it again; raise ServiceError."""

    @abstractmethod
    def drop_connections(self) -> None:
        """Close all connections to the store; raise ServiceError."""

    @abstractmethod
    def empty(self) -> None:
        """Remove the data of tasks, but keep what prepared the store; raise ServiceError."""

    def _own(self) -> Server:
        if self._server is None:
            raise ServiceNotOurs(f"{self.kind} was given by {self.variable}: Taskgauge stops only its own servers")
        return self._server
