"""Plans of sessions: rows, sweeps and searches, without a session."""

import os
import subprocess
import sys
from array import array
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from taskgauge.backends.descriptors.reader import CATALOG, load_target
from taskgauge.backends.floors import FLOORS
from taskgauge.backends.yardsticks import PREFIX, YARDSTICKS
from taskgauge.reports.run_folder.traces import Header, Trace, Workload, empty_times
from taskgauge.suites.run_control.options import Options, Scale
from taskgauge.suites.run_control.pytest_process import INI
from taskgauge.suites.sessions import test_leaks as leaks
from taskgauge.suites.sessions.capacity import search
from taskgauge.suites.sessions.ceilings import _WORK
from taskgauge.suites.sessions.items import rows_of
from taskgauge.suites.sessions.plan import DEPTH, depth, measured
from taskgauge.suites.sessions.resolved_settings import differences, with_placeholders
from taskgauge.suites.sessions.session import SessionPlan
from taskgauge.suites.sessions.sweep import walk
from taskgauge.suites.sessions.test_latency import first_rate
from taskgauge.suites.sessions.test_throughput import is_swept

BACKLOG = Workload(arrival="backlog", tasks=100)


def options(**changes: object) -> Options:
    """The options of a run."""
    return Options(scale=Scale.default(), run_folder=Path(), **changes)  # type: ignore[arg-type]


def test_rows() -> None:
    """A target has the row that was asked for, and with `both` two rows only if its documentation recommends more."""
    database, reference, floor = measured(["django-tasks-db@sqlite", "reference-memory"])[:3]

    assert rows_of(database, options()) == ("production",)
    assert rows_of(database, options(rows="installed")) == ("installed",)
    assert rows_of(database, options(rows="both")) == ("production", "installed")
    assert rows_of(reference, options(rows="both")) == ("production",)
    assert rows_of(floor, options(rows="installed")) == ("production",)


def test_leaks_of_concurrent_tasks() -> None:
    """A worker that runs one task at once, and whose command can say more, does so too; a floor keeps nothing."""

    def at_once(name: str, **changes: object) -> list[int | None]:
        [entry] = [entry for entry in measured([name]) if entry.target.name == name]
        return [load.concurrency for load in leaks.loads(entry, options(**changes))]

    assert at_once("django-ox@sqlite") == [None]  # 4 are recommended for production
    assert at_once("django-ox@sqlite", rows="installed") == [None, 4]
    assert at_once("huey@redis", rows="installed") == [None, 4]
    assert at_once("django-tasks-db@sqlite") == [None]
    assert list(leaks.loads(measured(["django-tasks-db@sqlite"])[-1], options())) == []


def test_more_tasks() -> None:
    """`--tasks` sets the depth of a drain, above the usual one too."""
    assert depth(options(backlog=1_000_000)) == 1_000_000
    assert depth(options(backlog=7)) == 7
    assert depth(options()) == DEPTH


def test_every_floor_and_yardstick_has_a_descriptor() -> None:
    """Each floor and yardstick can be named, is marked as one, and takes the floor of its store along."""
    names = [path.parent.name for path in (*FLOORS.glob("*/backend.toml"), *YARDSTICKS.glob("*/backend.toml"))]
    entries = measured(names)

    assert {name for name in names if name.startswith(PREFIX)} >= {
        "yardstick-celery-prefork",
        "yardstick-celery-threads",
        "yardstick-dramatiq",
        "yardstick-huey",
        "yardstick-rq",
    }
    assert all(entry.is_floor for entry in entries)
    assert "floor-rabbitmq@rabbitmq" in [entry.target.name for entry in measured(["yardstick-dramatiq@rabbitmq"])]
    assert [entry.target.name for entry in measured(["reference-process"])][1:] == ["floor-queue", "floor-pipe"]
    [alone] = measured(["floor-redis@redis"])
    [target, along] = measured(["huey@redis"])
    assert alone.is_named, "a floor alone is what the run measures"
    assert target.is_named
    assert not along.is_named, "a floor that comes along is not what the run was asked for"
    assert [entry.target.name for entry in measured(["django-immediate"])][1:] == ["floor-queue", "floor-call"]


def cells(target: str, speed: object) -> list[tuple[int, int | None, int | None]]:
    """The shapes of a sweep, in which `speed(total, read_ahead)` is the rate."""
    steps = walk(BACKLOG, load_target(target))
    made = []
    load = next(steps)
    try:
        while True:
            made.append((load.workers, load.concurrency, load.read_ahead))
            load = steps.send(speed(load.workers * (load.concurrency or 1), load.read_ahead))  # type: ignore[operator]
    except StopIteration:
        return made


def test_a_sweep_ends_after_the_knee() -> None:
    """Totals double, with every shape of each, until a total is not faster; then the tasks in advance do."""
    made = cells("threadmill@redis", lambda total, ahead: 100.0 * min(total, 2) + (ahead or 0) * 100.0)
    totals = [workers * (concurrency or 1) for workers, concurrency, ahead in made if ahead is None]

    assert made[:3] == [(1, 1, None), (2, 1, None), (1, 2, None)]
    assert totals == [1, 2, 2, 4, 4, 4]
    assert [ahead for *_, ahead in made if ahead] == [1, 4, 16, 64]


def test_a_sweep_of_processes_alone() -> None:
    """A worker without words for tasks at once is swept by the number of workers, and a failed cell ends the sweep."""
    assert cells("django-tasks-db@sqlite", lambda total, _: float(total)) == [(n, 1, None) for n in (1, 2, 4, 8, 16)]
    assert cells("django-tasks-db@sqlite", lambda *_: None) == [(1, 1, None)]


def test_only_a_full_run_sweeps() -> None:
    """A sweep is made on request, once for each target with a worker, and of no floor."""
    full = Options(scale=Scale.full(), run_folder=Path())
    one, two = (replace(BACKLOG, workers=workers) for workers in (1, 2))

    def plan(target: str, load: Workload, **changes: Any) -> SessionPlan:
        return SessionPlan(part="throughput", target=target, repetition=0, workload=load, **changes)

    assert is_swept(plan("django-tasks-db@sqlite", one), full)
    assert not is_swept(plan("django-tasks-db@sqlite", one), options())
    assert not is_swept(plan("django-tasks-db@sqlite", two), full)
    assert not is_swept(plan("reference-memory", one), full)
    assert not is_swept(plan("floor-redis@redis", one, catalog=FLOORS, is_floor=True), full)


def test_items_are_collected(tmp_path: Path) -> None:
    """Each part of whole backends is collected, with a prediction for each item."""
    words = ["-m", "pytest", "-c", str(INI), "-p", "taskgauge.suites.shapes.option_set", "--collect-only", "-q"]
    words += [f"--rootdir={tmp_path}", f"--confcutdir={tmp_path}", "-p", "no:cacheprovider", "--scale=full"]
    words += ["--rows=both", "--measured-target=django-tasks-db@sqlite", "--measured-target=reference-memory"]
    suites = [f"taskgauge.suites.sessions.test_{name}" for name in ("throughput", "latency", "idle")]
    result = subprocess.run(
        [sys.executable, "-P", *words, "--pyargs", *suites],
        # As the driver starts it: no plugin is there unless it was asked for.
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert result.returncode == 0, result.stdout
    assert "installed" in result.stdout


@pytest.mark.parametrize("begin", [1.0, 90.0, 5_000.0])
def test_a_search_finds_the_capacity(begin: float) -> None:
    """The search ends within a tenth of the true capacity, from wherever it begins."""
    tried: list[float] = []

    def sustains(rate: float) -> bool:
        tried.append(rate)
        return rate <= 100.0

    found = search(sustains, begin, sessions=20)

    assert found is not None
    assert 100.0 / 1.1 <= found <= 100.0
    assert len(tried) == len(set(tried))


def test_a_search_is_bounded() -> None:
    """It has at most so many sessions, keeps the best rate that held, and says so if none did."""
    tried: list[float] = []
    assert search(lambda rate: tried.append(rate) or True, 1.0, sessions=4) == 8.0  # type: ignore[func-returns-value]
    assert tried == [1.0, 2.0, 4.0, 8.0]
    assert search(lambda _: False, 1.0, sessions=4) is None


def test_settings_in_effect() -> None:
    """Addresses stand as placeholders, and what differs from the row as installed is named with both values."""
    values = {"DATABASES.default.PORT": "'54321'", "worker": "/opt/python -m x worker-0123abcd@%h"}
    placeholders = {"postgresql_port": "54321", "python": "/opt/python", "redis_database": "0"}

    assert with_placeholders(values, placeholders) == {
        "DATABASES.default.PORT": "'{postgresql_port}'",
        "worker": "{python} -m x {worker}@%h",
    }
    assert differences({"A": "1", "B": "2"}, {"A": "1", "B": "3", "C": "4"}) == {"B": "2 → 3", "C": "- → 4"}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("['taskgauge.suites.sessions']", "['taskgauge.suites.sessions']"),
        ("/opt/python -m taskgauge.backends.floors.amqp_queue", "{python} -m taskgauge.backends.floors.amqp_queue"),
        ("'shop.taskgauge'", "'shop.taskgauge'"),
        (
            "'taskgauge_cache', 'taskgauge-cache', 'my-taskgauge'",
            "'taskgauge_cache', 'taskgauge-cache', 'my-taskgauge'",
        ),
        ("'/work/taskgauge/settings'", "'/work/taskgauge/settings'"),
        ("'taskgauge'", "'{rabbitmq_user}'"),
        ("amqp://taskgauge:s3cret@127.0.0.1:5672/vhost", "{rabbitmq}"),
        (
            "amqp://taskgauge:s3cret@127.0.0.1:5672/other?heartbeat=0",
            "amqp://{rabbitmq_user}:{rabbitmq_password}@{rabbitmq_host}:{rabbitmq_port}/other?heartbeat=0",
        ),
        (
            "pyamqp://127.0.0.1:5672/vhost?ssl=0",
            "pyamqp://{rabbitmq_host}:{rabbitmq_port}/{rabbitmq_virtual_host}?ssl=0",
        ),
        ("host=127.0.0.1 port=5672 user=taskgauge", "host={rabbitmq_host} port={rabbitmq_port} user={rabbitmq_user}"),
        ("'127.0.0.12', '1.127.0.0.1', 56720", "'127.0.0.12', '1.127.0.0.1', 56720"),
        ("'/tmp/session/store.sqlite3-wal'", "'{store}-wal'"),
    ],
)
def test_a_placeholder_stands_for_a_whole_value(value: str, shown: str) -> None:
    """A user that is called like a package replaces no module, and still stands for itself in a URL."""
    placeholders = {
        "rabbitmq": "amqp://taskgauge:s3cret@127.0.0.1:5672/vhost",
        "rabbitmq_host": "127.0.0.1",
        "rabbitmq_port": "5672",
        "rabbitmq_user": "taskgauge",
        "rabbitmq_password": "s3cret",
        "rabbitmq_virtual_host": "vhost",
        "store": "/tmp/session/store.sqlite3",  # noqa: S108 -- only a text
        "python": "/opt/python",
    }

    assert with_placeholders({"key": value}, placeholders) == {"key": shown}


def test_no_target_is_called_like_a_floor() -> None:
    """The names of floors and yardsticks are no names of the catalogue."""
    names = [path.parent.name for path in CATALOG.glob("*/backend.toml")]

    assert [name for name in names if name.startswith((PREFIX, "floor-"))] == []


def test_a_search_begins_with_a_rate_that_can_be_offered() -> None:
    """A search begins near the rate of the drain, but a slow enqueue() bounds the rate of the one producer."""

    def drain(step: int) -> Trace:
        """A trace whose calls of enqueue() take so many nanoseconds each."""
        header = Header(
            part="latency", target="shop", repetition=0, workload=BACKLOG, contract="store", ending="all ran"
        )
        begin = array("q", (1 + number * step for number in range(100)))
        end = array("q", (1 + (number + 1) * step for number in range(100)))
        times = {name: empty_times(100) for name in ("intended", "started", "finished")}
        return Trace(header=header, enqueue_begin=begin, enqueue_end=end, **times)

    assert first_rate(drain(1_000), 100.0) == pytest.approx(80.0)
    assert first_rate(drain(1_000_000), 100_000.0) == pytest.approx(500.0)


def test_commits_of_a_ceiling_do_not_grow_the_log(tmp_path: Path) -> None:
    """A commit that makes SQLite's log longer is several times slower, and would be a ceiling that targets exceed."""

    def log() -> int:
        return sum(path.stat().st_size for path in tmp_path.rglob("*-wal"))

    with _WORK["sqlite"]({}, tmp_path) as works:
        before = log()
        for _ in range(200):
            works["commits"]()

        assert log() == before > 0
    assert list(tmp_path.iterdir()) == []
