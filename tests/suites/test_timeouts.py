"""How long a target is waited for."""

import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from taskgauge.suites.conformance.event_log.reader import EventLog
from taskgauge.suites.conformance.harness.timeouts import Timeouts
from taskgauge.suites.conformance.harness.waiter import Waiter
from taskgauge.suites.conformance.outcomes import Deviation
from taskgauge.suites.conformance.probes.deferred import waits_of


def test_what_runs_nothing_is_waited_for_briefly() -> None:
    """After five waits in vain with nothing run meanwhile, not before."""
    timeouts = Timeouts(extra=1.0)
    for _ in range(5):
        assert 30.0 == timeouts.limit(30.0, executions=2)
        timeouts.timed_out(executions=2)
    assert 3.0 == timeouts.limit(30.0, executions=2)
    assert 2.0 == timeouts.limit(2.0, executions=2)


def test_one_task_that_runs_restores_it() -> None:
    """Also while the last of those waits went on."""
    timeouts = Timeouts(extra=1.0)
    for _ in range(5):
        timeouts.timed_out(executions=0)
    assert 30.0 == timeouts.limit(30.0, executions=1)
    for executions in (2, 3, 4, 5, 6):
        timeouts.timed_out(executions)
    assert 30.0 == timeouts.limit(30.0, executions=6)


@pytest.mark.parametrize(
    ("records", "has_results", "limits"),
    [
        ([], False, ["within 2 s", "within 1 s", "within 1 s"]),
        ([{"event": "signal", "signal": "task_finished"}], False, ["within 2 s"] * 3),
        ([], True, ["within 2 s"] * 3),
    ],
)
def test_signs_of_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, records: list[Any], has_results: bool, limits: list[str]
) -> None:
    """A sign that no task has given is waited for at length once; where tasks give signs, each wait is as long."""
    path = tmp_path / "event_log.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    monkeypatch.setattr("taskgauge.suites.conformance.harness.timeouts.TIMEOUT", 1.5)
    target: Any = SimpleNamespace(runs="worker", bound=lambda *_: 0.5, flag=lambda _: has_results)
    waiter = Waiter(target, EventLog(path), lambda: None)

    def limit() -> str:
        with pytest.raises(Deviation) as caught:
            waiter.wait_for(lambda: False, "it ends", sign=True)
        return caught.value.expected

    assert [limit() for _ in range(3)] == limits


@pytest.mark.parametrize(("timeout", "is_in_time"), [(None, True), (1.0, False)])
def test_a_busy_target(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, timeout: float | None, is_in_time: bool
) -> None:
    """A target that starts other tasks is waited for longer, unless the time is a promise of its own."""
    path = tmp_path / "event_log.jsonl"
    path.touch()
    monkeypatch.setattr("taskgauge.suites.conformance.harness.timeouts.TIMEOUT", 0.5)
    target: Any = SimpleNamespace(runs="worker", bound=lambda *_: 0.5, flag=lambda _: True)
    waiter = Waiter(target, EventLog(path), lambda: None)
    begin = time.monotonic()

    def is_over() -> bool:
        with path.open("a") as file:
            file.write(json.dumps({"event": "started", "pid": 1}) + "\n")
        return time.monotonic() - begin > 1.5

    if is_in_time:
        assert waiter.wait_for(is_over, "it ends", timeout)
    else:
        with pytest.raises(Deviation):
            waiter.wait_for(is_over, "it ends", timeout)


def test_a_target_that_is_busy_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait ends although other tasks start."""
    path = tmp_path / "event_log.jsonl"
    path.touch()
    monkeypatch.setattr("taskgauge.suites.conformance.harness.timeouts.TIMEOUT", 0.1)
    target: Any = SimpleNamespace(runs="worker", bound=lambda *_: 0.1, flag=lambda _: True)

    def is_over() -> bool:
        with path.open("a") as file:
            file.write(json.dumps({"event": "started", "pid": 1}) + "\n")
        return False

    with pytest.raises(Deviation):
        Waiter(target, EventLog(path), lambda: None).wait_for(is_over, "it ends")


def test_who_ran_it(tmp_path: Path) -> None:
    """A task that the suite calls itself is no sign of a worker."""
    path = tmp_path / "event_log.jsonl"
    path.write_text("".join(json.dumps({"event": "started", "pid": pid}) + "\n" for pid in (1, 2, 2)))

    assert 3 == EventLog(path).executions()
    assert 2 == EventLog(path).executions(but_by=1)


@pytest.mark.parametrize(
    ("runs", "bounds", "expected"),
    [
        ("worker", {}, (1.5, 15.0, 0.0)),
        ("worker", {"idle_pick_up": 30.0, "deferral": 60.0}, (31.5, 45.0, 60.0)),
        ("threads", {}, (0.25, 3.0, 0.0)),
        ("threads", {"deferral": 2.0}, (0.25, 3.0, 2.0)),
    ],
)
def test_deferred_tasks(runs: str, bounds: dict[str, float], expected: tuple[float, float, float]) -> None:
    """They are due after an idle worker has looked for tasks, and as late as is documented."""
    target: Any = SimpleNamespace(runs=runs, bound=bounds.get)

    waits = waits_of(target)

    assert expected == (waits.lead, waits.hold, waits.late)
