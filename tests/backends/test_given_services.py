"""Servers that are given by URL: used with care, left as they were, refused where they cannot be used."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from owning import end, own

from taskgauge.backends.services import (
    Service,
    ServiceNotOurs,
    ServiceRefused,
    Services,
    ServiceUrlWrong,
    StoreNotEmpty,
    ports,
    started,
    unavailable,
)
from taskgauge.backends.services.distance import distant
from taskgauge.backends.services.management import VARIABLE
from taskgauge.backends.services.rabbitmq import RabbitMQ
from taskgauge.backends.services.redis import Redis
from taskgauge.backends.services.starting import CLASSES
from taskgauge.backends.services.urls import given

pytestmark = pytest.mark.services

KINDS = ["postgresql", "redis", "rabbitmq"]


def server_of(kind: str, logs: Path, patch: pytest.MonkeyPatch) -> AbstractContextManager[Service]:
    """Return a server that can be given."""
    if kind != "rabbitmq":
        return CLASSES[kind].started(logs)
    port = ports.free_port()
    patch.setenv(VARIABLE, f"http://{ports.LOOPBACK}:{port}")
    more = f"management.tcp.ip = {ports.LOOPBACK}\nmanagement.tcp.port = {port}\n"
    # Whoever makes virtual hosts is an administrator.
    more += "default_user_tags.administrator = true\n"
    return RabbitMQ._ours(logs, ["rabbitmq_management"], more)


@pytest.fixture(scope="module", params=KINDS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A server to be given."""
    kind = request.param
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(CLASSES[kind].variable, raising=False)
        if reason := unavailable(kind):
            pytest.skip(reason)
        with server_of(kind, tmp_path_factory.mktemp("logs"), patch) as one:
            yield one


@pytest.fixture
def url(server: Service, monkeypatch: pytest.MonkeyPatch) -> str:
    """Its URL, which is given."""
    monkeypatch.setenv(server.variable, server.placeholders[server.kind])
    return server.placeholders[server.kind]


@pytest.fixture
def names(server: Service) -> Callable[[], set[str]]:
    """Return the databases or virtual hosts of the server, or the number of its keys."""

    def look() -> set[str]:
        values = server.placeholders
        if server.kind == "postgresql":
            with pytest.importorskip("psycopg").connect(values["postgresql"]) as connection:
                return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
        if server.kind == "redis":
            with pytest.importorskip("redis").from_url(values["redis"]) as client:
                return {f"{client.dbsize()} keys"}
        return {name["name"] for name in management()._ask("GET", "vhosts")}

    def management() -> Any:
        from taskgauge.backends.services.management import Management  # noqa: PLC0415

        return Management(server._url)

    return look


@pytest.mark.usefixtures("url")
def test_given(server: Service, names: Callable[[], set[str]], tmp_path: Path) -> None:
    """What is given is not stopped; what is made on it can be used like one's own, and is gone afterwards."""
    before = names()

    with started([server.kind], tmp_path) as made:
        [one] = made
        assert not one.is_ours
        one.empty()
        one.drop_connections()
        for operation in (one.stop, one.kill, one.start):
            with pytest.raises(ServiceNotOurs, match=f"{server.kind} was given by {server.variable}"):
                operation()
        if server.kind != "redis":
            assert names() > before
            assert one.placeholders.keys() == server.placeholders.keys()
            assert one.placeholders[server.kind] != server.placeholders[server.kind]
        with made.beside() as others:
            [other] = others
            other.empty()
            if server.kind != "redis":
                assert other.placeholders[server.kind] != one.placeholders[server.kind]

    assert names() == before


@pytest.mark.usefixtures("url")
def test_other_databases_of_a_redis_server(server: Service, tmp_path: Path) -> None:
    """Their clients keep their connections where ours are dropped."""
    if server.kind != "redis":
        pytest.skip("others have databases and virtual hosts that are made for the purpose")
    redis = pytest.importorskip("redis")
    with (
        redis.from_url(server.placeholders["redis"]) as ours,
        redis.from_url(f"{server.placeholders['redis'].removesuffix('0')}1") as theirs,
        started(["redis"], tmp_path) as [made],
    ):
        before = [one.client_id() for one in (ours, theirs)]

        made.drop_connections()

        assert [False, True] == [one.client_id() == number for one, number in zip((ours, theirs), before, strict=True)]


@pytest.mark.parametrize("way", ["SIGKILL", "SIGTERM", "exit"])
def test_owner_dies(
    server: Service, names: Callable[[], set[str]], until: Callable[..., None], tmp_path: Path, way: str
) -> None:
    """Nothing is left on a server that was given to a process that died."""
    before = names()
    owner, told = own(tmp_path, server.kind, **{server.variable: server.placeholders[server.kind]})
    if server.kind == "redis":
        with pytest.importorskip("redis").from_url(told["placeholders"]["redis"]) as client:
            client.set("left", "behind")
    assert names() != before

    end(owner, way)

    until(lambda: names() == before)


@pytest.mark.parametrize(("kind", "url"), [("redis", "rediss://one.test/0"), ("rabbitmq", "amqps://one.test/x")])
def test_no_distance_with_tls(monkeypatch: pytest.MonkeyPatch, kind: str, url: str) -> None:
    """Whose certificate is for another name than that of the way."""
    monkeypatch.setenv(CLASSES[kind].variable, url)
    found = given(CLASSES[kind].variable, (url.partition(":")[0],), 1)
    assert found is not None
    service = Redis(None, found) if kind == "redis" else RabbitMQ(None, found, "x")

    with pytest.raises(ServiceNotOurs, match=f"^{service.variable}: .* TLS"), distant(Services({kind: service}), 0.1):
        raise AssertionError("there is a way")


def test_wrong_password(server: Service, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A server that refuses the password is said in one line without it."""
    monkeypatch.setenv(server.variable, url.replace(server.placeholders[f"{server.kind}_password"], "wr0ng"))

    with (
        pytest.raises(ServiceRefused, match=rf"^{server.variable} \(127.0.0.1:\d+\)") as caught,
        started([server.kind], tmp_path),
    ):
        raise AssertionError("it started")
    assert "\n" not in str(caught.value)
    assert "wr0ng" not in str(caught.value)


def test_nobody_there(server: Service, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """So is one that is not there."""
    port = server.placeholders[f"{server.kind}_port"]
    monkeypatch.setenv(server.variable, url.replace(f":{port}", f":{ports.free_port()}"))

    with pytest.raises(ServiceRefused, match=r"(?i)refused"), started([server.kind], tmp_path):
        raise AssertionError("it started")


@pytest.mark.usefixtures("url")
def test_redis_that_is_not_empty(server: Service, tmp_path: Path) -> None:
    """A Redis database that holds something is refused, and nothing in it is touched."""
    if server.kind != "redis":
        pytest.skip("the others make a database of their own")
    with pytest.importorskip("redis").from_url(server.placeholders["redis"]) as client:
        client.set("precious", "1")

        words = r"database 0 holds 1 keys, .* give another, as in redis://127"
        with pytest.raises(StoreNotEmpty, match=words), started(["redis"], tmp_path):
            raise AssertionError("it started")

        assert client.get("precious") == b"1"
        client.flushdb()


def test_rabbitmq_without_management(server: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """RabbitMQ without its management interface is refused with what to do."""
    if server.kind != "rabbitmq":
        pytest.skip("it has none")
    monkeypatch.setenv(server.variable, server.placeholders["rabbitmq"])
    monkeypatch.setenv(VARIABLE, f"http://127.0.0.1:{ports.free_port()}")

    words = r"needs a virtual host of its own, .* enable rabbitmq_management"
    with pytest.raises(ServiceRefused, match=words), started(["rabbitmq"], tmp_path):
        raise AssertionError("it started")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ["localhost", "http://localhost/", "//x", "redis://[", "amqp://"])
def test_no_url(kind: str, text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A URL of nonsense is refused with an example."""
    if reason := CLASSES[kind].without_client():
        pytest.skip(reason)
    monkeypatch.setenv(CLASSES[kind].variable, text)

    with pytest.raises(ServiceUrlWrong, match=CLASSES[kind].variable), started([kind], tmp_path):
        raise AssertionError("it started")


def test_redis_database_that_is_no_number(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Databases of Redis have numbers."""
    if reason := CLASSES["redis"].without_client():
        pytest.skip(reason)
    monkeypatch.setenv("TASKGAUGE_REDIS_URL", "redis://localhost/tasks")

    with (
        pytest.raises(ServiceUrlWrong, match="must end with a database's number, not 'tasks'"),
        started(["redis"], tmp_path),
    ):
        raise AssertionError("it started")
