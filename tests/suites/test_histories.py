"""The history of a task: what the event log and look-ups say of it, put together without a backend."""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any, cast

import pytest

from taskgauge.suites.conformance.event_log.reader import EventLog
from taskgauge.suites.conformance.harness.lookup_history import LookupHistory
from taskgauge.suites.conformance.harness.submitted_tasks import SubmittedTasks
from taskgauge.suites.conformance.outcomes import Deviation, NotApplicable
from taskgauge.suites.conformance.probes import histories
from taskgauge.suites.conformance.probes.histories import Findings, History, observe_histories

ENQUEUED = {"event": "signal", "signal": "task_enqueued", "status": "READY", "alias": "default", "task": "tasks.note"}


def history(**facts: Any) -> History:
    """Return a history of nothing, with what differs from it."""
    usual = {"id": "1", "task": "tasks.note", "key": "a", "test": "", "is_alone": True, "is_due": True, "end": None}
    return History(**(usual | {"signals": [], "starts": [], "ends": [], "states": []} | facts))


def signal(name: str, status: str) -> dict[str, Any]:
    """Return the record of a signal."""
    return {"signal": name, "status": status}


RESULT = SimpleNamespace(status="FAILED", is_finished=True, task=SimpleNamespace(takes_context=True))
SIGNALS = [signal("task_enqueued", "READY"), signal("task_finished", "SUCCESSFUL")]


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({}, ""),
        ({"states": ["READY", "RUNNING"]}, "RUNNING"),
        ({"states": ["RUNNING"], "signals": SIGNALS}, "SUCCESSFUL"),
        ({"states": ["RUNNING"], "signals": SIGNALS, "result": RESULT}, "FAILED"),
    ],
)
def test_status(facts: dict[str, Any], status: str) -> None:
    """A look-up of now goes before the last signal, and that before look-ups of the run."""
    assert history(**facts).status == status


def test_what_is_told() -> None:
    """The target's word and the log's, with how often each line was reached."""
    seen = history(signals=[*SIGNALS, SIGNALS[1]], starts=[{}], ends=[{}])
    journal = "task_enqueued x1, task_finished x2; first line reached 1 times, last line 1 times"

    assert seen.recorded_events == seen.journal == journal
    assert history(signals=seen.signals, result=RESULT).recorded_events.startswith(
        "get_result says FAILED, the event log: "
    )
    gone = history(trouble="KeyError: 1")
    line = "no signals; first line reached 0 times, last line 0 times"
    assert gone.recorded_events == f"get_result: KeyError: 1; the event log: {line}"
    assert (gone.is_untold, history(trouble="KeyError: 1", signals=SIGNALS).is_untold) == (True, False)
    assert seen.named("task_finished") == [SIGNALS[1]] * 2


@pytest.mark.parametrize(
    ("facts", "unknown"),
    [({"result": RESULT}, True), ({"result": RESULT, "starts": [{}]}, False), ({}, False)],
)
def test_a_key_that_was_taken_for_a_context(facts: dict[str, Any], unknown: bool) -> None:
    """Only where the task is over, takes a context, and never reached its first line under its key."""
    assert history(**facts).may_not_know_its_key is unknown


@pytest.mark.parametrize(
    ("facts", "ended"),
    [
        ({"result": RESULT, "starts": [{}], "raised": [{}]}, True),
        ({"result": RESULT, "starts": [{}], "ends": [{}]}, True),
        ({"result": RESULT, "signals": [signal("task_started", "RUNNING")]}, True),
        ({"result": RESULT, "starts": [{}], "signals": [signal("task_started", "RUNNING")]}, False),
        ({"result": RESULT}, False),
        ({"result": SimpleNamespace(status="SUCCESSFUL")}, True),
        ({"result": SimpleNamespace(status="RUNNING"), "ends": [{}]}, False),
        ({"ends": [{}]}, True),
        ({}, False),
    ],
)
def test_an_end_in_a_worker(facts: dict[str, Any], ended: bool) -> None:
    """A failure whose function neither returned nor raised was decided by the backend, outside of any worker."""
    assert history(**facts).has_ended_in_a_worker is ended


def test_findings() -> None:
    """The first is told in full, with how many there are; none is no deviation."""
    findings = Findings([history(), history(id="2")])
    findings.tell("ends")
    findings.add(findings.histories[1], "one end", 2)

    with pytest.raises(Deviation, match=r"ends: 1 of 2 tasks, first tasks\.note id=2: expected one end, seen 2"):
        findings.tell("ends")


type Target = Callable[..., Any]


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    """Return a function that makes a target which runs nothing, of which the log holds these records."""
    monkeypatch.setattr(histories, "_SIGNALS_LATER", 0.0)

    def make(
        *records: dict[str, Any],
        flag: bool = False,
        accepted: Mapping[str, str] = MappingProxyType({}),
        excluded: Iterable[str] = (),
        look_up: Callable[[str], Any] | None = None,
    ) -> Any:
        path = tmp_path / "event_log.jsonl"
        lines = [{"wall": time.time(), "at": at, "pid": 1} | record for at, record in enumerate(records)]
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        submitted = SubmittedTasks()
        submitted.accepted |= accepted
        submitted.exclude(*excluded)
        target = {
            "runs": "inside",
            "submitted": submitted,
            "events": EventLog(path),
            "waiter": SimpleNamespace(timeout=0.0, sign_timeout=0.0),
            "unserved": frozenset(),
            "lookups": SimpleNamespace(history=LookupHistory(), get_result=look_up),
            "flag": lambda _: flag,
        }
        return cast("Any", SimpleNamespace(**target))

    return make


def test_histories_of_a_run(target: Target) -> None:
    """Signals make a result known, as its acceptance does; a key of two results is nobody's alone."""
    finished = ENQUEUED | {"signal": "task_finished", "status": "SUCCESSFUL"}
    log = [
        *(record | {"id": "1", "key": "a"} for record in (finished | {"at": 9}, ENQUEUED)),
        {"event": "started", "key": "a"},
        {"event": "finished", "key": "a"},
        *(ENQUEUED | {"id": name, "key": "b"} for name in ("2", "3")),
        ENQUEUED | {"id": "4", "key": "disturbed"},
    ]
    found = {each.id: each for each in observe_histories(target(*log, accepted={"5": "c"}, excluded={"disturbed"}))}

    assert {name: (each.key, each.is_alone) for name, each in found.items()} == {
        "1": ("a", True),
        "2": ("b", False),
        "3": ("b", False),
        "5": ("c", True),
    }
    assert [each["signal"] for each in found["1"].signals] == ["task_enqueued", "task_finished"]
    assert (len(found["1"].starts), len(found["1"].ends), found["1"].status) == (1, 1, "SUCCESSFUL")
    assert found["5"].task == "a task"


@pytest.mark.parametrize(
    ("record", "due"),
    [
        ({}, True),
        ({"alias": "other"}, False),
        ({"run_after": (datetime.now(UTC) - timedelta(hours=1)).isoformat()}, True),
        ({"run_after": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}, False),
    ],
    ids=["plain", "another alias", "past", "future"],
)
def test_what_is_due(target: Target, record: dict[str, Any], due: bool) -> None:
    """A task of the default alias, unless it is deferred to later than this run waits for."""
    [only] = observe_histories(target(ENQUEUED | {"id": "1", "key": "a"} | record))

    assert only.is_due is due


def test_look_ups(target: Target) -> None:
    """What a look-up returns or raises is kept, for a target that keeps results."""

    def look_up(name: str) -> Any:
        if name == "2":
            raise KeyError(name)
        return RESULT

    log = [ENQUEUED | {"id": name, "key": name} for name in ("1", "2")]
    first, second = observe_histories(target(*log, flag=True, look_up=look_up))

    assert (first.result, first.status, first.trouble) == (RESULT, "FAILED", "")
    assert (second.result, second.status, second.trouble) == (None, "READY", "KeyError: '2'")


def test_a_second_id_of_a_task(target: Target) -> None:
    """An id that only signals carry is no result, unless another process or another task enqueued it."""
    log = [
        ENQUEUED | {"id": "1", "key": "deferred"},
        *(ENQUEUED | {"signal": name, "id": "ghost", "key": "deferred"} for name in ("task_enqueued", "task_started")),
        ENQUEUED | {"id": "child", "key": "itself"},
        {"event": "finished", "key": "itself", "child": "child"},
        ENQUEUED | {"id": "elsewhere", "key": "elsewhere"},
    ]
    found = {each.id: each for each in observe_histories(target(*log, accepted={"1": "deferred", "2": "itself"}))}

    assert found.keys() == {"1", "2", "child", "elsewhere"}
    assert (found["1"].is_alone, found["2"].is_alone) == (True, False)


def test_no_task_is_no_history(target: Target) -> None:
    """Nothing can be said of a run that enqueued nothing."""
    with pytest.raises(NotApplicable):
        observe_histories(target())
