"""Sessions of the published chart: stores in memory, workers that end by themselves, silence, and their plan."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from taskgauge.backends.descriptors.reader import CATALOG, load_target
from taskgauge.backends.services import started, unavailable
from taskgauge.reports.judging.published_chart import BARS
from taskgauge.reports.metrics.session_figures import fault, figures
from taskgauge.reports.run_folder.declarations import PARTS
from taskgauge.reports.run_folder.traces import Trace, Workload
from taskgauge.suites.cli.bench import default_targets
from taskgauge.suites.event_log import journal
from taskgauge.suites.run_control.options import Options, Scale
from taskgauge.suites.sessions.execution import ECHO
from taskgauge.suites.sessions.plan import folder_of, measured
from taskgauge.suites.sessions.session import SessionPlan, run_session
from taskgauge.suites.sessions.test_chart import loads

RECIPE = Workload(arrival="backlog", tasks=20, box=60.0, row="chart", in_memory=True)
DISK = replace(RECIPE, in_memory=False)
DATABASE = "django-tasks-db@sqlite"


def run(load: Workload, target: str = DATABASE, catalog: Path = CATALOG) -> Trace:
    """Run a session; return its trace."""
    session = run_session(SessionPlan(part="chart", target=target, repetition=0, workload=load, catalog=catalog))
    assert session.error is None
    return session.trace


@pytest.mark.slow
def test_a_database_in_memory_is_drained_by_the_producer() -> None:
    """The worker's command runs where the database is; it ends by itself, and every task ran once."""
    trace = run(RECIPE)
    header = trace.header

    assert (header.ending, fault(trace), header.states) == ("all ran", "", {"SUCCESSFUL": 20})
    assert header.contract == "store, in memory only"
    assert header.resolved["DATABASES.default.NAME"] == "':memory:'"
    assert "db_worker" in header.resolved["worker"]
    assert not [sample for sample in header.usage if sample.group == "workers" and sample.resident_bytes]
    assert max(trace.enqueue_end) < header.worker_begin < min(trace.started)
    assert max(trace.finished) < header.worker_end


@pytest.mark.slow
def test_a_worker_on_disk_ends_by_itself() -> None:
    """The worker of the recipe is a process of its own on a file, and the time of its command has its end in it."""
    trace = run(DISK)
    header = trace.header

    assert (header.ending, fault(trace)) == ("all ran", "")
    assert header.contract == "store, fsync at each commit"
    assert "--batch" in header.resolved["worker"]
    assert header.worker_end > max(trace.finished)
    assert figures(trace)["chart-seconds"] > (max(trace.finished) - header.worker_begin) / 1e9


def chatty(tmp_path: Path, *words: str) -> Path:
    """A catalogue with django-tasks-db on SQLite, whose worker in the chart has further words."""
    folder = tmp_path / "catalog" / "chatty"
    folder.mkdir(parents=True)
    source = CATALOG / "django-tasks-db"
    for name in ("settings_sqlite.py", "settings_postgresql.py", "two_aliases.py"):
        (folder / name).write_text((source / name).read_text())
    text = (source / "backend.toml").read_text()
    more = ", ".join(f'"{word}"' for word in words)
    (folder / "backend.toml").write_text(text.replace('"--verbosity", "0"]\nsettings', f"{more}]\nsettings"))
    return folder.parent


@pytest.mark.slow
def test_silence_reaches_the_worker(tmp_path: Path) -> None:
    """A worker that prints when it starts and ends prints nothing in a silenced session."""
    catalog = chatty(tmp_path, "--verbosity", "1")
    loud, silent = (run(load, "chatty@sqlite", catalog) for load in (DISK, replace(DISK, silenced=True)))

    assert loud.header.log_bytes > 0
    assert silent.header.log_bytes == 0


@pytest.mark.slow
def test_what_a_worker_leaves_behind_is_lost(tmp_path: Path) -> None:
    """A worker that ends by itself before all tasks ran is no failure of the harness, but the tasks are lost."""
    trace = run(DISK, "chatty@sqlite", chatty(tmp_path, "--verbosity", "0", "--max-tasks", "25"))

    assert trace.header.ending == "quiet"
    assert fault(trace).startswith("of 20 tasks 15 lost")
    assert figures(trace) == {}


@pytest.mark.services
@pytest.mark.parametrize("kind", ["redis"])
def test_a_store_in_memory_writes_no_file(kind: str, tmp_path: Path) -> None:
    """Redis has its append-only file until it is to keep data in memory only."""
    if reason := unavailable(kind):
        pytest.skip(reason)
    import redis  # noqa: PLC0415 -- not installed everywhere

    with started([kind], tmp_path) as [service]:
        client = redis.Redis.from_url(service.placeholders["redis"])
        before = client.config_get("appendonly")
        service.make_volatile()
        after = client.config_get("appendonly")
        client.close()

    if not service.is_ours:
        pytest.skip("a server that was given stays as it is")
    assert [before["appendonly"], after["appendonly"]] == ["yes", "no"]


@pytest.mark.parametrize("echoes", [True, False])
def test_tasks_return_their_number_in_the_chart(echoes: bool, tmp_path: Path) -> None:
    """Every queue of the recipe stores a result; other sessions have nothing to store."""
    log = tmp_path / "log"
    journal.AppendedJournal.create(log).close()
    environment = {**os.environ, journal.VARIABLE: str(log)} | ({ECHO: "1"} if echoes else {})
    program = "from taskgauge.suites.sessions.execution import execute; print(execute(3))"
    said = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)

    assert said.stdout.strip() == ("3" if echoes else "None")


def planned(target: str, options: Options) -> Iterator[Workload]:
    """The workloads of a target."""
    [entry, *_] = measured([target])
    return iter(list(loads(entry, options)))


@pytest.mark.parametrize(
    ("target", "depths"),
    [
        ("threadmill@redis", [1, 120_000, 20_000, 20_000, 20_000]),
        ("yardstick-huey@redis", [1, 20_000, 20_000, 20_000]),
        ("django-tasks-rq@redis", [1, 5_000, 20_000, 20_000, 20_000]),
        ("huey@redis", []),
        ("floor-redis@redis", []),
    ],
)
def test_one_thing_at_a_time_is_made_equal(target: str, depths: list[int]) -> None:
    """Each step differs from the one before in one thing; the box is the recipe's only where its depth is."""
    cells = list(planned(target, Options(scale=Scale.full(), run_folder=Path())))

    assert [load.tasks for load in cells] == depths
    assert all(load.row == "chart" for load in cells)
    assert [(load.in_memory, load.silenced) for load in cells[-2:]] == ([(True, True), (False, True)] if cells else [])
    assert not any(load.silenced for load in cells[:-2])


def test_every_bar_has_words() -> None:
    """Each target of the chart has a command of its own there, with the sentence of the recipe."""
    for bar in BARS:
        row = load_target(bar.target, folder_of(bar.target)).row("chart")
        assert row.command, bar.target
        assert row.links, bar.target
    assert load_target("huey@redis").row("chart").is_empty


def test_the_chart_alone_measures_its_queues() -> None:
    """Without a target, the chart has its own; beside another part, the usual ones."""
    chart, order = ([part for part in PARTS if part.name == name] for name in ("chart", "order"))

    assert default_targets(chart) == tuple(bar.target for bar in BARS)
    assert default_targets([*chart, *order]) == default_targets(order) == ()


def test_yardsticks_that_are_named_are_no_floors() -> None:
    """A floor comes with its targets; a yardstick is measured only if it is named, and is kept then."""
    named: dict[str, Any] = {entry.target.name: entry.is_named for entry in measured(["yardstick-huey@redis"])}

    assert named == {"yardstick-huey@redis": True, "floor-redis@redis": False}
