"""Which tasks the invariants leave out, so that what becomes of them is nobody's fault."""

import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from taskgauge.suites.conformance.event_log.reader import EventLog
from taskgauge.suites.conformance.harness.cut_short import CutShort
from taskgauge.suites.conformance.harness.lookup_history import LookupHistory
from taskgauge.suites.conformance.harness.pausing import gate_file
from taskgauge.suites.conformance.harness.target_harness import TargetHarness

LONGEST = 10.0


def write(path: Path, **facts: object) -> None:
    """Add a record to the event log."""
    with path.open("a") as file:
        print(json.dumps({"wall": time.time(), "at": time.monotonic_ns(), "pid": 1} | facts), file=file)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file of the event log."""
    found = tmp_path / "event_log.jsonl"
    found.touch()
    return found


def cut_short(path: Path, states: dict[str, str], *, killed: bool) -> set[str]:
    """Return which of these results a worker that is gone has cut short; each one's key is its id in capitals."""
    found = CutShort(EventLog(path), LookupHistory(), states.__getitem__)
    return found.of({name: name.upper() for name in states}, killed=killed)


def test_a_worker_that_ended(path: Path) -> None:
    """What it had begun and not ended; what waits, what has ended, and what is lost is judged."""
    write(path, event="started", key="BEGUN")
    states = {
        "begun": "READY",
        "running": "RUNNING",
        "unseen": "",
        "waiting": "READY",
        "lost": "gone",
        "done": "FAILED",
    }

    assert cut_short(path, states, killed=False) == {"begun", "running", "unseen"}


def test_a_worker_that_ended_before_its_signal(path: Path) -> None:
    """A task whose end is stored and whose signal had no time to be sent; one that was signalled is judged."""
    write(path, event="finished", key="UNSAID")
    write(path, event="finished", key="SAID")
    write(path, event="signal", id="said", signal="task_finished", key="SAID")

    assert cut_short(path, {"unsaid": "SUCCESSFUL", "said": "SUCCESSFUL"}, killed=False) == {"unsaid"}


def test_a_worker_that_was_killed(path: Path) -> None:
    """Also what waits, since it may have claimed it, and what has ended in its last moments."""
    write(path, event="finished", key="LONG-AGO", wall=time.time() - 60)
    write(path, event="finished", key="JUST-NOW")
    states = {"long-ago": "SUCCESSFUL", "just-now": "SUCCESSFUL", "waiting": "READY", "lost": "gone"}

    assert cut_short(path, states, killed=True) == {"just-now", "waiting", "lost"}


def test_what_ended_before_stays_judged(path: Path) -> None:
    """A result that a look found at its end is not excused by a later kill."""
    write(path, event="finished", key="ONE", wall=time.time() - 60)
    found = CutShort(EventLog(path), LookupHistory(), {"one": "FAILED"}.__getitem__)
    found.of({"one": "ONE"}, killed=False)
    write(path, event="signal", id="one", signal="task_finished", key="ONE")

    assert found.of({"one": "ONE"}, killed=True) == set()


@pytest.mark.parametrize(("held", "expected"), [(LONGEST * 0.6, False), (LONGEST * 0.8, True)])
def test_held_too_long(held: float, expected: bool, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gate that was shut for as long as the target says that no task may take."""
    bounds = SimpleNamespace(idle_pick_up=None, longest_task=LONGEST)
    target: Any = SimpleNamespace(
        name="toy", worker=None, descriptor=SimpleNamespace(runs="worker", bounds=bounds, worker=None)
    )
    project: Any = SimpleNamespace(event_log=path, folder=path.parent)
    harness = TargetHarness(target, project, None, path.parent)
    write(path, event="started", key="before", wall=time.time() - 1)
    with gate_file(harness) as gate:
        write(path, event="signal", signal="task_enqueued", id="one", key=None)
        write(path, event="started", key="k1")
        now = time.time
        monkeypatch.setattr(time, "time", lambda: now() + held)

    assert gate.exists()
    assert harness.submitted.excludes("", "k1") == expected
    assert harness.submitted.excludes("one", "") == expected
    assert not harness.submitted.excludes("", "before")
