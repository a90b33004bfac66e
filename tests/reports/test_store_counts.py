"""Counts of stores: figures by phase, names of statements, and rows without counters or too near to their floor."""

import gzip
import json
import re
from array import array
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from taskgauge.reports.judging.standings import CONNECTION, Standing, standings
from taskgauge.reports.metrics.session import session
from taskgauge.reports.metrics.session_figures import figures
from taskgauge.reports.metrics.stability import instability
from taskgauge.reports.metrics.store_counts import idle_costs, per_unit_by_name, short_name
from taskgauge.reports.pages.report import read_report
from taskgauge.reports.run_folder.declarations import REGISTRY
from taskgauge.reports.run_folder.registry import write_registry
from taskgauge.reports.run_folder.traces import (
    Header,
    Phase,
    Trace,
    Usage,
    Workload,
    empty_times,
    read_trace,
    write_trace,
)

MS = 1_000_000
SECOND = 1_000 * MS
COUNTING = Workload(arrival="backlog", tasks=4, counted=True)
ENQUEUE = Phase(name="enqueue", units=4, seconds=1.0, counts={"redis": {"lpush": 4, "hset": 8}})
RUN = Phase(
    name="run",
    units=10,
    seconds=1.0,
    counts={"redis": {"blmove": 11, "lrem": 10}},
    worker_cpu_seconds=0.1,
    log_lines=20,
)
IDLE = Phase(name="idle", units=2, seconds=9.0, counts={"redis": {"ping": 5}}, worker_cpu_seconds=0.01, log_bytes=3)


def drained(step: float = 10, **changes: Any) -> Trace:
    """A session in which a task takes so many milliseconds, one after another."""
    facts: dict[str, Any] = {
        "part": "throughput",
        "target": "shop@redis",
        "repetition": 0,
        "workload": Workload(arrival="backlog", tasks=4),
        "contract": "store",
        "ending": "all ran",
    }
    return Trace(
        header=Header(**facts | changes),
        intended=empty_times(4),
        enqueue_begin=array("q", range(1, 5)),
        enqueue_end=array("q", range(2, 6)),
        started=array("q", (MS * 1_000 + round(number * step * MS) for number in range(4))),
        finished=array("q", (MS * 1_000 + round((number + 1) * step * MS) for number in range(4))),
    )


def sessions(target: str, steps: Sequence[float], **changes: Any) -> list[Trace]:
    """A session of a target for each of these milliseconds a task."""
    return [drained(step, target=target, repetition=number, **changes) for number, step in enumerate(steps)]


def by_target(*traces: list[Trace]) -> dict[str, Standing]:
    """The standings of these sessions."""
    return {row.target: row for row in standings([session(trace) for mine in traces for trace in mine], REGISTRY)}


def counted(**changes: Any) -> Trace:
    """A session that counts."""
    facts: dict[str, Any] = {"part": "round-trips", "workload": COUNTING, "phases": (ENQUEUE, RUN)}
    return drained(**facts | changes)


def test_commands_of_a_task() -> None:
    """The commands of a task are those of enqueue, claim and finish, and a session that counts has no rate."""
    assert figures(counted()) == {
        "task-commands": pytest.approx(5.1),
        "enqueue-commands": 3,
        "run-commands": pytest.approx(2.1),
        "log-lines": 2,
    }
    assert per_unit_by_name(counted(), "enqueue") == {"HSET": 2, "LPUSH": 1}


def test_an_idle_hour() -> None:
    """The costs of a window are those of one worker in an hour."""
    assert idle_costs(drained(part="idle", phases=(IDLE,))) == {
        "idle-commands": pytest.approx(5 / 9 * 3_600 / 2),
        "idle-cpu": pytest.approx(0.01 / 9 * 3_600 / 2),
        "idle-log": pytest.approx(3 / 9 * 3_600 / 2),
    }
    assert idle_costs(drained(part="idle")) == {}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('UPDATE "shop_task" SET "a" = $1 WHERE "b" = $2', "UPDATE shop_task"),
        ("INSERT OR REPLACE INTO task (a) VALUES (?)", "INSERT task"),
        ("INSERT INTO public.task (a) VALUES (?)", "INSERT public.task"),
        ('SELECT "t"."a"\n FROM "shop_task" "t" WHERE x = (SELECT 1 FROM other)', "SELECT shop_task"),
        ("SELECT * FROM absurd.claim_task($1, $2)", "SELECT absurd.claim_task"),
        ("SELECT sqlite_compileoption_used(?)", "SELECT sqlite_compileoption_used"),
        ("DELETE FROM task WHERE id = ?", "DELETE task"),
        ("WITH next AS (SELECT id FROM t) UPDATE task SET a = 1", "WITH … UPDATE task"),
        ('SAVEPOINT "s140_x1"', "SAVEPOINT"),
        ("BEGIN IMMEDIATE", "BEGIN IMMEDIATE"),
        ("LISTEN tasks", "LISTEN tasks"),
    ],
)
def test_short_names(text: str, name: str) -> None:
    """A statement has the name of its verb and its table, or of the function that it calls."""
    assert short_name(text) == name


def test_a_count_is_never_unstable() -> None:
    """On a busy machine, a row whose headline is a count has its place; an idle row is ordered by a time, and has none.

    The floor of such a row is not called unstable either.
    """
    usage = tuple(
        Usage(at=SECOND + 4 * SECOND * turn, group="machine", resident_bytes=0, cpu_seconds=8.0 * turn)
        for turn in (0, 1)
    )
    load = Workload(arrival="idle", tasks=4, counted=True)
    shop = [counted(target="shop", repetition=number, usage=usage) for number in range(5)]
    floor = [counted(target="floor-redis", repetition=number, usage=usage, is_floor=True) for number in range(5)]
    idle = [counted(part="idle", workload=load, repetition=number, usage=usage) for number in range(5)]
    rows = by_target(shop, floor)
    [idle_row] = standings([replace(session(trace), figures={"start-p50": 1.0}) for trace in idle], REGISTRY)

    assert all(instability(trace) for trace in (*shop, *floor, *idle))
    assert (rows["shop"].status, rows["shop"].unstable) == ("place 1 (alone in its group)", "")
    assert rows["floor-redis"].status == "floor"
    assert idle_row.status.startswith("unstable: 5 of 5 sessions")


def test_not_counted(tmp_path: Path) -> None:
    """A store without counters has no figure, and its cells say so, beside those of a store that was counted."""
    reasons = {"postgresql": "the server has no pg_stat_statements"}
    bare = [counted(target="bare", repetition=n, not_counted=reasons) for n in range(5)]
    rows = by_target(bare, [counted(target="shop", repetition=n) for n in range(5)])

    assert rows["bare"].status == "not counted: postgresql: the server has no pg_stat_statements"
    assert rows["shop"].status == "place 1 (alone in its group)"
    section = section_of(tmp_path, [*bare, *(counted(target="shop", repetition=n) for n in range(5))])
    table, names = section.tables
    cells = {row[0]: row[2:5] for row in table.rows}
    assert cells == {
        "bare": ("not counted",) * 3,
        "shop": ("5.100 [5.100 to 5.100]", "3.000 [3.000 to 3.000]", "2.100 [2.100 to 2.100]"),
    }
    assert ("shop", "an enqueue", "HSET", "2.000") in names.rows


def section_of(folder: Path, traces: list[Trace], title: str = "Statements and commands for each task") -> Any:
    """The section of a run with these traces."""
    for trace in traces:
        write_trace(folder, trace)
    write_registry(folder, REGISTRY)
    part = {"name": traces[0].header.part, "state": "finished"}
    (folder / "run.json").write_text(
        json.dumps(
            {
                "format": 2,
                "versions": {"python": "3.14", "django": "6.1"},
                "parts": [part],
                "command": ["taskgauge", "bench", "--install", "--quick"],
            }
        )
    )
    [section] = [entry for entry in read_report([folder]).document.sections if entry.title == title]
    return section


def test_counts_and_rates_have_tables_of_their_own(tmp_path: Path) -> None:
    """Sessions that count, and sessions with a distant store, are never in one table."""
    far = Workload(arrival="backlog", tasks=4, distance=1.0)
    section = section_of(tmp_path, [counted(), drained(part="round-trips", workload=far)])

    assert [table.headers[2] for table in section.tables] == [
        "Rate of a drain (tasks/s)",
        "Statements or commands of enqueue, claim and finish (1/task)",
        "Statement or command",
    ]
    assert section.tables[0].rows[0][1] == "4 tasks, 1 worker, store 1 ms away"
    # The environments of a run belong to its figures.
    assert {table.commands[0][1].partition(" shop@redis ")[2] for table in section.tables} == {
        "--install --one-cell --quick"
    }


def test_floors_alone_are_named(tmp_path: Path) -> None:
    """A command names targets, whose floors come by themselves; a table of floors alone names these."""
    floor, shop = counted(target="floor-queue", is_floor=True), counted(target="shop@redis")
    for name, traces, named in (("both", [floor, shop], "shop@redis"), ("floors", [floor], "floor-queue")):
        commands = [command for table in section_of(tmp_path / name, traces).tables for _, command in table.commands]
        assert commands
        assert {" ".join(re.findall(r"--target (\S+)", command)) for command in commands} == {named}


def test_counts_that_differ_by_little_are_tied() -> None:
    """How many tasks a worker claims at once can depend on its timing, so 2 % fewer commands are no order; 5 % are."""

    def of(name: str, pushes: int) -> list[Trace]:
        enqueue = replace(ENQUEUE, units=100, counts={"redis": {"lpush": pushes}})
        return [counted(target=name, repetition=number, phases=(enqueue, RUN)) for number in range(5)]

    rows = by_target(of("a", 1_000), of("b", 1_020), of("c", 1_100))

    assert (rows["a"].place, rows["b"].place, rows["c"].place) == ("1 to 2", "1 to 2", "3")


def test_our_own_backends_take_no_place() -> None:
    """Taskgauge orders no backend of its own."""
    quick, slow = (10, 10.1, 10.2, 10.3, 10.4), (20, 20.1, 20.2, 20.3, 20.4)
    rows = by_target(sessions("reference-shop", quick), sessions("a", slow), sessions("b", quick))

    assert (rows["reference-shop"].place, rows["reference-shop"].status) == ("", "not ordered: it is Taskgauge's own")
    assert (rows["b"].place, rows["a"].place) == ("1", "2")


def test_within_twice_the_floor_of_the_connection() -> None:
    """A rate above half of that of one round trip a task takes no place; a slower target keeps its place."""
    far = Workload(arrival="backlog", tasks=4, distance=1.0)
    facts = {"part": "round-trips", "workload": far}
    floor = sessions(f"{CONNECTION}@redis", (10, 10.1, 10.2, 10.3, 10.4), is_floor=True, **facts)
    near, apart, further = (
        sessions("near", (18, 18.1, 18.2, 18.3, 18.4), **facts),
        sessions("apart", (40, 40.1, 40.2, 40.3, 40.4), **facts),
        sessions("further", (50, 50.1, 50.2, 50.3, 50.4), **facts),
    )
    rows = by_target(floor, near, apart, further)

    assert rows["near"].status == "not ordered: within twice the floor of the connection"
    assert rows["apart"].place == "1"
    assert by_target(near, apart)["near"].place == "1"


def test_a_trace_of_an_earlier_version_is_readable(tmp_path: Path) -> None:
    """A trace without phases is read as a session that counted nothing."""
    path = write_trace(tmp_path, drained())
    line, _, content = gzip.decompress(path.read_bytes()).partition(b"\n")
    facts = json.loads(line)
    for name in ("phases", "not_counted"):
        del facts[name]
    for name in ("counted", "quiet", "distance"):
        del facts["workload"][name]
    path.write_bytes(gzip.compress(json.dumps(facts).encode() + b"\n" + content))

    assert read_trace(path) == replace(drained(), header=replace(drained().header, tasks=4))


def test_order_of_counts() -> None:
    """Fewer commands are better, and equal counts tie."""
    more = replace(RUN, counts={"redis": {"blmove": 11, "lrem": 10, "get": 10}})
    mine = [counted(target="a", repetition=n) for n in range(5)]
    same = [counted(target="b", repetition=n) for n in range(5)]
    worse = [counted(target="c", repetition=n, phases=(ENQUEUE, more)) for n in range(5)]

    assert {row.target: row.place for row in standings(map(session, [*mine, *same, *worse]), REGISTRY)} == {
        "a": "1 to 2",
        "b": "1 to 2",
        "c": "3",
    }


def test_shares_of_steps_add_up(tmp_path: Path) -> None:
    """The steps of a target have shares of the whole, and it takes no place, since a share is no cost."""
    steps = {"call": 1_000.0, "validation": 500.0, "backend": 1_500.0, "driver": 7_000.0}
    phases = (Phase(name="enqueue", units=2, seconds=1e-5, steps=steps, whole=4_000.0),)
    facts = {"part": "overhead", "workload": Workload(arrival="backlog", tasks=4, stepped=True), "phases": phases}
    traces = sessions("shop", (10, 10, 10, 10, 10), **facts)
    [row] = standings(map(session, traces), REGISTRY)
    section = section_of(tmp_path, traces, "Django's share of a task")
    table = section.tables[1]

    assert row.spreads["enqueue-share"].middle == pytest.approx(15)
    assert row.status == "not ordered: it explains a cost, and compares none"
    cells = {cells[1]: cells[2:5] for cells in table.rows}
    assert cells["validation of the task"] == ("0.2500", "5.0 %", "not measured")
    assert cells["Django's part"] == ("0.7500", "15.0 %", "not measured")
    assert cells["all steps"] == ("5.000", "100.0 %", "not measured")
    assert cells["the whole, without timers"][0] == "4.000"
    assert {table.commands[0][1].partition(" shop ")[2] for table in section.tables} == {"--install --one-cell --quick"}
    assert any("1.25 times the whole" in note for note in table.notes)
