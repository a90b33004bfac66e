"""Conformance of two sides: who is checked beside whom, and what is checked again."""

import json
from collections.abc import Callable
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from taskgauge.suites.conformance.harness.target_run import RunOptions
from taskgauge.suites.gate import check_sides as conforming
from taskgauge.suites.gate import run_parts as measuring
from taskgauge.suites.gate.check_sides import SideChecks, SideTarget, targets_of
from taskgauge.suites.gate.gate_context import GateContext
from taskgauge.suites.gate.gate_options import GateRequest
from taskgauge.suites.gate.run_parts import Measuring

pytestmark = pytest.mark.slow

DOCUMENT = {
    "format": 1,
    "state": "finished",
    "seconds": 1,
    "backend": "one.Backend",
    "framework": "django.tasks",
    "versions": {"django": "6.1"},
}
ROW = {"id": "RES-01", "area": "RES", "level": "MUST", "sentence": "It holds."}


class Run:
    """A run of the suite that is over at once, and remembers when."""

    happened: list[str]
    verdicts: dict[str, str]

    def __init__(self, *given: Any) -> None:
        """Take what a real one takes."""
        _, self.label, self.asked, *_ = given
        assert isinstance(self.asked, RunOptions)
        self.side = self.asked.folder.name.removeprefix("conformance-")
        self.file = self.asked.folder / "conformance" / f"{self.label}.json"

    def start(self) -> None:
        """Write what the side keeps."""
        self.happened.append(f"{self.side} begins")
        document = DOCUMENT | {"target": self.label, "requirements": [ROW | {"verdict": self.verdicts[self.side]}]}
        self.file.write_text(json.dumps(document))

    def look(self) -> bool:
        """It does not run any more."""
        return False

    def end(self) -> None:
        """Remember it."""
        self.happened.append(f"{self.side} ends")


type Check = Callable[..., list[str]]

BESIDE = ["base begins", "head begins", "base ends", "head ends"]
IN_TURN = ["base begins", "base ends", "head begins", "head ends"]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """Return a function that checks a target and returns what happened."""

    def conform(*, in_turn: bool = False, alike: bool = False, head: str = "PASS") -> list[str]:
        Run.happened, Run.verdicts = [], {"base": "PASS", "head": head}
        (tmp_path / "run").mkdir()
        context = SimpleNamespace(
            temporary=tmp_path,
            run_folder=tmp_path / "run",
            sides=SimpleNamespace(are_alike=alike),
            side=lambda _: SimpleNamespace(environment=SimpleNamespace(python="python")),
            interruption=SimpleNamespace(check=lambda: None),
        )
        one = SideTarget(label="target", argument="target", in_turn=in_turn)
        SideChecks(cast("Any", context), date(2026, 11, 22), lambda _: None).check((one, one))
        return Run.happened

    monkeypatch.setattr(conforming, "TargetRun", Run)
    return conform


def test_sides_are_checked_beside_each_other(check: Check) -> None:
    """It takes half the time."""
    assert check() == BESIDE


def test_sides_on_a_server_that_is_given_take_turns(check: Check) -> None:
    """Each would empty what the other stores."""
    assert check(in_turn=True) == IN_TURN


def test_what_head_breaks_is_checked_again_in_turn(check: Check, tmp_path: Path) -> None:
    """Once more, and kept beside the first."""
    assert check(head="FAIL") == BESIDE + IN_TURN
    found = {str(path.relative_to(tmp_path / "run/gate/conformance")) for path in tmp_path.glob("run/gate/**/*.json")}
    assert found == {f"{place}{side}/target.json" for place in ("", "again/") for side in ("base", "head")}


def test_what_sides_that_are_alike_break_is_not(check: Check) -> None:
    """It is no change's doing, however often it is seen."""
    assert check(head="FAIL", alike=True) == BESIDE


@pytest.mark.parametrize(("url", "in_turn"), [("redis://localhost:6379/3", True), (None, False)])
def test_who_takes_turns(url: str | None, in_turn: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a server is given that the target needs; one of our own is each side's own."""
    monkeypatch.delenv("TASKGAUGE_REDIS_URL", raising=False)
    monkeypatch.setenv("TASKGAUGE_POSTGRESQL_URL", "postgresql://localhost")
    if url:
        monkeypatch.setenv("TASKGAUGE_REDIS_URL", url)

    [one] = targets_of(["threadmill@redis"], [], "base", workers=True)

    assert one.in_turn is in_turn


def test_the_stores_are_gone_before_conformance(
    context: Callable[..., GateContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is given must be found empty, and what the duet left there is not for the suite to remove."""
    made = context(("enqueue",))
    [profile] = made.profiles
    made.empty(profile)
    open_then: list[bool] = []
    monkeypatch.setattr(measuring, "make_ready", lambda *_: None)
    monkeypatch.setattr(SideChecks, "check", lambda *_: open_then.append(bool(made._stores)))
    record = SimpleNamespace(run=SimpleNamespace(started="2026-11-22T13:00:00Z"))
    progress = SimpleNamespace(part=lambda _: nullcontext(), step=lambda *_: None, say=lambda _: None, record=record)

    Measuring(
        request=GateRequest(parts=("conformance",)),
        targets=("toytasks",),
        context=made,
        installer=cast("Any", None),
        available=cast("Any", None),
        progress=cast("Any", progress),
    ).execute()

    assert open_then == [False]
