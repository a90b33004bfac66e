"""Counts the statements of a PostgreSQL database by `pg_stat_statements`."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from taskgauge.backends.services.counters import NotCounted
from taskgauge.backends.services.errors import ServiceError

MODULE = "pg_stat_statements"
_FOLDERS = ("lib", "lib/postgresql", "lib64", "lib64/pgsql", "../lib/postgresql")
"""The folders, beside that of the binaries, in which packages keep the server's modules."""
_OWN = "taskgauge_check"
"""The table of Taskgauge's own check, which is not counted."""
_CONSTRAINT = "OPERATOR(pg_catalog.=)"
"""The operator in the queries by which the server itself checks foreign keys; some run at the commit."""
_READ = """
SELECT query, sum(calls)::bigint FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid
WHERE datname = '{database}' AND query NOT LIKE '%{own}%' AND query NOT LIKE '%{constraint}%' GROUP BY query
"""
_RELOAD = 10.0
"""The seconds in which the server must read its changed settings."""


def has_module(binaries: Path) -> bool:
    """Return True if the server of this folder of binaries can load the module."""
    places = [binaries.resolve().parent / name for name in _FOLDERS]
    return any(path.suffix in {".so", ".dylib"} for place in places for path in place.glob(f"{MODULE}.*"))


class PostgreSQLStatements:
    """The statements that clients send to one database; those inside of a function are part of its call."""

    environment: ClassVar[Mapping[str, str]] = {}

    def __init__(self, execute: Callable[[str], list[tuple[Any, ...]]], database: str, *, is_ours: bool) -> None:
        """Take a function that runs a statement in another database of the server; raise NotCounted."""
        self._execute = execute
        self._read = _READ.format(database=database, own=_OWN, constraint=_CONSTRAINT)
        try:
            if is_ours:
                self._start()
            [(state,)] = execute(f"SELECT current_setting('{MODULE}.track', true)")
            execute(self._read)
        except ServiceError as error:
            raise NotCounted(f"the server has no {MODULE}") from error
        if state not in {"top", "all"}:
            raise NotCounted(f"{MODULE}.track is not set to top")

    def read(self) -> Mapping[str, int]:
        """Return the number of calls by statement, without values; raise ServiceError."""
        return {str(query): int(calls) for query, calls in self._execute(self._read)}

    def _start(self) -> None:
        self._execute(f"CREATE EXTENSION IF NOT EXISTS {MODULE}")
        self._execute(f"ALTER SYSTEM SET {MODULE}.track = 'top'")
        self._execute("SELECT pg_reload_conf()")
        deadline = time.monotonic() + _RELOAD
        while self._execute(f"SHOW {MODULE}.track") != [("top",)] and time.monotonic() < deadline:
            time.sleep(0.05)
