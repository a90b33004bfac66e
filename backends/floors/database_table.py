"""The floor in a database: INSERT to enqueue, UPDATE of the first waiting row to claim, UPDATE to finish.

PostgreSQL claims with SKIP LOCKED. SQLite has one writer at a time and needs no such words.
"""

import sqlite3
import sys
import time
from typing import Any

from taskgauge.backends.floors.floor_environment import function, setting

_POLL_SECONDS = 0.01
_TABLE = """
CREATE TABLE floor (id {key}, number BIGINT NOT NULL, payload TEXT NOT NULL, state SMALLINT NOT NULL DEFAULT 0);
CREATE INDEX floor_waiting ON floor (id) WHERE state = 0;
"""
_CLAIM = """
UPDATE floor SET state = 1 WHERE id = (SELECT id FROM floor WHERE state = 0 ORDER BY id LIMIT 1 {locked})
RETURNING id, number
"""


class DatabaseTableFloor:
    """Numbers in a table; each statement is a transaction of its own."""

    def __init__(self) -> None:
        """Connect to the database of the settings."""
        place = setting("FLOOR_DATABASE")
        self._connection: Any
        if isinstance(place, str):
            self._connection = sqlite3.connect(place, isolation_level=None, timeout=30, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._mark, self._key, locked = "?", "INTEGER PRIMARY KEY", ""
        else:
            import psycopg  # noqa: PLC0415 -- only on PostgreSQL

            self._connection = psycopg.connect(**place, autocommit=True)
            self._mark, self._key, locked = "%s", "BIGSERIAL PRIMARY KEY", "FOR UPDATE SKIP LOCKED"
        self._claim = _CLAIM.format(locked=locked)

    def prepare(self) -> None:
        """Make the table."""
        for statement in _TABLE.format(key=self._key).split(";")[:-1]:
            self._connection.execute(statement)

    def put(self, number: int, payload: str = "") -> None:
        """Insert a number and a text."""
        statement = f"INSERT INTO floor (number, payload) VALUES ({self._mark}, {self._mark})"  # noqa: S608 -- constants
        self._connection.execute(statement, (number, payload))

    def work(self) -> None:
        """Take numbers until the process ends."""
        call = function()
        finish = f"UPDATE floor SET state = 2 WHERE id = {self._mark}"  # noqa: S608 -- a constant
        print("ready", flush=True)  # noqa: T201 -- the worker's `ready` text
        while True:
            row = self._connection.execute(self._claim).fetchone()
            if row is None:
                time.sleep(_POLL_SECONDS)
            else:
                call(row[1])
                self._connection.execute(finish, (row[0],))


if __name__ == "__main__":
    getattr(DatabaseTableFloor(), sys.argv[1])()
