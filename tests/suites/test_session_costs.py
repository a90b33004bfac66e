"""The cost of a task and of an idle worker: exact counts on real stores, and planted costs that are seen exactly."""

from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from taskgauge.backends.descriptors.reader import CATALOG, load_target
from taskgauge.backends.floors import FLOORS
from taskgauge.backends.services import unavailable
from taskgauge.reports.metrics.deliveries import rate
from taskgauge.reports.metrics.latencies import start_times
from taskgauge.reports.metrics.session_figures import fault, figures
from taskgauge.reports.metrics.store_counts import per_unit_by_name, phase
from taskgauge.reports.run_folder.traces import Trace, Workload
from taskgauge.suites.run_control.options import Options, Scale
from taskgauge.suites.sessions.plan import measured
from taskgauge.suites.sessions.session import SessionPlan, run_session
from taskgauge.suites.sessions.test_round_trips import counted_tasks, loads

pytestmark = [pytest.mark.slow, pytest.mark.services]
COUNTED = Workload(arrival="backlog", tasks=60, counted=True)
PLANTED = """
from django.apps import AppConfig


class Planted(AppConfig):
    name = "planted"

    def ready(self):
        from django.db import connection
        from django.tasks.signals import task_started
        from django_tasks_db.models import DBTaskResult

        claim = DBTaskResult.claim

        def ask_and_claim(self, *args):
            with connection.cursor() as cursor:
                cursor.execute("SELECT 42 AS planted")
            return claim(self, *args)

        DBTaskResult.claim = ask_and_claim
        task_started.connect(print_a_line, weak=False)


def print_a_line(**kwargs):
    print("planted", flush=True)
"""


def run(target: str, load: Workload, catalog: Path | None = None, part: str = "round-trips") -> Trace:
    """Run a session to its end, or skip the test if the target cannot run here."""
    is_floor = target.startswith("floor-")
    catalog = catalog or (FLOORS if is_floor else CATALOG)
    loaded = load_target(target, catalog)
    if reason := next(filter(None, [loaded.missing(), *map(unavailable, loaded.kinds)]), None):
        pytest.skip(reason)
    session = run_session(
        SessionPlan(part=part, target=target, repetition=0, workload=load, catalog=catalog, is_floor=is_floor)
    )
    assert (session.error, fault(session.trace)) == (None, "")
    return session.trace


@pytest.fixture
def database_worker(tmp_path: Path) -> Callable[..., Path]:
    """A catalogue with django-tasks-db on SQLite: with another interval, or with planted costs."""

    def make(interval: str = "1", *, planted: bool = False) -> Path:
        folder = tmp_path / f"{interval}-{planted}" / "changed"
        folder.mkdir(parents=True)
        source = CATALOG / "django-tasks-db"
        text = (source / "backend.toml").read_text()
        text = text.replace('"--interval", "1"', f'"--interval", "{interval}"')
        text = text.replace("poll_interval = 1", f"poll_interval = {interval}").replace(', "postgresql"]', "]")
        text = text[: text.index("[store_requirements]")] + text[text.index("[[prepare]]") :]
        text = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("settings.postgresql"))
        settings = (source / "settings_sqlite.py").read_text()
        if planted:
            text = f'modules = ["planted.py"]\n{text}'
            (folder / "planted.py").write_text(PLANTED)
            settings = settings.replace('["django_tasks_db"]', '["django_tasks_db", "planted.Planted"]')
        (folder / "backend.toml").write_text(text)
        (folder / "settings_sqlite.py").write_text(settings)
        return folder.parent

    return make


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("floor-redis@redis", {"enqueue": {"LPUSH": 1}, "run": {"BLMOVE": 1, "LREM": 1}}),
        ("floor-database@sqlite", {"enqueue": {"INSERT floor": 1}, "run": {"UPDATE floor": 2}}),
        ("floor-database@postgresql", {"enqueue": {"INSERT floor": 1}, "run": {"UPDATE floor": 2}}),
    ],
)
def test_a_floor_costs_exactly_its_statements(target: str, expected: dict[Any, dict[str, float]]) -> None:
    """The statements of a floor, which we wrote, are counted exactly: neither idle looks nor our own readings."""
    trace = run(target, COUNTED)

    assert expected == {name: per_unit_by_name(trace, name) for name in expected}
    assert figures(trace)["task-commands"] == 3


def test_tasks_that_are_taken_in_advance() -> None:
    """What a worker took before the first task that is counted is made up for by what it takes behind the last one."""
    load = Workload(arrival="backlog", tasks=counted_tasks(), box=60.0, counted=True)
    trace = run("floor-rabbitmq@rabbitmq", load)

    assert per_unit_by_name(trace, "run") == {
        "basic.ack": pytest.approx(1.0, abs=0.03),
        "basic.deliver or basic.get": pytest.approx(1.0, abs=0.03),
    }


def test_planted_costs_are_seen_exactly(database_worker: Callable[..., Path]) -> None:
    """One more statement in a claim is one more statement a task, and one more printed line is one more line a task."""
    clean = run("changed@sqlite", COUNTED, database_worker())
    planted = run("changed@sqlite", COUNTED, database_worker(planted=True))
    before, after = figures(clean), figures(planted)

    assert {name: after[name] - before[name] for name in before} == {
        "task-commands": 1,
        "enqueue-commands": 0,
        "run-commands": 1,
        "result-commands": 0,
        "log-lines": 1,
    }
    new = per_unit_by_name(planted, "run").items() - per_unit_by_name(clean, "run").items()
    assert new == {("SELECT ? AS", 1.0)}


def test_an_idle_worker_by_its_poll_interval(database_worker: Callable[..., Path]) -> None:
    """A pick-up takes half of the poll interval in the median, and an hour costs a statement for each look."""
    interval = 1.0
    load = Workload(arrival="idle", tasks=40, counted=True, quiet=6.0)
    trace = run("changed@sqlite", load, database_worker(f"{interval:g}"), part="idle")
    hurried = run(
        "changed@sqlite",
        Workload(arrival="idle", tasks=1, counted=True, quiet=6.0),
        database_worker("0.2"),
        part="idle",
    )
    idle, in_a_hurry = phase(trace, "idle"), phase(hurried, "idle")
    assert idle is not None
    assert in_a_hurry is not None

    # Of 40 uniform waits the median is within a quarter of the interval around its half, but for 1 in 1,000 runs.
    assert 0.25 < median(start_times(trace, intended=False)) / (interval * 1e9) < 0.75
    # Each look begins a transaction, in the mode of the settings or of the backend.
    looks, more = (
        sum(count for name, count in window.counts["sqlite"].items() if name.startswith("BEGIN"))
        for window in (idle, in_a_hurry)
    )
    assert 0 < looks <= 7
    assert more > 2 * looks
    assert figures(trace)["idle-commands"] == pytest.approx(sum(idle.counts["sqlite"].values()) * 3_600 / idle.seconds)
    assert figures(trace)["idle-cpu"] < figures(hurried)["idle-cpu"]


def test_a_distant_store() -> None:
    """A worker waits for each round trip, so two round trips a task take longer than one, and both longer than none."""
    load = Workload(arrival="backlog", tasks=300, box=60.0, distance=5.0)
    none, connection, floor = (
        rate(run(target, each))
        for target, each in (
            ("floor-redis@redis", Workload(arrival="backlog", tasks=300, box=60.0)),
            ("floor-connection@redis", load),
            ("floor-redis@redis", load),
        )
    )
    assert none
    assert connection
    assert floor

    # The delay is 10 ms for a round trip; the machine adds to it and takes nothing off.
    assert connection < 100
    assert floor < 50
    assert floor < connection < none


def test_the_floors_of_connections() -> None:
    """A target with a server has the floor of its connection, which is measured with a distant store only."""
    options = Options(scale=Scale.default(), run_folder=Path())
    entries = {
        entry.target.name: list(loads(entry, options))
        for entry in measured(
            ["django-tasks-redis@redis", "django-tasks-db@sqlite", "reference-memory"], connections=True
        )
    }

    cells = {
        name: [(load.counted, load.distance) for load in mine] for name, mine in entries.items() if name != "floor-call"
    }
    assert cells == {
        "django-tasks-redis@redis": [(True, 0), (False, 1)],
        "django-tasks-db@sqlite": [(True, 0)],
        "reference-memory": [],
        "floor-redis@redis": [(True, 0), (False, 1)],
        "floor-database@sqlite": [(True, 0)],
        "floor-queue": [],
        "floor-connection@redis": [(False, 1)],
    }
