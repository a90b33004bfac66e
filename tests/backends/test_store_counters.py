"""Counters of real stores: exact, without Taskgauge's own requests, and absent where a server has none."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from taskgauge.backends.services import NotCounted, Service, started, unavailable
from taskgauge.backends.services.sqlite_statements import SqliteStatements, without_values
from taskgauge.backends.services.starting import CLASSES

pytestmark = pytest.mark.services

_SEND = """
import sqlite3
from taskgauge.backends.services.sqlite_statements import record_statements
record_statements()
connection = sqlite3.connect({path!r})
connection.execute("CREATE TABLE task (id INTEGER, name TEXT)")
for number in range(3):
    connection.execute("INSERT INTO task VALUES (?, ?)", (number, f"it's {{number}}"))
    connection.commit()
"""


@pytest.fixture
def service(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A server of Taskgauge."""
    kind = request.param
    monkeypatch.delenv(CLASSES[kind].variable, raising=False)
    if reason := unavailable(kind):
        pytest.skip(reason)
    with started([kind], tmp_path) as services:
        yield services[kind]


@contextmanager
def send_to_redis(places: Mapping[str, str]) -> Iterator[Callable[[], None]]:
    """Connect, and yield a function that sends five commands."""
    client: Any = import_module("redis").Redis.from_url(places["redis"])
    client.ping()

    def send() -> None:
        for number in range(2):
            client.set("name", number)
            client.get("name")
        client.blpop("nothing", 1)

    yield send
    client.close()


@contextmanager
def send_to_postgresql(places: Mapping[str, str]) -> Iterator[Callable[[], None]]:
    """Connect, and yield a function that sends four statements, two of which differ in values only.

    The server checks a foreign key at the commit, as those of Django.
    """
    connection: Any = import_module("psycopg").connect(places["postgresql"])
    connection.execute("CREATE TABLE queue (id INT PRIMARY KEY)")
    connection.execute("INSERT INTO queue VALUES (1)")
    connection.execute("CREATE TABLE task (id INT, queue INT REFERENCES queue DEFERRABLE INITIALLY DEFERRED)")
    connection.commit()

    def send() -> None:
        connection.execute("INSERT INTO task VALUES (1, 1)")
        connection.execute("INSERT INTO task VALUES (2, 1)")
        connection.commit()

    yield send
    connection.close()


@contextmanager
def send_to_rabbitmq(places: Mapping[str, str]) -> Iterator[Callable[[], None]]:
    """Connect, and yield a function that publishes two messages and takes them."""
    host = f"{places['rabbitmq_host']}:{places['rabbitmq_port']}"
    connection: Any = import_module("amqp").Connection(
        host=host,
        userid=places["rabbitmq_user"],
        password=places["rabbitmq_password"],
        virtual_host=places["rabbitmq_virtual_host"],
    )
    connection.connect()
    channel = connection.channel()
    channel.queue_declare("task", auto_delete=False)

    def send() -> None:
        for _ in range(2):
            channel.basic_publish(import_module("amqp").Message("1"), routing_key="task")
        for _ in range(2):
            channel.basic_ack(channel.basic_get("task").delivery_tag)
        assert channel.basic_get("task") is None

    yield send
    connection.close()


@pytest.mark.parametrize(
    ("service", "sends", "expected"),
    [
        ("redis", send_to_redis, {"set": 2, "get": 2, "blpop": 1}),
        ("postgresql", send_to_postgresql, {"INSERT INTO task VALUES ($1, $2)": 2, "BEGIN": 1, "COMMIT": 1}),
        pytest.param(
            "rabbitmq",
            send_to_rabbitmq,
            {"basic.publish": 2, "basic.deliver or basic.get": 2, "basic.ack": 2, "basic.get of an empty queue": 1},
            marks=pytest.mark.slow,
        ),
    ],
    indirect=["service"],
    ids=["redis", "postgresql", "rabbitmq"],
)
def test_counts_are_exact(
    service: Service, sends: Callable[..., AbstractContextManager[Callable[[], None]]], expected: dict[str, int]
) -> None:
    """The counters grow by what a client sends, and not by Taskgauge's own readings."""
    service.make_durable()
    with service.counted() as counter, sends(service.placeholders) as send:
        before = counter.read()
        send()
        counter.read()
        after = counter.read()

    assert expected == {
        text: count - before.get(text, 0) for text, count in after.items() if count > before.get(text, 0)
    }


def test_sqlite_is_counted_in_other_processes(tmp_path: Path) -> None:
    """Each statement of a process counts, transactions included, and values are not part of its text."""
    counter = SqliteStatements(tmp_path / "statements")
    for number in range(2):
        subprocess.run(
            [sys.executable, "-c", _SEND.format(path=str(tmp_path / f"{number}.sqlite3"))],
            env=os.environ | counter.environment,
            check=True,
        )

    assert counter.read() == {
        "CREATE TABLE task (id INTEGER, name TEXT)": 2,
        "BEGIN": 6,
        "INSERT INTO task VALUES (?, ?)": 6,
        "COMMIT": 6,
    }
    counter.close()


def test_nothing_is_recorded_without_a_file() -> None:
    """A process whose environment names no file keeps the module's own function."""
    code = (
        "import sqlite3; own = sqlite3.connect\n"
        "from taskgauge.suites.sessions import settings\n"
        "assert sqlite3.connect is own is sqlite3.dbapi2.connect"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            'UPDATE "t1" SET "a" = NULL, "b" = -1.5e3 WHERE "a" IS NULL',
            'UPDATE "t1" SET "a" = ?, "b" = ? WHERE "a" IS NULL',
        ),
        ("INSERT INTO t VALUES (NULL, x'00ff', 'it''s 5')", "INSERT INTO t VALUES (?, ?, ?)"),
        ("CREATE TABLE t2 (a INTEGER NOT NULL)", "CREATE TABLE t2 (a INTEGER NOT NULL)"),
    ],
)
def test_without_values(statement: str, expected: str) -> None:
    """Values are left out, and names with digits and words about NULL stay."""
    assert without_values(statement) == expected


@pytest.mark.parametrize(
    ("service", "reason"),
    [
        ("postgresql", "the server has no pg_stat_statements"),
        ("redis", "other clients use the same Redis"),
        pytest.param("rabbitmq", "global counters of a given broker", marks=pytest.mark.slow),
    ],
    indirect=["service"],
    ids=["postgresql", "redis", "rabbitmq"],
)
def test_a_given_server_may_lack_them(service: Service, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A given server without counters, or with other clients, is not counted, and the reason is one line."""
    kind = service.kind
    user: Any = None
    if kind == "redis":
        user = import_module("redis").Redis.from_url(service.placeholders["redis"])
        user.ping()
    # The server of Taskgauge stands for the user's: it was never told to count.
    server: Any = type(service)(None, service._url, *([service._name] if kind != "redis" else []))  # type: ignore[attr-defined]
    monkeypatch.setenv(CLASSES[kind].variable, service.placeholders[kind])

    with pytest.raises(NotCounted, match=reason), server.counted():
        pass
    if user is not None:
        user.close()
        with server.counted() as counter:
            assert counter.read()
