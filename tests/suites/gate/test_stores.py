"""Stores of a scene: two roles on one server never meet, and nothing is left on a server that was given."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from taskgauge.backends.descriptors.reader import load_target
from taskgauge.backends.services import started, unavailable
from taskgauge.suites.gate.errors import TargetUnusable
from taskgauge.suites.gate.process_profile import ProcessProfile
from taskgauge.suites.gate.stores import Stores, stores_for

pytestmark = [pytest.mark.services, pytest.mark.slow]


def profile(name: str) -> ProcessProfile:
    """Return a scene of one target."""
    target = load_target(name)
    return ProcessProfile(name=name, operations=(), targets={"base": target, "head": target})


def client(stores: Stores, role: int, side: str = "base") -> Any:
    """Return a client of what one role of a side is given."""
    redis = pytest.importorskip("redis")
    return redis.Redis.from_url(stores.placeholders(role, side)["redis"])


@pytest.fixture
def redis_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server that is given by its URL."""
    if reason := unavailable("redis"):
        pytest.skip(reason)
    with started(["redis"], tmp_path) as services:
        url = services.placeholders["redis"]
        monkeypatch.setenv("TASKGAUGE_REDIS_URL", url)
        yield url


def test_files_need_no_server(tmp_path: Path) -> None:
    """A store in a file is each process's own, and so is one in memory."""
    for name in ("django-tasks-db@sqlite", "django-dummy"):
        with stores_for(profile(name), tmp_path / name) as stores:
            assert stores.placeholders(0, "base") == stores.placeholders(1, "head") == {}


def test_sides_on_postgresql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Base and head have a database each on the server of a role: a table of the one is none of the other."""
    monkeypatch.delenv("TASKGAUGE_POSTGRESQL_URL", raising=False)
    if reason := unavailable("postgresql"):
        pytest.skip(reason)
    psycopg = pytest.importorskip("psycopg")
    with stores_for(profile("django-tasks-db@postgresql"), tmp_path) as stores:
        places = {(role, side): stores.placeholders(role, side) for role in (0, 1) for side in ("base", "head")}
        assert len({(one["postgresql_port"], one["postgresql_name"]) for one in places.values()}) == 4
        for role in (0, 1):
            assert places[role, "base"]["postgresql_port"] == places[role, "head"]["postgresql_port"]
        with psycopg.connect(places[0, "head"]["postgresql"], autocommit=True) as head:
            head.execute("CREATE TABLE things (id integer NOT NULL)")
            head.execute("INSERT INTO things VALUES (1)")
            stores.empty()
            assert head.execute("SELECT count(*) FROM things").fetchall() == [(0,)]
        with psycopg.connect(places[0, "base"]["postgresql"], autocommit=True) as base:
            assert base.execute("SELECT to_regclass('things')").fetchall() == [(None,)]


class Remembering:
    """Services that remember how often they were emptied."""

    def __init__(self, **placeholders: str) -> None:
        """Take what settings are told."""
        self.placeholders = placeholders
        self.emptied = 0

    def empty(self) -> None:
        """Remember it."""
        self.emptied += 1


def test_only_what_was_used_is_emptied() -> None:
    """A place that no process has had since holds nothing."""
    base, head = Remembering(), Remembering()
    stores = Stores(cast("Any", {(0, "base"): base, (0, "head"): head}))

    stores.empty()
    stores.placeholders(0, "head")
    stores.empty()
    stores.empty()

    assert (base.emptied, head.emptied) == (0, 1)


def test_the_next_database_of_a_redis_that_is_not_shared(redis_server: str) -> None:
    """It is someone else's."""
    services = Remembering(redis=redis_server, redis_database="0")
    stores = Stores(cast("Any", {(0, "base"): services}))
    with pytest.importorskip("redis").Redis.from_url(redis_server[:-1] + "1") as one:
        one.set("key", "someone's")
        stores.placeholders(0, "base")
        stores.empty()
        assert one.get("key") == b"someone's"


def test_roles_on_redis(redis_server: str, tmp_path: Path) -> None:
    """Each role has a database of its own on the same server; both are emptied between pairs and at the end."""
    with stores_for(profile("threadmill@redis"), tmp_path / "logs") as stores:
        for role in (0, 1):
            with client(stores, role) as one:
                assert one.dbsize() == 0
                one.set("key", role)
        for role in (0, 1):
            with client(stores, role) as one:
                assert one.get("key") == str(role).encode()
        stores.empty()
        with client(stores, 0) as first, client(stores, 1) as second:
            assert (first.dbsize(), second.dbsize()) == (0, 0)
            second.set("key", "left")
    with pytest.importorskip("redis").Redis.from_url(redis_server[:-1] + "1") as one:
        assert one.dbsize() == 0


def test_a_database_that_is_in_use(redis_server: str, tmp_path: Path) -> None:
    """What is not ours is not emptied."""
    with pytest.importorskip("redis").Redis.from_url(redis_server[:-1] + "1") as one:
        one.set("key", "someone's")
        with (
            pytest.raises(TargetUnusable, match="next Redis database is not empty"),
            stores_for(profile("threadmill@redis"), tmp_path / "logs"),
        ):
            pass
        assert one.get("key") == b"someone's"
