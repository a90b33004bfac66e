"""Stores of a scene: two roles on one server never meet, and nothing is left on a server that was given."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from taskgauge.backends.descriptor import load_target
from taskgauge.backends.services import started, unavailable
from taskgauge.suites.gate.errors import TargetUnusable
from taskgauge.suites.gate.scenes import Scene
from taskgauge.suites.gate.stores import Stores, stores_for


def scene(name: str) -> Scene:
    """Return a scene of one target."""
    target = load_target(name)
    return Scene(name=name, verbs=(), targets={"base": target, "head": target})


def client(stores: Stores, role: int) -> Any:
    """Return a client of what one role is given."""
    redis = pytest.importorskip("redis")
    return redis.Redis.from_url(stores.placeholders(role)["redis"])


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
        with stores_for(scene(name), tmp_path / name) as stores:
            assert stores.placeholders(0) == stores.placeholders(1) == {}


def test_roles_on_redis(redis_server: str, tmp_path: Path) -> None:
    """Each role has a database of its own on the same server; both are emptied between pairs and at the end."""
    with stores_for(scene("threadmill@redis"), tmp_path / "logs") as stores:
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
            stores_for(scene("threadmill@redis"), tmp_path / "logs"),
        ):
            pass
        assert one.get("key") == b"someone's"
