"""Counts the statements that processes send to SQLite: each process writes them to one file."""

import os
import re
import sqlite3
from collections import Counter
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

VARIABLE = "TASKGAUGE_SQLITE_STATEMENTS"
"""The environment variable with the path of the file."""
_VALUES = re.compile(r"x?'(?:[^']|'')*'|(?<![\w.\"])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?\b", re.IGNORECASE)
_NULL = re.compile(r"(?<=[=,] )NULL\b|(?<=\()NULL\b")
"""A value; `IS NULL` and `NOT NULL` are words of the statement."""
_INSIDE_A_TRIGGER = "--"


class SqliteStatements:
    """The file of one store, read by the process that started the others."""

    def __init__(self, path: Path) -> None:
        """Make an empty file."""
        path.touch()
        self._file = path.open("rb")
        self._rest = b""
        self._counts: Counter[str] = Counter()
        self.environment: Mapping[str, str] = {VARIABLE: str(path)}

    def read(self) -> Mapping[str, int]:
        """Return the number of statements so far, without values."""
        *lines, self._rest = (self._rest + self._file.read()).split(b"\n")
        self._counts.update(line.decode(errors="replace") for line in lines)
        return dict(self._counts)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def without_values(statement: str) -> str:
    """Return a statement in one line and without values."""
    return _NULL.sub("?", _VALUES.sub("?", " ".join(statement.split())))


def record_statements() -> None:
    """Write each statement of each connection that this process opens from now on to the file of the environment.

    Do nothing if the environment names no file. Forked processes write to the same file.
    """
    path = os.environ.get(VARIABLE)
    if path is None:
        return
    # Only whole lines are written, each at once: other processes append to the file too.
    file = os.open(path, os.O_WRONLY | os.O_APPEND)
    connect: Any = sqlite3.connect

    def note(statement: str) -> None:
        if not statement.startswith(_INSIDE_A_TRIGGER):
            os.write(file, f"{without_values(statement)}\n".encode())

    def connect_and_note(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **kwargs)
        connection.set_trace_callback(note)
        return connection

    # Django's backend uses the inner module.
    modules: tuple[Any, ...] = (sqlite3, import_module("sqlite3.dbapi2"))
    for module in modules:
        module.connect = connect_and_note
