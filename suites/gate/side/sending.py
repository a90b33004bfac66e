"""Notes the SQL statements and the broker commands of one operation."""

import asyncio
import contextlib
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from .commands import noting_commands
from .operations import Operation

_OFTEN = 5
"""Operations that are noted one by one; what most of them do is what is told."""
_VALUES = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")
_SAVEPOINT = re.compile(r"(SAVEPOINT )\S+", re.IGNORECASE)


def sent(operation: Operation, runner: asyncio.Runner) -> dict[str, Any]:
    """Return an operation's `statements`, without values, and its `commands` if the client of a broker is loaded."""
    seen: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    statements: list[str] = []
    commands: list[str] = []
    with _noting_statements(statements), noting_commands(commands) as has_broker:
        for _ in range(_OFTEN):
            statements.clear()
            commands.clear()
            operation.once(runner)
            seen.append((tuple(statements), tuple(commands)))
            operation.settle(1)
    [(most, _)] = Counter(seen).most_common(1)
    return {"statements": list(most[0]), **({"commands": list(most[1])} if has_broker else {})}


def normalised(statement: str) -> str:
    """Return a statement in one line and without values, so that it is the same for every operation."""
    return _VALUES.sub("?", _SAVEPOINT.sub(r"\1?", " ".join(str(statement).split())))


@contextlib.contextmanager
def _noting_statements(noted: list[str]) -> Iterator[None]:
    """Note what every connection executes, those of other threads and those that are opened meanwhile included."""
    from django.db import connections  # noqa: PLC0415 -- settings first
    from django.db.backends.base.base import BaseDatabaseWrapper as Connection  # noqa: PLC0415 -- settings first
    from django.db.backends.signals import connection_created  # noqa: PLC0415 -- settings first

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        noted.append(normalised(sql))
        return execute(sql, params, many, context)

    def install(connection: Any, **_: Any) -> None:
        if note not in connection.execute_wrappers:
            connection.execute_wrappers.append(note)

    def told(name: str, end: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def ends(connection: Any) -> Any:
            noted.append(name)
            return end(connection)

        return ends

    ends = {name: getattr(Connection, name) for name in ("_commit", "_rollback")}
    connection_created.connect(install)
    for connection in connections.all(initialized_only=True):
        install(connection)
    # These two go past the wrappers.
    for name, end in ends.items():
        setattr(Connection, name, told(name.strip("_").upper(), end))
    try:
        yield
    finally:
        for name, end in ends.items():
            setattr(Connection, name, end)
        connection_created.disconnect(install)
