"""SQLite as a service: a file without a server."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import ClassVar, Self

from taskgauge.backends.services.errors import ServiceNotOurs
from taskgauge.backends.services.folders import check_room, data_folder
from taskgauge.backends.services.server import Server
from taskgauge.backends.services.service import Service
from taskgauge.backends.services.sqlite_statements import SqliteStatements
from taskgauge.backends.services.tables import KEPT

_FILE = "store.sqlite3"
_WAIT = 30.0
"""The seconds to wait for another process's lock."""


class Sqlite(Service):
    """The path at which the target makes its database."""

    kind: ClassVar[str] = "sqlite"
    variable: ClassVar[str] = ""
    client: ClassVar[str] = ""

    def __init__(self, path: Path) -> None:
        """Take the path of a file that does not exist yet."""
        super().__init__(None)
        self._path = path

    @classmethod
    def without_server(cls) -> str | None:
        """Return None: SQLite is part of Python."""
        return None

    @classmethod
    @contextmanager
    def started(cls, logs: Path) -> Iterator[Self]:
        """Make a folder for the file."""
        del logs
        with data_folder() as folder:
            yield cls(folder / _FILE)

    @classmethod
    def remove_leftover(cls, name: str) -> None:
        """Do nothing: users never give a SQLite server."""

    @property
    def placeholders(self) -> Mapping[str, str]:
        """The path of the file."""
        return {"store": str(self._path)}

    @contextmanager
    def beside(self) -> Iterator[Self]:
        """Yield a file in another folder."""
        with data_folder() as folder:
            yield type(self)(folder / _FILE)

    @contextmanager
    def counted(self) -> Iterator[SqliteStatements]:
        """Count the statements of processes that call `record_statements` before they connect."""
        with closing(SqliteStatements(self._path.with_name("statements"))) as counter:
            yield counter

    def try_to_write(self) -> None:
        """Raise StoreFull if the disk is full. Limits and locks of the database belong to the target."""
        check_room(self._path.parent)

    def drop_connections(self) -> None:
        """Raise ServiceNotOurs: SQLite has no connections to close."""
        self._own()

    def empty(self) -> None:
        """Delete all rows except rows of migrations."""
        with closing(sqlite3.connect(self._path, timeout=_WAIT)) as connection, connection:
            names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for name in names:
                if name not in KEPT and not name.startswith("sqlite_"):
                    connection.execute(f'DELETE FROM "{name}"')  # noqa: S608 -- a table's own name

    def _own(self) -> Server:
        raise ServiceNotOurs("SQLite has no server to stop and no connections to drop")
