"""Rates of several hosts: what adds up, and what gives no rate."""

from array import array
from dataclasses import replace
from typing import Any

import pytest

from taskgauge.reports.metrics.host_rates import (
    ORIGIN_NS,
    binding,
    clock_step,
    combined_rate,
    offset_error,
    under_offered,
)
from taskgauge.reports.metrics.session_figures import figures
from taskgauge.reports.run_folder.traces import Agent, ClockOffset, Header, Trace, Workload, empty_times, trace_file

MS = 1_000_000
SECOND = 1_000 * MS


def sender(host: str, *, tasks: int = 100, step: int = 10 * MS, late: int = 0, **changes: Any) -> Trace:
    """A producer that sends a task each `step` from the agreed start on, `late` nanoseconds after it is due."""
    rate = changes.pop("rate", SECOND / step)
    facts: dict[str, Any] = {
        "host": host,
        "hosts": ("ash", "birch"),
        "offered": tasks,
        "sent": tasks,
        "seconds": tasks * step / SECOND,
        "before": ClockOffset(ns=5 * SECOND, error=MS),
        "after": ClockOffset(ns=5 * SECOND, error=2 * MS),
    }
    due = array("q", (ORIGIN_NS + step * number for number in range(tasks)))
    begin = array("q", (at + late for at in due))
    header = Header(
        part="producers",
        target="shop@redis",
        repetition=0,
        workload=Workload(arrival="rate" if rate else "calls", tasks=tasks, rate=rate, producing_hosts=2),
        contract="store",
        ending="enqueued",
        agent=Agent(**facts | changes),
        tasks=tasks,
    )
    return Trace(
        header=header,
        intended=due if rate else empty_times(tasks),
        enqueue_begin=begin,
        enqueue_end=array("q", (at + MS for at in begin)),
        started=empty_times(tasks),
        finished=empty_times(tasks),
    )


def test_rates_add_where_windows_overlap() -> None:
    """One of two producers begins late: only the common time counts, and its ends have the clocks' error."""
    late = sender("birch", late=15 * MS)

    combined = combined_rate([sender("ash"), late])

    assert combined.rate == pytest.approx(200, rel=0.03)
    assert combined.overlap == pytest.approx(0.976, abs=0.002)
    assert combined.share == pytest.approx(0.976 / 0.991, abs=0.005)
    assert combined.error == pytest.approx(0.002)
    assert offset_error(late.header.agent) == 2 * MS


def test_windows_apart() -> None:
    """Producers that do not send at the same time have no common rate, whatever each sent."""
    combined = combined_rate([sender("ash", rate=None), sender("birch", rate=None, late=700 * MS)])

    assert combined.rate is None
    assert "overlap in 29% only" in combined.reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sent": 90}, "birch sent 90 of 100 tasks that were due on it"),
        ({"late": 30 * MS}, "birch sent more than 1 % of its tasks late"),
        ({"after": ClockOffset(ns=10 * SECOND, error=MS)}, "the clock of birch stepped by +5.000 s"),
    ],
)
def test_no_rate(changes: dict[str, Any], reason: str) -> None:
    """A producer that under-offers, and a clock that steps, leave the row without any rate."""
    trace = sender("birch", **changes)

    combined = combined_rate([sender("ash"), trace])

    assert (combined.rate, combined.reason) == (None, reason)
    assert figures(trace) == {}
    assert figures(sender("ash"))["sent-rate"] == pytest.approx(100)


def test_drift_is_no_step() -> None:
    """Clocks run apart a little; the change must exceed the errors of both measurements and the drift."""
    agent = sender("ash", after=ClockOffset(ns=5 * SECOND + 3 * MS, error=2 * MS)).header.agent
    assert agent is not None

    assert clock_step(agent) is None
    assert clock_step(replace(agent, after=ClockOffset(ns=5 * SECOND + 5 * MS, error=2 * MS))) == 0.005


def test_unpaced_producers_owe_nothing() -> None:
    """Without a rate nothing is due."""
    assert under_offered(sender("ash", rate=None, sent=1)) == ""


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"store_cpu": 0.95}, "the store's processor"),
        ({"store_cpu": 0.1, "busy": 0.99, "machine": "m"}, "the processors of the machine of ash"),
        ({"store_cpu": 0.1, "producer_cpu": 0.9}, "the producers' own processors"),
        ({"store_cpu": 0.1, "producer_cpu": 0.1}, "waiting: neither"),
    ],
)
def test_what_binds(changes: dict[str, Any], what: str) -> None:
    """An unpaced session names what is busy."""
    words = binding([sender("ash", rate=None, **changes)])

    assert words.startswith(what)
    assert "store" in words


def test_nothing_binds_what_never_sent() -> None:
    """A session that failed before its window has no bound."""
    assert binding([sender("ash", rate=None, sent=0)]) == ""


def test_each_host_has_a_file(tmp_path: Any) -> None:
    """Traces of one session do not overwrite each other; a host's name may have a slash."""
    files = {trace_file(tmp_path, sender(host).header).name for host in ("vm/local-1", "vm/local-2")}

    assert len(files) == 2
    assert all("/" not in name for name in files)
