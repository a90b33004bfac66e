"""Redis or Valkey as a service: one database of a server."""

import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, ClassVar, Self

from taskgauge.backends.services.errors import ServiceRefused, ServiceUrlWrong, StoreNotEmpty
from taskgauge.backends.services.folders import data_folder
from taskgauge.backends.services.leftovers import removed_whatever_happens
from taskgauge.backends.services.ports import LOOPBACK
from taskgauge.backends.services.redis_commands import RedisCommands
from taskgauge.backends.services.server import Server, started_on_a_free_port
from taskgauge.backends.services.service import Service
from taskgauge.backends.services.urls import Given, given

_SCHEMES = ("redis", "rediss", "valkey", "valkeys")
_SECURE = ("rediss", "valkeys")
_PORT = 6379
_BINARIES = ("redis-server", "valkey-server")
_TIMEOUT = 5.0
"""The seconds after which a server that does not answer counts as gone."""
# Data survives a stop and a crash of the server, as in production; snapshots would add nothing.
_CONFIGURATION = """
bind {host}
port {port}
protected-mode yes
requirepass {password}
dir {folder}
appendonly yes
save ""
daemonize no
"""


class Redis(Service):
    """One database of a Redis server."""

    kind: ClassVar[str] = "redis"
    variable: ClassVar[str] = "TASKGAUGE_REDIS_URL"
    client: ClassVar[str] = "redis"

    def __init__(self, server: Server | None, url: Given) -> None:
        """Take the server if Taskgauge started it, and the server's URL."""
        super().__init__(server)
        self._url = url
        self._database = _database(url)

    @classmethod
    def without_server(cls) -> str | None:
        """Return the reason why there is no server and none can be started here, or None."""
        if os.environ.get(cls.variable) or _binary():
            return None
        return f"neither {' nor '.join(_BINARIES)} is on PATH, and {cls.variable} is not set"

    @classmethod
    @contextmanager
    def started(cls, logs: Path) -> Iterator[Self]:
        """Use the user's server, or start a server with its log in a folder; raise ServiceError."""
        server = given(cls.variable, _SCHEMES, _PORT)
        with cls._ours(logs) if server is None else cls._given(server) as service:
            yield service

    @classmethod
    def remove_leftover(cls, name: str) -> None:
        """Empty the database of a dead run."""
        server = given(cls.variable, _SCHEMES, _PORT)
        if server is not None and name == str(_database(server)):
            cls(None, server).empty()

    @classmethod
    @contextmanager
    def _given(cls, server: Given) -> Iterator[Self]:
        service = cls(None, server)
        count = _ask(server, "DBSIZE")
        if count:
            raise StoreNotEmpty(
                f"{server.place}: database {service._database} holds {count} keys, and Taskgauge empties what it uses: "
                f"give another, as in redis://{server.host}:{server.port}/{service._database + 1}"
            )
        with removed_whatever_happens(cls.kind, str(service._database), server):
            try:
                yield service
            finally:
                service.empty()

    @classmethod
    @contextmanager
    def _ours(cls, logs: Path) -> Iterator[Self]:
        password = secrets.token_hex(16)
        with data_folder() as folder:
            server = started_on_a_free_port(lambda port: _server(folder, logs, _url(port, password)))
            try:
                yield cls(server, _url(server.port, password))
            finally:
                server.kill()

    @property
    def placeholders(self) -> Mapping[str, str]:
        """The URL of the database and its parts."""
        return {
            "redis": self._url.url,
            "redis_host": self._url.host,
            "redis_port": str(self._url.port),
            "redis_password": self._url.password,
            "redis_database": str(self._database),
        }

    @contextmanager
    def counted(self) -> Iterator[RedisCommands]:
        """Count the commands of the whole server; raise NotCounted if a user's server has other clients."""
        with closing(_client(self._url)) as client:
            yield RedisCommands(client, self._url.place, is_ours=self.is_ours)

    def cpu_seconds(self) -> float | None:
        """Return the processor time of the server so far; raise ServiceRefused."""
        facts: Mapping[str, Any] = _ask(self._url, "INFO", "cpu")
        return float(facts["used_cpu_sys"]) + float(facts["used_cpu_user"])

    def make_volatile(self) -> None:
        """Turn the append-only file off; raise ServiceRefused."""
        if self.is_ours:
            _ask(self._url, "CONFIG", "SET", "appendonly", "no")

    def try_to_write(self) -> None:
        """Set a key that expires after 1 ms; raise ServiceRefused."""
        _ask(self._url, "SET", "taskgauge:check", "1", "PX", "1")

    def drop_connections(self) -> None:
        """Close all client connections to the database; connections to other databases of the server stay open."""
        for kind in ("normal", "pubsub"):
            listed: bytes = _ask(self._url, "CLIENT", "LIST", "TYPE", kind)
            for line in listed.decode(errors="replace").splitlines():
                client = dict(word.partition("=")[::2] for word in line.split())
                if client["db"] == str(self._database):
                    _ask(self._url, "CLIENT", "KILL", "ID", client["id"])

    def keys(self) -> frozenset[bytes]:
        """Return the names of all keys of the database."""
        return frozenset(_ask(self._url, "KEYS", "*"))

    def lifetime(self, key: bytes) -> float | None:
        """Return the seconds until a key expires; None for a key that does not expire, or that is gone."""
        milliseconds: int = _ask(self._url, "PTTL", key)
        return milliseconds / 1000 if milliseconds >= 0 else None

    def expire(self, key: bytes) -> None:
        """Let a key expire now."""
        _ask(self._url, "PEXPIRE", key, "0")

    def empty(self) -> None:
        """Remove all keys of the database."""
        _ask(self._url, "FLUSHDB")


def _binary() -> str | None:
    return next((path for name in _BINARIES if (path := shutil.which(name))), None)


def _url(port: int, password: str) -> Given:
    return Given(
        variable="Redis",
        url=f"redis://:{password}@{LOOPBACK}:{port}/0",
        scheme="redis",
        host=LOOPBACK,
        port=port,
        user="",
        password=password,
        path="0",
    )


def _server(folder: Path, logs: Path, url: Given) -> Server:
    configuration = folder / "redis.conf"
    text = _CONFIGURATION.format(host=LOOPBACK, port=url.port, password=url.password, folder=folder)
    configuration.write_text(text, encoding="utf-8")
    binary = _binary() or _BINARIES[0]
    return Server(
        name=Path(binary).name,
        words=[binary, str(configuration)],
        environment=os.environ,
        folder=folder,
        log=logs / "redis.log",
        port=url.port,
        probe=lambda: _ask(url, "PING"),
    )


def _database(url: Given) -> int:
    if not url.path:
        return 0
    if not url.path.isdecimal():
        raise ServiceUrlWrong(f"{url.variable} must end with a database's number, not {url.path!r}")
    return int(url.path)


def _client(url: Given) -> Any:
    # The package is needed only where Redis is used.
    import redis  # noqa: PLC0415
    from redis.backoff import NoBackoff  # noqa: PLC0415
    from redis.retry import Retry  # noqa: PLC0415

    return redis.Redis(  # only some versions of the package type its commands
        host=url.host,
        port=url.port,
        db=_database(url),
        username=url.user or None,
        password=url.password or None,
        ssl=url.scheme in _SECURE,
        retry=Retry(NoBackoff(), 0),
        socket_timeout=_TIMEOUT,
        socket_connect_timeout=_TIMEOUT,
    )


def _ask(url: Given, *words: str | bytes) -> Any:
    import redis  # noqa: PLC0415 -- the package is needed only where Redis is used

    try:
        with _client(url) as client:
            return client.execute_command(*words)
    except redis.RedisError as error:
        raise ServiceRefused(f"{url.place} does not answer as it should: {' '.join(str(error).split())}") from error
