"""Ceilings: the bare commits, commands and calls a second that this machine and a session's own store allow.

They stand before and after the tasks of a session. If they differ, the machine was not the same for all of it.
"""

import contextlib
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from taskgauge.reports.run_folder.traces import Ceiling

WINDOWS = 5
"""The windows whose median is a ceiling."""
WINDOW = 0.1
"""The seconds of a window."""
_EACH_TIME = 64
"""The calls between two looks at the clock; a commit or command has a look of its own."""
_NAME = "taskgauge_ceiling"

type Work = Callable[[], object]
type Prepared = AbstractContextManager[dict[str, Work]]


def ceilings(placeholders: Mapping[str, str], kinds: tuple[str, ...], folder: Path) -> dict[str, float]:
    """Return the ceilings of these kinds of store by name, a second; a store without a client here has none."""
    rates = {"calls": _rate(_nothing, _EACH_TIME)}
    for kind in kinds:
        with ExitStack() as stack:
            try:
                works = stack.enter_context(_WORK[kind](placeholders, folder))
                rates |= {f"{name} of {kind}": _rate(work) for name, work in works.items()}
            except Exception as error:
                # A store that does not answer is the session's own to report.
                if not isinstance(error, ImportError) and not _is_of_a_client(error):
                    raise
    return rates


def before_and_after(before: Mapping[str, float], after: Mapping[str, float]) -> tuple[Ceiling, ...]:
    """Return the ceilings that were measured on both sides of the tasks."""
    return tuple(
        Ceiling(name=name, before=round(rate, 1), after=round(after[name], 1))
        for name, rate in before.items()
        if name in after
    )


def _is_of_a_client(error: Exception) -> bool:
    return type(error).__module__.partition(".")[0] in {"sqlite3", "psycopg", "redis", "amqp"} or isinstance(
        error, OSError
    )


def _nothing() -> None:
    pass


def _rate(work: Work, each_time: int = 1) -> float:
    """Return the median over windows of the calls a second."""
    rates = []
    for _ in range(WINDOWS):
        count, begin = 0, time.perf_counter()
        while (passed := time.perf_counter() - begin) < WINDOW:
            for _ in range(each_time):
                work()
            count += each_time
        rates.append(count / passed)
    return median(rates)


@contextmanager
def _sqlite(_placeholders: Mapping[str, str], folder: Path) -> Iterator[dict[str, Work]]:
    with (
        tempfile.TemporaryDirectory(dir=folder) as own,
        contextlib.closing(sqlite3.connect(Path(own, _NAME), isolation_level=None)) as connection,
    ):
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"CREATE TABLE {_NAME} (number INTEGER)")
        # A commit that makes the log longer takes several times as long as one that writes over an earlier part of it.
        connection.execute("CREATE TABLE filling (content BLOB)")
        connection.execute("INSERT INTO filling VALUES (zeroblob(8000000))")
        connection.execute("PRAGMA wal_checkpoint")
        yield _statements(connection.execute)


@contextmanager
def _postgresql(placeholders: Mapping[str, str], _folder: Path) -> Iterator[dict[str, Work]]:
    import psycopg  # noqa: PLC0415 -- only where this store is used

    with contextlib.closing(psycopg.connect(placeholders["postgresql"], autocommit=True)) as connection:
        connection.execute(f"CREATE TABLE IF NOT EXISTS {_NAME} (number INTEGER)")
        try:
            yield _statements(connection.execute)
        finally:
            connection.execute(f"DROP TABLE {_NAME}")


def _statements(execute: Callable[[Any], object]) -> dict[str, Work]:
    insert = f"INSERT INTO {_NAME} VALUES (1)"  # noqa: S608 -- a constant
    return {"commits": lambda: execute(insert), "commands": lambda: execute("SELECT 1")}


@contextmanager
def _redis(placeholders: Mapping[str, str], _folder: Path) -> Iterator[dict[str, Work]]:
    import redis  # noqa: PLC0415 -- only where this store is used

    with contextlib.closing(redis.Redis.from_url(placeholders["redis"])) as client:
        try:
            yield {"commands": lambda: client.set(_NAME, 1)}
        finally:
            client.delete(_NAME)


@contextmanager
def _rabbitmq(placeholders: Mapping[str, str], _folder: Path) -> Iterator[dict[str, Work]]:
    import amqp  # noqa: PLC0415 -- only where this store is used

    with amqp.Connection(
        f"{placeholders['rabbitmq_host']}:{placeholders['rabbitmq_port']}",
        placeholders["rabbitmq_user"],
        placeholders["rabbitmq_password"],
        virtual_host=placeholders["rabbitmq_virtual_host"],
        confirm_publish=True,
    ) as connection:
        channel = connection.channel()
        channel.queue_declare(_NAME, exclusive=True, auto_delete=True)
        message = amqp.Message("1", delivery_mode=2)
        yield {"commands": lambda: channel.basic_publish_confirm(message, routing_key=_NAME)}


_WORK: Mapping[str, Callable[[Mapping[str, str], Path], Prepared]] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
    "redis": _redis,
    "rabbitmq": _rabbitmq,
}
