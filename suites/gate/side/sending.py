"""Records the SQL statements and the broker commands of one operation."""

import asyncio
import contextlib
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from .commands import noting_commands
from .operation import PreparedOperation

_OFTEN = 5
"""The number of recorded repetitions; the most frequent result is reported."""
_VALUES = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")
_SAVEPOINT = re.compile(r"(SAVEPOINT )\S+", re.IGNORECASE)


def sent(prepared: PreparedOperation, runner: asyncio.Runner) -> dict[str, Any]:
    """Return an operation's `statements`, without values, and its `commands` if the client of a broker is loaded."""
    seen: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    statements: list[str] = []
    commands: list[str] = []
    with _noting_statements(statements), noting_commands(commands) as has_broker:
        for _ in range(_OFTEN):
            statements.clear()
            commands.clear()
            prepared.once(runner)
            seen.append((tuple(statements), tuple(commands)))
            prepared.settle(1)
    [(most, _)] = Counter(seen).most_common(1)
    return {"statements": list(most[0]), **({"commands": list(most[1])} if has_broker else {})}


def normalised(statement: str) -> str:
    """Return a statement in one line and without values, so that all repetitions of an operation agree."""
    return _VALUES.sub("?", _SAVEPOINT.sub(r"\1?", " ".join(str(statement).split())))


@contextlib.contextmanager
def _noting_statements(noted: list[str]) -> Iterator[None]:
    """Record the statements of all connections in all threads, and undo all patches with the context."""
    from django.db.backends import utils  # noqa: PLC0415 -- settings first
    from django.db.backends.base.base import BaseDatabaseWrapper as Connection  # noqa: PLC0415 -- settings first

    cursors: Any = utils.CursorWrapper
    # connection.execute_wrappers would not do: every thread has its own connections with their own wrappers.
    execute = cursors._execute_with_wrappers  # noqa: SLF001

    def note(cursor: Any, sql: str, *args: Any, **kwargs: Any) -> Any:
        noted.append(normalised(sql))
        return execute(cursor, sql, *args, **kwargs)

    def noting(name: str, end: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def note_end(connection: Any) -> Any:
            noted.append(name)
            return end(connection)

        return note_end

    ends = {name: getattr(Connection, name) for name in ("_commit", "_rollback")}
    cursors._execute_with_wrappers = note  # noqa: SLF001
    # These two methods do not use cursors.
    for name, end in ends.items():
        setattr(Connection, name, noting(name.strip("_").upper(), end))
    try:
        yield
    finally:
        for name, end in ends.items():
            setattr(Connection, name, end)
        cursors._execute_with_wrappers = execute  # noqa: SLF001
