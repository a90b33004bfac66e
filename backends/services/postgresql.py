"""PostgreSQL as a service: one database of a server."""

import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from signal import SIGINT
from typing import Any, ClassVar, Self

from taskgauge.backends.processes.supervised_process import ProcessNotStarted, SupervisedProcess
from taskgauge.backends.services.errors import ServerNotStarted, ServiceRefused
from taskgauge.backends.services.folders import data_folder
from taskgauge.backends.services.leftovers import removed_whatever_happens
from taskgauge.backends.services.ports import LOOPBACK
from taskgauge.backends.services.postgresql_statements import MODULE, PostgreSQLStatements, has_module
from taskgauge.backends.services.server import Server, end_of_log, started_on_a_free_port
from taskgauge.backends.services.server_user import unprivileged_user, without_right, without_user
from taskgauge.backends.services.service import Service
from taskgauge.backends.services.shared_memory import segment_removed
from taskgauge.backends.services.tables import KEPT
from taskgauge.backends.services.urls import Given, given

_SCHEMES = ("postgresql", "postgres")
_PORT = 5432
_TIMEOUT = 5
_INITDB = 120.0
"""The seconds that `initdb` may take."""
_USER = "taskgauge"
# Debian and others keep the binaries of each version in a folder that is not on PATH.
_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")


class PostgreSQL(Service):
    """One database of a PostgreSQL server."""

    kind: ClassVar[str] = "postgresql"
    variable: ClassVar[str] = "TASKGAUGE_POSTGRESQL_URL"
    client: ClassVar[str] = "psycopg"

    def __init__(self, server: Server | None, url: Given, name: str) -> None:
        """Take the server if Taskgauge started it, the server's URL, and the database's name."""
        super().__init__(server)
        self._url = url
        self._name = name

    @classmethod
    def without_server(cls) -> str | None:
        """Return the reason why there is no server and none can be started here, or None."""
        if os.environ.get(cls.variable):
            return None
        binaries = _binaries()
        if binaries is None:
            reason = f"initdb and postgres are neither on PATH nor in {_FOLDERS[0]}"
        else:
            reason = without_user() or without_right(binaries / "initdb", unprivileged_user()) or ""
        return f"{reason}, and {cls.variable} is not set" if reason else None

    @classmethod
    @contextmanager
    def started(cls, logs: Path) -> Iterator[Self]:
        """Make a database on the user's server, or on a server that this starts; raise ServiceError."""
        server = given(cls.variable, _SCHEMES, _PORT)
        with cls._ours(logs) if server is None else cls._given(server) as service:
            yield service

    @classmethod
    def remove_leftover(cls, name: str) -> None:
        """Drop the database of a dead run."""
        server = given(cls.variable, _SCHEMES, _PORT)
        if server is not None:
            _drop(server, name)

    @classmethod
    @contextmanager
    def _given(cls, server: Given) -> Iterator[Self]:
        name = f"{_USER}_{secrets.token_hex(6)}"
        with removed_whatever_happens(cls.kind, name, server):
            _execute(server, server.path or "postgres", f'CREATE DATABASE "{name}"')
            try:
                yield cls(None, server, name)
            finally:
                _drop(server, name)

    @classmethod
    @contextmanager
    def _ours(cls, logs: Path) -> Iterator[Self]:
        user, password = unprivileged_user(), secrets.token_hex(16)
        with data_folder(user) as folder, segment_removed(folder / "data"):
            _initialise(folder, logs / "postgresql.log", user, password)
            server = started_on_a_free_port(lambda port: _server(folder, logs, user, _url(port, password)))
            try:
                url = _url(server.port, password)
                _execute(url, "postgres", f'CREATE DATABASE "{_USER}"')
                yield cls(server, url, _USER)
            finally:
                server.kill()

    @property
    def placeholders(self) -> Mapping[str, str]:
        """The URL of the database and its parts."""
        url = self._url
        before, _, _ = url.url.partition("?")
        base = before.rsplit("/", 1)[0] if before.count("/") > 2 else before
        return {
            "postgresql": f"{base}/{self._name}",
            "postgresql_host": url.host,
            "postgresql_port": str(url.port),
            "postgresql_user": url.user,
            "postgresql_password": url.password,
            "postgresql_name": self._name,
        }

    @contextmanager
    def beside(self) -> Iterator[Self]:
        """Yield another database, since emptying keeps tables."""
        name = f"{self._name}_{secrets.token_hex(3)}"
        # A database on a server of Taskgauge is removed with the server.
        with nullcontext() if self.is_ours else removed_whatever_happens(self.kind, name, self._url):
            _execute(self._url, self._url.path or "postgres", f'CREATE DATABASE "{name}"')
            try:
                yield type(self)(self._server, self._url, name)
            finally:
                if not self.is_ours:
                    _drop(self._url, name)

    def make_durable(self) -> None:
        """Turn fsync on, which is off in servers of Taskgauge; raise ServiceError."""
        if self.is_ours:
            _execute(self._url, "postgres", "ALTER SYSTEM SET fsync = on")
            _execute(self._url, "postgres", "SELECT pg_reload_conf()")

    @contextmanager
    def counted(self) -> Iterator[PostgreSQLStatements]:
        """Count the statements of the database; raise NotCounted if the server lacks pg_stat_statements."""
        # The counter's own statements run in another database.
        elsewhere = self._url.path or "postgres"
        yield PostgreSQLStatements(
            lambda statement: _execute(self._url, elsewhere, statement), self._name, is_ours=self.is_ours
        )

    def try_to_write(self) -> None:
        """Make a temporary table; raise ServiceRefused."""
        _execute(self._url, self._name, "CREATE TEMPORARY TABLE taskgauge_check AS SELECT repeat('x', 8000)")

    def drop_connections(self) -> None:
        """Close all connections to the database."""
        _execute(
            self._url,
            self._name,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )

    def empty(self) -> None:
        """Delete all rows except rows of migrations."""
        tables = _execute(self._url, self._name, "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        names = [f'"{name}"' for (name,) in tables if name not in KEPT]
        if names:
            _execute(self._url, self._name, f"TRUNCATE {', '.join(names)} RESTART IDENTITY CASCADE")


def _drop(url: Given, name: str) -> None:
    _execute(url, url.path or "postgres", f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _binaries() -> Path | None:
    """Return the folder with `initdb` and `postgres`: on PATH, or the folder of the newest version."""
    initdb = shutil.which("initdb")
    folders = [Path(initdb).resolve().parent] if initdb else []
    for pattern in _FOLDERS:
        folders += sorted(Path("/").glob(pattern[1:]), key=_version, reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


def _version(folder: Path) -> int:
    return int((re.findall(r"\d+", str(folder)) or ["0"])[-1])


def _environment() -> dict[str, str]:
    """Return the environment without variables that name other PostgreSQL servers."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _initialise(folder: Path, log: Path, user: str | None, password: str) -> None:
    binaries = _binaries() or Path()
    secret = folder / "password"
    secret.write_text(password, encoding="utf-8")
    words = [str(binaries / "initdb"), "--pgdata", str(folder / "data"), "--username", _USER, "--pwfile", str(secret)]
    words += ["--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync"]
    with log.open("ab") as output:
        if user is not None:
            shutil.chown(secret, user)
        try:
            process = SupervisedProcess(words, environment=_environment(), folder=folder, output=output, user=user)
        except ProcessNotStarted as error:
            raise ServerNotStarted(f"{error}") from error
        with process:
            code = process.wait(_INITDB)
    if code is None:
        raise ServerNotStarted(f"initdb did not finish within {_INITDB:g} s: {end_of_log(log)}")
    if code:
        raise ServerNotStarted(f"initdb ended with code {code}: {end_of_log(log)}")
    with (folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as configuration:
        # A killed server loses no data by this; only a power failure of the machine does.
        configuration.write("fsync = off\n")
        if has_module(binaries):
            # It counts nothing until a session asks for it.
            configuration.write(f"shared_preload_libraries = '{MODULE}'\n{MODULE}.track = none\n")


def _url(port: int, password: str) -> Given:
    return Given(
        variable="PostgreSQL",
        url=f"postgresql://{_USER}:{password}@{LOOPBACK}:{port}",
        scheme="postgresql",
        host=LOOPBACK,
        port=port,
        user=_USER,
        password=password,
        path="",
    )


def _server(folder: Path, logs: Path, user: str | None, url: Given) -> Server:
    binary = (_binaries() or Path()) / "postgres"
    settings = {"listen_addresses": LOOPBACK, "port": url.port, "unix_socket_directories": ""}
    # In files of the data folder, which is removed: a killed server would leave the other kinds behind.
    settings["dynamic_shared_memory_type"] = "mmap"
    return Server(
        name="postgres",
        words=[str(binary), "-D", str(folder / "data"), *(f"--{name}={value}" for name, value in settings.items())],
        environment=_environment(),
        folder=folder,
        log=logs / "postgresql.log",
        port=url.port,
        probe=lambda: _execute(url, "postgres", "SELECT 1"),
        user=user,
        # A "fast" shutdown: PostgreSQL closes connections instead of waiting for them.
        stop_signal=SIGINT,
    )


def _execute(url: Given, database: str, statement: str) -> list[tuple[Any, ...]]:
    import psycopg  # noqa: PLC0415 -- the package is needed only where PostgreSQL is used

    try:
        with psycopg.connect(
            host=url.host,
            port=url.port,
            user=url.user or None,
            password=url.password or None,
            dbname=database,
            connect_timeout=_TIMEOUT,
            autocommit=True,
        ) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []
    except psycopg.Error as error:
        raise ServiceRefused(f"{url.place} refuses the request: {' '.join(str(error).split())}") from error
