"""Services of our own: real servers that are started, stopped, killed and emptied, and never left behind."""

# ruff: noqa: D102 -- the client of each store does what `Client` says

import contextlib
import os
import socket
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from taskgauge.backends.processes.supervised_process import SupervisedProcess
from taskgauge.backends.services import (
    PortTaken,
    ServerGone,
    ServerNotReady,
    ServerNotStarted,
    Service,
    ServiceNotOurs,
    ServiceRefused,
    Services,
    ServiceUnavailable,
    StoreFull,
    folders,
    ports,
    redis,
    server,
    started,
    unavailable,
)
from taskgauge.backends.services.distance import Latency, distant
from taskgauge.backends.services.server import Server
from taskgauge.backends.services.starting import CLASSES

pytestmark = pytest.mark.services

_PLACE = {"sqlite": "store", "postgresql": "postgresql_name", "rabbitmq": "rabbitmq_virtual_host"}
SERVERS = ["postgresql", "redis", "rabbitmq"]


class Client:
    """What a user of a store does: keep one thing, and look for it, over a connection that stays."""

    def __init__(self, placeholders: dict[str, str]) -> None:
        """Take the placeholders."""
        self.placeholders = placeholders

    connection: Any

    def connect(self) -> None:
        """Open the connection."""

    def keep(self) -> None:
        """Store something."""

    def count(self) -> int:
        """Return how many things are stored."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


class RedisClient(Client):
    def connect(self) -> None:
        self.connection = pytest.importorskip("redis").from_url(
            self.placeholders["redis"], retry_on_error=[], retry=None
        )

    def keep(self) -> None:
        self.connection.incr("count")

    def count(self) -> int:
        return int(self.connection.get("count") or 0)


class PostgreSQLClient(Client):
    def connect(self) -> None:
        psycopg = pytest.importorskip("psycopg")
        self.connection = psycopg.connect(self.placeholders["postgresql"], autocommit=True)
        self.connection.execute("CREATE TABLE IF NOT EXISTS thing (id serial)")
        self.connection.execute("CREATE TABLE IF NOT EXISTS django_migrations (id serial)")

    def keep(self) -> None:
        self.connection.execute("INSERT INTO thing DEFAULT VALUES")
        self.connection.execute("INSERT INTO django_migrations DEFAULT VALUES")

    def count(self) -> int:
        return int(self.connection.execute("SELECT count(*) FROM thing").fetchone()[0])


class SqliteClient(Client):
    def connect(self) -> None:
        self.connection = sqlite3.connect(self.placeholders["store"], autocommit=True)
        self.connection.execute("CREATE TABLE IF NOT EXISTS thing (id integer primary key autoincrement)")
        self.connection.execute("CREATE TABLE IF NOT EXISTS django_migrations (id integer primary key)")

    def keep(self) -> None:
        self.connection.execute("INSERT INTO thing DEFAULT VALUES")
        self.connection.execute("INSERT INTO django_migrations DEFAULT VALUES")

    def count(self) -> int:
        return int(self.connection.execute("SELECT count(*) FROM thing").fetchone()[0])


class RabbitMQClient(Client):
    def connect(self) -> None:
        self.amqp = pytest.importorskip("amqp")
        place = f"{self.placeholders['rabbitmq_host']}:{self.placeholders['rabbitmq_port']}"
        self.connection = self.amqp.Connection(
            host=place,
            userid=self.placeholders["rabbitmq_user"],
            password=self.placeholders["rabbitmq_password"],
            virtual_host=self.placeholders["rabbitmq_virtual_host"],
            read_timeout=10,
        )
        self.connection.connect()
        self.channel = self.connection.channel()
        self.channel.queue_declare("things", durable=True, auto_delete=False)

    def keep(self) -> None:
        message = self.amqp.Message("x", delivery_mode=2)
        self.channel.confirm_select()
        self.channel.basic_publish_confirm(message, routing_key="things")

    def count(self) -> int:
        return int(self.channel.queue_declare("things", passive=True).message_count)


CLIENTS: dict[str, type[Client]] = {
    "redis": RedisClient,
    "postgresql": PostgreSQLClient,
    "sqlite": SqliteClient,
    "rabbitmq": RabbitMQClient,
}


@pytest.fixture(scope="module", autouse=True)
def none_given() -> Iterator[None]:
    """No server is given, whatever this machine says."""
    with pytest.MonkeyPatch.context() as patch:
        for each in CLASSES.values():
            patch.delenv(each.variable or "TASKGAUGE_NOTHING", raising=False)
        yield


@pytest.fixture(scope="module", params=["sqlite", *SERVERS])
def services(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """Services of one kind."""
    if reason := unavailable(request.param):
        pytest.skip(reason)
    with started([request.param], tmp_path_factory.mktemp("logs")) as made:
        yield made


@pytest.fixture
def service(services: Services) -> Service:
    """Its only service, running and empty."""
    [one] = services
    if one.is_ours:
        one.start()
    one.empty() if one.kind != "sqlite" or Path(one.placeholders["store"]).exists() else None
    return one


@pytest.fixture
def ours(service: Service) -> Service:
    """A service with a server."""
    if not service.is_ours:
        pytest.skip("it has no server")
    return service


type Connect = Callable[..., Any]


@pytest.fixture
def connect(services: Services) -> Iterator[Connect]:
    """Return clients, each with a connection of its own."""
    made: list[Client] = []

    def client(**changes: str) -> Any:
        [service] = services
        one = CLIENTS[service.kind]({**service.placeholders, **changes})
        made.append(one)
        one.connect()
        return one

    yield client
    for one in made:
        with contextlib.suppress(Exception):
            one.close()


def test_empty(service: Service, connect: Connect) -> None:
    """What tasks left is gone, and connections stay."""
    one = connect()
    one.keep()
    one.keep()
    assert one.count() == 2

    service.empty()

    assert one.count() == 0
    if service.kind in {"postgresql", "sqlite"}:
        [(kept,)] = one.connection.execute("SELECT count(*) FROM django_migrations").fetchall()
        assert kept >= 2


def test_beside(service: Service, services: Services, connect: Connect) -> None:
    """What is made in one is not in the other on the same server; where emptying leaves nothing, both are one."""
    one = connect()
    one.keep()
    with services.beside() as others:
        [other] = others
        assert other.is_ours == service.is_ours
        if service.kind == "redis":
            assert other is service
            return
        assert other.placeholders[_PLACE[service.kind]] != service.placeholders[_PLACE[service.kind]]
        second = connect(**other.placeholders)
        second.keep()
        second.keep()
        assert (one.count(), second.count()) == (1, 2)
        other.empty()
        assert (one.count(), second.count()) == (1, 0)


def _seconds(call: Callable[[], object]) -> float:
    begin = time.monotonic()
    call()
    return time.monotonic() - begin


@pytest.mark.usefixtures("ours")
def test_at_a_distance(services: Services, connect: Connect) -> None:
    """The same store takes longer to answer there, by both directions of the way, and only while that lasts."""
    one = connect()
    one.keep()
    threads = threading.active_count()
    with distant(services, 0.05) as placeholders:
        other = connect(**placeholders)
        other.keep()
        far = [_seconds(other.count) for _ in range(5)]
        near = [_seconds(one.count) for _ in range(5)]
        assert other.count() == one.count() == 2
    assert min(far) >= 0.1
    assert min(near) < min(far)
    assert threads == threading.active_count()
    with pytest.raises(Exception):  # noqa: B017, PT011 -- each client has its own
        other.count()
    assert one.count() == 2


def test_much_at_a_distance(services: Services, ours: Service, connect: Connect) -> None:
    """What is sent in many pieces arrives whole and in order, and all of it takes the way at the same time."""
    if ours.kind != "redis":
        pytest.skip("what is carried is the same for all")
    many = [f"{number:0100}" for number in range(50_000)]
    with distant(services, 0.2) as placeholders:
        other = connect(**placeholders).connection
        came: list[bytes] = []
        alone = _seconds(other.ping)
        seconds = _seconds(lambda: other.rpush("many", *many) and came.extend(other.lrange("many", 0, -1)))
    assert many == [value.decode() for value in came]
    # More than 80 pieces in each direction: one after another these would take as long as 80 commands.
    assert seconds < 80 * alone


@pytest.mark.usefixtures("ours")
def test_a_distance_that_changes(services: Services, connect: Connect) -> None:
    """A latency that is changed holds for what is sent afterwards, over connections that are open already."""
    latency = Latency(seconds=0.0)
    with distant(services, latency) as placeholders:
        other = connect(**placeholders)
        other.keep()
        near = min(_seconds(other.count) for _ in range(5))
        latency.seconds = 0.1
        far = min(_seconds(other.count) for _ in range(3))
        latency.seconds = 0.0
        near_again = min(_seconds(other.count) for _ in range(5))
    assert far >= 0.2
    assert max(near, near_again) < far


def test_no_server_is_nowhere_else(service: Service, services: Services) -> None:
    """A store in a file has no way to it."""
    with distant(services, 0.05) as placeholders:
        assert bool(placeholders) == service.is_ours


@pytest.mark.parametrize("way", ["stop", "kill"])
def test_down_and_up(ours: Service, connect: Connect, way: str) -> None:
    """A server that was stopped or killed does not answer; started again it is where it was, with what it had."""
    before = dict(ours.placeholders)
    one = connect()
    one.keep()

    getattr(ours, way)()

    with pytest.raises(Exception):  # noqa: B017, PT011 -- each client has its own
        connect().count()
    ours.start()
    assert ours.placeholders == before
    assert connect().count() == 1


def test_drop_connections(ours: Service, connect: Connect) -> None:
    """Connections are ended, and new ones can be made at once."""
    one = connect()
    one.keep()

    ours.drop_connections()

    assert connect().count() == 1
    if ours.kind != "redis":  # whose client connects again without a word
        with pytest.raises(Exception):  # noqa: B017, PT011
            one.count()


def test_loopback_only(ours: Service) -> None:
    """Neither the server nor anything with it listens on an address that others can reach."""
    assert ours.is_ours
    addresses = set()
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            addresses |= {one.laddr.ip for one in process.net_connections("inet") if one.status == psutil.CONN_LISTEN}

    assert addresses
    assert addresses <= {"127.0.0.1", "::1"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is anyone else")
def test_no_root(services: Services) -> None:
    """PostgreSQL, which refuses to run as root, runs as someone else; its password is no one's business."""
    if "postgresql" not in {one.kind for one in services}:
        pytest.skip("the others run as who we are")
    own = services["postgresql"]._server
    assert own is not None

    assert psutil.Process(own.pid).uids().real != 0
    assert not own.folder.stat().st_mode & stat.S_IROTH


def test_no_server() -> None:
    """SQLite has nothing to stop."""
    service = CLASSES["sqlite"]
    with service.started(Path()) as one:
        for operation in ("stop", "start", "kill", "drop_connections"):
            with pytest.raises(ServiceNotOurs, match="SQLite has no server"):
                getattr(one, operation)()


def test_several(tmp_path: Path) -> None:
    """Several kinds at once give all their placeholders, and each kind once."""
    for kind in ("redis", "sqlite"):
        if reason := unavailable(kind):
            pytest.skip(reason)

    with started(["redis", "sqlite", "redis"], tmp_path / "logs") as made:
        assert len(made) == 2
        assert {"redis", "redis_port", "store"} <= made.placeholders.keys()
        kept = Path(made.placeholders["store"]).parent

    assert not kept.exists()
    assert "Ready to accept connections" in (tmp_path / "logs" / "redis.log").read_text()


def fake(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str, name: str = "redis-server") -> None:
    """Put a server of this name on PATH that does something else."""
    binary = folder / "bin" / name
    binary.parent.mkdir()
    binary.write_text(f"#!/bin/sh\n{script}\n")
    binary.chmod(0o755)
    monkeypatch.setenv("PATH", f"{binary.parent}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def needs_redis() -> None:
    """What fails here fails without a server, but not without a client."""
    if reason := CLASSES["redis"].without_client():
        pytest.skip(reason)


def start_redis(folder: Path) -> None:
    """Start it, and be surprised if that goes well."""
    with started(["redis"], folder / "logs"):
        raise AssertionError("it started")


@pytest.mark.usefixtures("needs_redis")
def test_server_that_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that ends at once is said with its code and the end of its log."""
    fake(tmp_path, monkeypatch, "echo wrong option; echo in line 3; exit 4")

    with pytest.raises(ServerNotStarted, match=r"redis-server ended with code 4: wrong option \| in line 3"):
        start_redis(tmp_path)


@pytest.mark.usefixtures("needs_redis")
def test_server_that_cannot_be_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A binary that is none is said as such."""
    fake(tmp_path, monkeypatch, "")
    (tmp_path / "bin" / "redis-server").write_text("no program")

    with pytest.raises(ServerNotStarted, match="redis-server cannot be run: Exec format error"):
        start_redis(tmp_path)


@pytest.mark.usefixtures("needs_redis")
def test_server_that_is_never_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that runs and does not answer is given up, and killed."""
    fake(tmp_path, monkeypatch, "echo loading; exec sleep 60")
    monkeypatch.setattr(redis, "Server", lambda **all_else: Server(**all_else, timeout=0.5))
    made: list[SupervisedProcess] = []

    class Remembered(SupervisedProcess):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            made.append(self)

    monkeypatch.setattr(server, "SupervisedProcess", Remembered)

    with pytest.raises(ServerNotReady, match=r"redis-server does not answer after 0.5 s \(.*refused.*\): loading"):
        start_redis(tmp_path)
    assert [one.is_alive for one in made] == [False]


@pytest.mark.usefixtures("needs_redis")
@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_port_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    """A port that something else took, before or while a server starts, costs another try, and is said at last."""
    with socket.create_server((ports.LOOPBACK, 0)) as other:
        taken = other.getsockname()[1]
        fake(tmp_path, monkeypatch, f"echo tried {taken}; echo bind: Address already in use; exit 1")
        monkeypatch.setattr(server, "free_port", lambda: taken)
        monkeypatch.setattr(redis, "_TIMEOUT", 0.2)
        if when == "meanwhile":
            monkeypatch.setattr(server, "is_free", lambda _: True)

        with pytest.raises(PortTaken, match=f"redis-server cannot listen on port {taken}: "):
            start_redis(tmp_path)

    log = tmp_path / "logs" / "redis.log"
    assert (log.read_text().count("tried") if log.exists() else 0) == (3 if when == "meanwhile" else 0)


def test_no_port_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where every port is taken, that is said."""
    monkeypatch.setattr(ports, "is_free", lambda _: False)

    with pytest.raises(PortTaken, match="no free port was found"):
        ports.free_port()


def test_ports() -> None:
    """A free port is one that nothing listens on, below those the kernel uses for what goes out."""
    port = ports.free_port()

    assert 20_000 <= port < 32_000
    with socket.create_server((ports.LOOPBACK, port)):
        assert not ports.is_free(port)


@pytest.mark.parametrize("kind", SERVERS)
def test_unavailable(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is neither a binary nor a URL, the reason names both."""
    if reason := CLASSES[kind].without_client():
        assert f"pip install 'taskgauge[{kind}]'" in reason
        pytest.skip(reason)
    monkeypatch.setenv("PATH", str(tmp_path))
    for module in ("postgresql", "rabbitmq"):
        monkeypatch.setattr(f"taskgauge.backends.services.{module}._FOLDERS", (str(tmp_path),))

    assert CLASSES[kind].variable in str(unavailable(kind))
    with pytest.raises(ServiceUnavailable, match=f"^{kind}: "), started([kind], tmp_path):
        raise AssertionError("it started")


def test_failing_initdb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that cannot be initialised is said with the end of the log."""
    if reason := CLASSES["postgresql"].without_client():
        pytest.skip(reason)
    fake(tmp_path, monkeypatch, "echo no space left; exit 1", "initdb")
    (tmp_path / "bin" / "postgres").touch()
    if os.geteuid() == 0:
        for folder in (tmp_path, *tmp_path.parents):
            if folder.owner() == "root" and not folder.stat().st_mode & stat.S_IXOTH:
                monkeypatch.setattr("taskgauge.backends.services.postgresql.unprivileged_user", lambda: None)

    with (
        pytest.raises(ServerNotStarted, match="initdb ended with code 1: no space left"),
        started(["postgresql"], tmp_path / "logs"),
    ):
        raise AssertionError("it started")


def test_folder_for_another_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder for another user's server lies where that user can go, though temporary files may not."""
    closed = tmp_path / "closed"
    closed.mkdir(0o700)
    monkeypatch.setattr("tempfile.tempdir", str(closed))

    assert not folders._open_to_others().is_relative_to(closed)


def test_refused_password(ours: Service, connect: Connect) -> None:
    """Nobody gets in without the password."""
    password = f"{ours.kind}_password"
    changes = {password: "wrong", ours.kind: ours.placeholders[ours.kind].replace(ours.placeholders[password], "wrong")}

    with pytest.raises(Exception, match=r"(?i)password|refused|auth|access"):
        connect(**changes).count()


def test_check(service: Service, connect: Connect) -> None:
    """What answers and can be written to is said to, and nothing of it is left."""
    one = connect()

    service.check()

    assert one.count() == 0


def test_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no room, a store in a file is full."""
    monkeypatch.setattr(folders, "_ROOM", 2**60)
    with started(["sqlite"], tmp_path) as services, pytest.raises(StoreFull, match=r"^there is no room left in "):
        services.check()


def test_stopped_service_is_said(ours: Service) -> None:
    """What is asked of a server that is down is refused with its kind."""
    ours.stop()
    try:
        with pytest.raises(ServiceRefused):
            ours.drop_connections()
        with pytest.raises(ServerGone, match=" ended with code "):
            ours.check()
    finally:
        ours.start()
