"""Traces: the file of a session, the figures that follow from it, and the order of targets."""

import gzip
import json
from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskgauge.reports.judging.standings import Standing, standings
from taskgauge.reports.metrics.deliveries import delivery, rate
from taskgauge.reports.metrics.latencies import kept_up, microseconds
from taskgauge.reports.metrics.session import session
from taskgauge.reports.metrics.session_figures import COLUMNS, fault, figures
from taskgauge.reports.metrics.usages import cpu_per_thousand
from taskgauge.reports.pages.report import read_report
from taskgauge.reports.run_folder.declarations import PARTS, REGISTRY
from taskgauge.reports.run_folder.errors import RunFileBroken, RunFolderNewer, TraceTwice
from taskgauge.reports.run_folder.registry import write_registry
from taskgauge.reports.run_folder.traces import (
    NEVER,
    TIMES,
    Header,
    Trace,
    Usage,
    Workload,
    empty_times,
    read_trace,
    write_trace,
)

MS = 1_000_000
SECOND = 1_000 * MS


def header(**changes: Any) -> Header:
    """The facts of a drained session."""
    facts: dict[str, Any] = {
        "part": "throughput",
        "target": "shop@redis",
        "repetition": 0,
        "workload": Workload(arrival="backlog", tasks=4),
        "contract": "store",
        "ending": "all ran",
    }
    return Header(**facts | changes)


def drained(step: int = 10 * MS, tasks: int = 4, **changes: Any) -> Trace:
    """A session in which a task takes a step, one after another."""
    load = changes.pop("workload", Workload(arrival="backlog", tasks=tasks))
    return Trace(
        header=header(workload=load, **changes),
        intended=empty_times(tasks),
        enqueue_begin=array("q", range(1, tasks + 1)),
        enqueue_end=array("q", range(2, tasks + 2)),
        started=array("q", (SECOND + step * number for number in range(tasks))),
        finished=array("q", (SECOND + step * (number + 1) for number in range(tasks))),
    )


def without(trace: Trace, *numbers: int, column: str = "started") -> Trace:
    """The same session, in which these tasks never started, or started and never finished."""
    gone = {name: getattr(trace, name)[:] for name in ("started", "finished")}
    for number in numbers:
        gone["finished"][number] = NEVER
        gone[column][number] = NEVER
    return replace(trace, **gone)


times = st.lists(st.integers(min_value=0, max_value=2**62), min_size=5, max_size=5)


@given(st.lists(times, max_size=30))
def test_it_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, rows: list[list[int]]) -> None:
    """Facts and times of a trace survive the file, whatever their order."""
    columns = {name: array("q", (row[place] for row in rows)) for place, name in enumerate(TIMES)}
    trace = Trace(header=header(states={"SUCCESSFUL": 3}, tasks=len(rows)), **columns)

    assert read_trace(write_trace(tmp_path_factory.mktemp("run"), trace)) == trace


def test_it_is_small(tmp_path: Path) -> None:
    """A task takes less than a quarter of its five numbers."""
    path = write_trace(tmp_path, drained(tasks=10_000))

    assert path.stat().st_size < 10_000 * 8 * len(TIMES) / 4


@pytest.mark.parametrize("cut", [0, 5, 40, -1])
def test_cut_short(cut: int, tmp_path: Path) -> None:
    """A file that is cut short is an error that names it."""
    path = write_trace(tmp_path, drained())
    path.write_bytes(path.read_bytes()[:cut])

    with pytest.raises(RunFileBroken, match=r"trace\.gz"):
        read_trace(path)


def test_times_missing(tmp_path: Path) -> None:
    """A header that promises more tasks than there are times is an error."""
    path = write_trace(tmp_path, drained())
    line, _, content = gzip.decompress(path.read_bytes()).partition(b"\n")
    path.write_bytes(gzip.compress(json.dumps(json.loads(line) | {"tasks": 5}).encode() + b"\n" + content))

    with pytest.raises(RunFileBroken, match="5 tasks"):
        read_trace(path)


def test_one_key_twice(tmp_path: Path) -> None:
    """Two sessions with one key are an error, and sessions whose workloads differ in any field have their own files."""
    load = Workload(arrival="calls", tasks=4)
    others = [{"call": "aenqueue"}, {"producers": 4}, {"producers": 16}, {"payload": 1_000}, {"transaction": True}]
    traces = [drained(workload=replace(load, **fields)) for fields in ({}, *others)]
    paths = {write_trace(tmp_path, trace) for trace in traces}

    assert len(paths) == len(traces)
    with pytest.raises(TraceTwice, match=r"trace\.gz is there already"):
        write_trace(tmp_path, traces[0])


def test_older(tmp_path: Path) -> None:
    """A trace that was written before a field of the workload existed has the default of that field."""
    trace = drained()
    path = write_trace(tmp_path, trace)
    line, _, content = gzip.decompress(path.read_bytes()).partition(b"\n")
    facts = json.loads(line)
    for name in ("call", "producers", "payload"):
        del facts["workload"][name]
    del facts["driver_ns"]
    path.write_bytes(gzip.compress(json.dumps(facts).encode() + b"\n" + content))

    assert read_trace(path).header.workload == trace.header.workload


def test_newer(tmp_path: Path) -> None:
    """A later format is refused, and not misread."""
    path = write_trace(tmp_path, drained())
    line, _, content = gzip.decompress(path.read_bytes()).partition(b"\n")
    path.write_bytes(gzip.compress(json.dumps(json.loads(line) | {"format": 99}).encode() + b"\n" + content))

    with pytest.raises(RunFolderNewer):
        read_trace(path)


def test_rate() -> None:
    """The clock runs from the first start to the last finish."""
    assert (rate(drained(10 * MS, 4)), rate(drained(20 * MS, 100))) == (100, 50)


def test_rate_of_a_box() -> None:
    """Where time was over, the box is the clock; tasks that finish later do not count, and what is left is counted."""
    box = Workload(arrival="backlog", tasks=100, box=0.5)
    trace = without(drained(10 * MS, 100, workload=box, ending="box"), *range(50, 100))

    assert rate(trace) == pytest.approx(100, rel=0.03)
    assert (delivery(trace).ran, delivery(trace).left, delivery(trace).fault) == (50, 50, "")


@pytest.mark.parametrize(
    ("trace", "words"),
    [
        (without(drained(ending="quiet"), 2), "of 4 tasks 1 lost (task 2)"),
        (without(drained(ending="quiet"), 1, column="finished"), "of 4 tasks 1 started and not finished (task 1)"),
        (drained(doubled=(3,)), "of 4 tasks 1 run more than once (task 3)"),
        (drained(states={"SUCCESSFUL": 3, "FAILED": 1}), "of 4 tasks 1 that ran reported as FAILED"),
        (
            without(drained(ending="box", states_of_left={"SUCCESSFUL": 1, "READY": 1}), 2, 3),
            "of 4 tasks 1 that never ran reported as SUCCESSFUL",
        ),
    ],
    ids=["lost", "unfinished", "doubled", "failed", "claimed"],
)
def test_no_rate_without_a_history(trace: Trace, words: str) -> None:
    """A session that lost or doubled a task has no figure at all, and says which task it was."""
    assert (rate(trace), figures(trace), fault(trace)) == (None, {}, words)


def test_forgotten_results_are_no_fault() -> None:
    """A backend may forget results, of tasks that ran and of tasks that wait, without losing its rate."""
    box = Workload(arrival="backlog", tasks=4, box=0.03)
    forgotten = {"states": {"SUCCESSFUL": 1, "UNKNOWN": 1}, "states_of_left": {"UNKNOWN": 1, "RUNNING": 1}}
    trace = without(drained(workload=box, ending="box", **forgotten), 2, 3)

    assert (fault(trace), delivery(trace).left) == ("", 2)
    assert rate(trace)


@pytest.mark.parametrize("ending", ["failed", "interrupted"])
def test_cut_short_is_no_fault(ending: Any) -> None:
    """A session that was cut short has no figure, and accuses nobody."""
    trace = without(drained(ending=ending, reason="redis ended"), 2, 3)

    assert (figures(trace), fault(trace)) == ({}, "")


@given(st.lists(st.integers(min_value=1, max_value=10**9), min_size=1, max_size=2_000))
def test_quantiles_need_samples(numbers: list[int]) -> None:
    """A quantile q is there from 10 / (1 - q) samples on, and is one of the values."""
    values = microseconds("enqueue", numbers)
    needed = {"enqueue-p50": 20, "enqueue-p90": 100, "enqueue-p99": 1_000, "enqueue-p99.9": 10_000}

    assert {name for name, least in needed.items() if len(numbers) >= least} == values.keys() - {"enqueue-max"}
    assert all(
        value * 1_000 == pytest.approx(max(numbers)) or value * 1_000 < max(numbers) for value in values.values()
    )


def test_a_late_producer_has_no_latency() -> None:
    """An open loop whose producer was late is shown without figures."""
    load = Workload(arrival="rate", tasks=100, rate=50.0, share=50)
    due = array("q", (SECOND + number * 20 * MS for number in range(100)))
    late = array("q", (at + 100 * MS for at in due))
    begun = {"intended": due, "enqueue_begin": due, "started": late, "finished": late}
    on_time = replace(drained(tasks=100, workload=load, part="latency"), **begun)
    behind = replace(on_time, enqueue_begin=late)

    assert (kept_up(on_time), figures(on_time)["start-p50"]) == (True, 100_000)
    assert (kept_up(behind), figures(behind)) == (False, {})
    [row] = standings([session(behind)], REGISTRY)
    assert (row.kept_up, row.status) == ("0 of 1 sessions", "no figure: the producer did not keep up")


def test_processor_time() -> None:
    """Only the time from the first start to the last finish counts, and a group that ends takes nothing back."""
    usage = [
        Usage(at=SECOND + at * MS, group="workers", resident_bytes=1, cpu_seconds=cpu)
        for at, cpu in ((-500, 1.0), (5, 2.0), (25, 2.5), (35, 0.5), (45, 1.0), (3_000, 9.0))
    ]
    trace = drained(usage=tuple(usage))

    assert cpu_per_thousand(trace, "workers") == pytest.approx((0.5 + 0.5) / 4 * 1_000)
    assert cpu_per_thousand(trace, "store") is None


def sessions(target: str, steps: Sequence[float], **changes: Any) -> list[Trace]:
    """A session of a target for each of these milliseconds a task."""
    return [drained(round(step * MS), target=target, repetition=number, **changes) for number, step in enumerate(steps)]


def by_target(*traces: list[Trace]) -> dict[str, Standing]:
    """The standings of these sessions."""
    return {row.target: row for row in standings([session(trace) for mine in traces for trace in mine], REGISTRY)}


QUICK, SLOW, BETWEEN = (10, 10.1, 10.2, 10.3, 10.4), (20, 20.1, 20.2, 20.3, 20.4), (10.3, 10.4, 10.5, 10.6, 10.7)


def test_apart_is_ordered() -> None:
    """Targets have places where all their sessions are apart."""
    rows = by_target(sessions("a", SLOW), sessions("b", QUICK))

    assert {name: (row.place, row.status) for name, row in rows.items()} == {
        "b": ("1", "place 1"),
        "a": ("2", "place 2"),
    }
    assert list(rows) == ["b", "a"]


def test_a_tie_is_said() -> None:
    """Targets whose sessions overlap share their places, and each names the other."""
    rows = by_target(sessions("a", QUICK), sessions("b", BETWEEN), sessions("c", SLOW))

    assert [row.status for row in rows.values()] == [
        "place 1 to 2, tied with b",
        "place 1 to 2, tied with a",
        "place 3",
    ]


def test_few_sessions_are_not_ordered() -> None:
    """Four sessions give a figure, and no place to the target or to others."""
    rows = by_target(sessions("a", SLOW), sessions("b", QUICK[:4]))

    assert (rows["b"].place, rows["b"].status) == ("", "not ordered: 4 of 5 sessions")
    assert rows["b"].spreads["drain-rate"].high == pytest.approx(100)
    assert rows["a"].status == "not ordered: no other row has a place"


def test_an_unsteady_rate_is_withheld() -> None:
    """A target whose sessions differ much stays in the table, without a place, and with the reason."""
    rows = by_target(sessions("a", SLOW), sessions("b", (10, 10, 10, 10, 12)))

    assert rows["b"].status == "withheld: sessions differ by a factor of 1.20, more than 1.15"
    assert rows["b"].place == ""


def test_floors_and_other_contracts_take_no_place() -> None:
    """A floor has no place, and a target of another contract is in another order."""
    rows = by_target(
        sessions("floor", QUICK, is_floor=True), sessions("a", SLOW), sessions("b", QUICK, contract="in the process")
    )

    assert {name: row.place for name, row in rows.items()} == {"floor": "", "a": "1", "b": "1"}


def test_one_bad_session_takes_the_figure() -> None:
    """A target that doubled a task in one of five sessions has no rate, and others keep their order."""
    bad = sessions("a", QUICK)
    bad[3] = replace(bad[3], header=replace(bad[3].header, doubled=(2,)))
    rows = by_target(bad, sessions("b", SLOW))

    assert (rows["a"].place, rows["a"].spreads) == ("", {})
    assert rows["a"].status == "no figure: of 4 tasks 1 run more than once (task 2)"
    assert rows["b"].place == "1"


def test_a_partial_row_says_so() -> None:
    """Sessions that were cut short are named in the row of their target."""
    broken = sessions("a", QUICK)
    broken[4] = replace(broken[4], header=replace(broken[4].header, ending="failed", reason="redis ended with code -9"))
    [row] = by_target(broken).values()
    [gone] = by_target(broken[4:]).values()

    words = "PARTIAL: 1 cut short (failed: redis ended with code -9)"
    assert row.status == f"not ordered: 4 of 5 sessions; {words}"
    assert gone.status == "PARTIAL: failed: redis ended with code -9"


@pytest.fixture
def folder_of(tmp_path: Path) -> Callable[..., Path]:
    """A run folder with these traces."""

    def make(traces: list[Trace], state: str = "finished") -> Path:
        for trace in traces:
            write_trace(tmp_path, trace)
        write_registry(tmp_path, REGISTRY)
        document = {
            "format": 2,
            "versions": {"python": "3.14", "django": "6.1"},
            "parts": [{"name": "throughput", "state": state}],
        }
        (tmp_path / "run.json").write_text(json.dumps(document))
        return tmp_path

    return make


def test_the_report_has_a_table_for_each_contract(folder_of: Callable[..., Path]) -> None:
    """A section has one table for each contract, and the records have each figure."""
    folder = folder_of([*sessions("a", QUICK), *sessions("b", SLOW), *sessions("c", QUICK, contract="in the process")])
    report = read_report([folder])
    [section] = [entry for entry in report.document.sections if entry.title == "Throughput of backends"]

    assert [table.caption.rpartition(", ")[2] for table in section.tables] == ["in the process", "store"]
    assert [row[0] for row in section.tables[1].rows] == ["a", "b"]
    records = json.loads(report.files()["measurements.json"])["records"]
    assert [row["arm"] for row in records if row["measure"] == "drain-rate"] == ["c", "a", "b"]
    assert " 15 sessions." in report.document.summary


def test_a_lost_task_is_a_fault_of_the_run(folder_of: Callable[..., Path]) -> None:
    """What a backend lost ends the command with the exit code for that, by the faults of the report."""
    report = read_report([folder_of([without(drained(ending="quiet"), 2)])])

    assert report.faults == ("throughput: shop@redis: of 4 tasks 1 lost (task 2).",)


def test_every_part_has_its_metrics() -> None:
    """Each part of traces has columns, and each column is a metric."""
    parts = {part.name for part in PARTS if part.files == "traces"}

    assert parts == COLUMNS.keys()
    assert all(REGISTRY.metric(name) for names in COLUMNS.values() for name in names)


def test_a_terminal_shows_the_order(folder_of: Callable[..., Path]) -> None:
    """A run that measured only backends shows their tables, with versions, and no claims that it cannot decide."""
    facts = {"versions": {"python": "3.14", "shop": "1.2"}, "conditions": {"idle worker looks every": "1 s"}}
    shown = read_report([folder_of([*sessions("a", QUICK, **facts), *sessions("b", SLOW)])]).terminal(tables=False)

    assert "place 1" in shown
    assert "a: shop 1.2; idle worker looks every 1 s." in shown
    assert "NOT MEASURED" not in shown
