"""The calls before a drain are what a session that only calls enqueue() would keep."""

from array import array
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from taskgauge.reports.run_folder.traces import NEVER, Header, Trace, Workload, write_trace
from taskgauge.suites.sessions.drained_calls import drained_calls
from taskgauge.suites.sessions.session import SessionPlan, run_session

CALLS = Workload(arrival="calls", tasks=4, box=15.0)
PLAN = SessionPlan(part="enqueue", target="reference-memory", repetition=1, workload=CALLS)
DRAIN = Workload(arrival="backlog", tasks=4, box=10.0)
SECOND = 1_000_000_000


def drain(load: Workload = DRAIN, *, begins: tuple[int, ...] = (1, 2, 3, 4), **changes: Any) -> Trace:
    """The trace of a drain whose calls begin in these seconds, and take 5 ns each; 0: it never came to the call."""
    begin = array("q", (second * SECOND for second in begins))
    end = array("q", (at and at + 5 for at in begin))
    facts = {"part": "throughput", "target": "reference-memory", "repetition": 1, "ending": "all ran"} | changes
    header = Header(workload=load, contract="in the process", driver_ns=7.0, states={"SUCCESSFUL": 4}, **facts)
    return Trace(header=header, intended=end, enqueue_begin=begin, enqueue_end=end, started=end, finished=end)


def test_times_of_calls(tmp_path: Path) -> None:
    """They keep their begins and ends, under the plan of the calls; executions are no part of it."""
    write_trace(tmp_path, drain())
    calls = drained_calls(PLAN, tmp_path)

    assert calls is not None
    assert [*calls.enqueue_begin] == [SECOND, 2 * SECOND, 3 * SECOND, 4 * SECOND]
    assert [*calls.enqueue_end] == [at + 5 for at in calls.enqueue_begin]
    assert {*calls.started, *calls.finished} == {NEVER}
    header = calls.header
    assert (header.part, header.workload, header.ending) == ("enqueue", CALLS, "enqueued")
    assert (header.states, header.driver_ns) == ({}, 7.0)


def test_the_box_of_calls(tmp_path: Path) -> None:
    """A call that began after the box is none, as in a session with that box."""
    write_trace(tmp_path, drain(begins=(1, 2, 16, 17)))
    calls = drained_calls(PLAN, tmp_path)

    assert calls is not None
    assert [*calls.enqueue_begin] == [SECOND, 2 * SECOND, 16 * SECOND, NEVER]
    assert calls.enqueue_end[3] == NEVER


@pytest.mark.parametrize(
    "other",
    [
        drain(target="reference-process"),
        drain(repetition=2),
        drain(replace(DRAIN, workers=2)),
        drain(replace(DRAIN, row="installed")),
        drain(replace(DRAIN, tasks=5), begins=(1, 2, 3, 4, 5)),
        drain(replace(DRAIN, payload=10)),
        drain(begins=(1, 2, 3, 0), ending="failed"),
    ],
    ids=["target", "repetition", "workers", "row", "depth", "payload", "cut short"],
)
def test_another_drain_has_no_such_calls(other: Trace, tmp_path: Path) -> None:
    """A drain of another target, repetition, row, depth or way to enqueue is not used, nor one that is cut short."""
    write_trace(tmp_path, other)

    assert drained_calls(PLAN, tmp_path) is None


def test_nothing_was_drained(tmp_path: Path) -> None:
    """A run folder without drains has none."""
    assert drained_calls(PLAN, tmp_path) is None


@pytest.mark.slow
def test_it_equals_a_session(tmp_path: Path) -> None:
    """All facts are those of a session that only calls, but for the times."""
    load = Workload(arrival="backlog", tasks=50, box=10.0)
    plan = replace(PLAN, workload=replace(CALLS, tasks=50))
    write_trace(tmp_path, run_session(replace(plan, part="throughput", workload=load)).trace)
    drained, called = drained_calls(plan, tmp_path), run_session(plan).trace

    assert drained is not None
    ceilings = [[ceiling.name for ceiling in trace.header.ceilings] for trace in (drained, called)]
    assert ceilings == [["calls"], ["calls"]]
    measured = {"usage": (), "driver_ns": None, "processors": None, "tasks": 0, "ceilings": ()}
    assert replace(drained.header, **measured) == replace(called.header, **measured)
    assert sum(at != NEVER for at in drained.enqueue_end) == sum(at != NEVER for at in called.enqueue_end) == 50
