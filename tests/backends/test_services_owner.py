"""Servers do not outlive the process that started them, nor does what it made on servers that were given."""

from collections.abc import Callable
from pathlib import Path

import pytest
from owning import check_gone, end, own

from taskgauge.backends.services import unavailable

pytestmark = pytest.mark.services

WAYS = ["return", "raise", "exit", "SIGINT", "SIGTERM", "SIGKILL"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["postgresql", "redis"])
def test_owner_ends(kind: str, way: str, tmp_path: Path, until: Callable[..., None]) -> None:
    """However its owner ends, a server is gone with all its processes and its data."""
    if reason := unavailable(kind):
        pytest.skip(reason)
    owner, told = own(tmp_path, kind)

    end(owner, way)

    check_gone(told, until)


@pytest.mark.parametrize("way", ["return", "SIGKILL"])
def test_owner_of_rabbitmq_ends(way: str, tmp_path: Path, until: Callable[..., None]) -> None:
    """RabbitMQ, which starts slowly, takes its port mapper and its helpers along."""
    if reason := unavailable("rabbitmq"):
        pytest.skip(reason)
    owner, told = own(tmp_path, "rabbitmq")
    assert len(told["processes"]) >= 4  # the reaper, the port mapper, a shell, the virtual machine

    end(owner, way)

    check_gone(told, until)
