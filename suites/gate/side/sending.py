"""Notes the SQL statements and the broker commands of one operation."""

import asyncio
import contextlib
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .operations import Operation

_OFTEN = 5
"""Operations that are noted one by one; what most of them do is what is told."""
_VALUES = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")
_SAVEPOINT = re.compile(r"(SAVEPOINT )\S+", re.IGNORECASE)
_CLIENTS = ("redis", "valkey")
"""Packages whose connections pack commands in the same way."""


def sent(operation: Operation, runner: asyncio.Runner) -> dict[str, Any]:
    """Return an operation's `statements`, without values, and its `commands` if the client of a broker is loaded."""
    seen: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    statements: list[str] = []
    commands: list[str] = []
    with _noting_statements(statements), contextlib.ExitStack() as stack:
        clients = [name for name in _CLIENTS if f"{name}.connection" in sys.modules]
        for name in clients:
            stack.enter_context(_noting_commands(name, commands))
        for _ in range(_OFTEN):
            statements.clear()
            commands.clear()
            operation.once(runner)
            seen.append((tuple(statements), tuple(commands)))
            operation.settle(1)
    [(most, _)] = Counter(seen).most_common(1)
    return {"statements": list(most[0]), **({"commands": list(most[1])} if clients else {})}


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


@contextlib.contextmanager
def _noting_commands(client: str, noted: list[str]) -> Iterator[None]:
    """Note the name of each command that a client of Redis' packs, in pipelines and coroutines as well."""
    places: list[tuple[Any, str]] = []
    own = sys.modules[f"{client}.connection"]
    places += [(getattr(own, name), "pack") for name in dir(own) if name.endswith("RespSerializer")]
    awaited = sys.modules.get(f"{client}.asyncio.connection")
    if awaited is not None:
        places.append((awaited.AbstractConnection, "pack_command"))

    def noting(pack: Callable[..., Any]) -> Callable[..., Any]:
        def packing(self: Any, *words: Any) -> Any:
            noted.append(_command(words))
            return pack(self, *words)

        return packing

    before = [(place, name, getattr(place, name)) for place, name in places]
    for place, name, pack in before:
        setattr(place, name, noting(pack))
    try:
        yield
    finally:
        for place, name, pack in before:
            setattr(place, name, pack)


def _command(words: Sequence[Any]) -> str:
    first = words[0] if words else ""
    return first.decode(errors="replace").upper() if isinstance(first, bytes) else str(first).upper()
