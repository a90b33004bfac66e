"""A session that cannot make the statistics of its database says so."""

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from taskgauge.suites.sessions.errors import PreparationFailed
from taskgauge.suites.sessions.session.planner_statistics import CONDITION, MISSING, refresh_statistics

UNREACHABLE = "host=127.0.0.1 port=1 dbname=none connect_timeout=2"
"""Nothing listens on this port."""


def processes(kind: str = "postgresql") -> Any:
    """The processes of a session, as far as their statistics need them."""
    return SimpleNamespace(
        target=SimpleNamespace(kinds=(kind,)),
        project=SimpleNamespace(placeholders={"postgresql": UNREACHABLE}),
    )


def test_a_server_that_refuses_is_named() -> None:
    """The error of the session says which statement failed, in one line."""
    pytest.importorskip("psycopg")
    with pytest.raises(PreparationFailed, match=r"^ANALYZE: .*refused") as caught:
        refresh_statistics(processes())
    assert "\n" not in str(caught.value)


def test_a_missing_client_is_a_condition_of_the_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without psycopg there are no statistics, and the row says so."""
    monkeypatch.setitem(sys.modules, "psycopg", None)

    assert refresh_statistics(processes()) == {CONDITION: MISSING}


def test_others_need_none() -> None:
    """Other stores have no such statistics."""
    assert refresh_statistics(processes("sqlite")) == {}
