"""Known effects on workers, seen by real sessions: connections, poll intervals, reading ahead, logs, floors."""

import os
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from taskgauge.backends.descriptors.reader import CATALOG
from taskgauge.backends.services import unavailable
from taskgauge.reports.metrics.deliveries import rate
from taskgauge.reports.metrics.latencies import start_times
from taskgauge.reports.metrics.session_figures import fault, figures
from taskgauge.reports.run_folder.traces import Trace, Workload
from taskgauge.suites.sessions.plan import folder_of
from taskgauge.suites.sessions.session import SessionPlan, run_session

pytestmark = pytest.mark.slow
SECOND = 1_000_000_000


def run(target: str, load: Workload, part: str = "throughput", catalog: Path | None = None) -> Trace:
    """Run a session and return its trace, or skip the test if the target cannot run here."""
    plan = SessionPlan(
        part=part,
        target=target,
        repetition=0,
        workload=load,
        catalog=catalog or folder_of(target),
        is_floor=catalog is None and folder_of(target) != CATALOG,
    )
    loaded = plan.load()
    if reason := next(filter(None, (loaded.missing(), *map(unavailable, loaded.kinds))), None):
        pytest.skip(reason)
    session = run_session(plan)
    assert session.error is None, session.error
    assert fault(session.trace) == ""
    return session.trace


def backlog(tasks: int, **changes: Any) -> Workload:
    """A drain of few tasks."""
    return Workload(**{"arrival": "backlog", "tasks": tasks, "box": 60.0} | changes)


@pytest.mark.services
@pytest.mark.parametrize(
    ("target", "arrival"),
    [("floor-call", "burst"), ("floor-pipe", "burst"), ("floor-rabbitmq@rabbitmq", "backlog")],
)
def test_floors(target: str, arrival: str) -> None:
    """Each floor runs every number once and has a rate."""
    trace = run(target, backlog(100, arrival=arrival))

    assert trace.header.ending == "all ran"
    assert rate(trace)


@pytest.mark.services
@pytest.mark.parametrize(
    "target",
    [
        "yardstick-celery-prefork@redis",
        "yardstick-celery-prefork@rabbitmq+redis",
        "yardstick-celery-threads@redis",
        "yardstick-dramatiq@redis",
        "yardstick-dramatiq@rabbitmq",
        "yardstick-huey@redis",
        "yardstick-rq@redis",
    ],
)
def test_yardsticks(target: str) -> None:
    """Each yardstick is driven like a floor, runs every task once, and has a rate."""
    trace = run(target, backlog(100))

    assert trace.header.ending == "all ran"
    assert rate(trace)
    assert "worker" in trace.header.resolved


@pytest.mark.services
def test_connections_that_are_kept() -> None:
    """With CONN_MAX_AGE, as Django's checklist recommends, a worker on PostgreSQL is faster; the trace names it."""
    rates = {}
    for row in ("installed", "production"):
        trace = run("django-tasks-db@postgresql", backlog(100, row=row))
        rates[row] = rate(trace) or 0.0
        assert {ceiling.name.partition(" ")[0] for ceiling in trace.header.ceilings} == {"calls", "commits", "commands"}
        assert trace.header.resolved["DATABASES.default.PORT"] == "'{postgresql_port}'"
        differs = {} if row == "installed" else {"DATABASES.default.CONN_MAX_AGE": "- → 60"}
        assert trace.header.differences == differs

    assert rates["production"] > 1.2 * rates["installed"]


def database_worker(folder: Path, *, interval: str = "1", settings: str = "") -> Path:
    """A catalogue with django-tasks-db on SQLite, with this poll interval and further settings."""
    made = folder / "planted"
    made.mkdir(parents=True)
    source = CATALOG / "django-tasks-db"
    text = (source / "backend.toml").read_text()
    text = text.replace('"--interval", "1"', f'"--interval", "{interval}"')
    text = text.replace("poll_interval = 1", f"poll_interval = {interval}").replace(', "postgresql"]', "]")
    text = text[: text.index("[store_requirements]")] + text[text.index("[[prepare]]") : text.index("[installed]")]
    (made / "backend.toml").write_text(text)
    (made / "settings_sqlite.py").write_text((source / "settings_sqlite.py").read_text() + settings)
    return made.parent


def test_the_median_pick_up_is_half_the_poll_interval(tmp_path: Path) -> None:
    """A task waits for half of a poll interval on average, whatever the time that the pick-up itself takes."""
    idle = Workload(arrival="idle", tasks=20)
    short, long = (
        median(
            start_times(
                run("planted@sqlite", idle, "idle", database_worker(tmp_path / name, interval=name)), intended=False
            )
        )
        for name in ("0.01", "2")
    )

    # Of 20 waits that are spread evenly over 2 s, the median lies between 0.4 and 1.6 s but once in 1,000.
    assert 0.4 * SECOND < long - short < 1.6 * SECOND


def test_lines_of_log_are_seen(tmp_path: Path) -> None:
    """A worker that logs two lines a task is told from one that logs none, by the bytes for each task."""
    (tmp_path / "logging").mkdir()
    loud = """
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"django.tasks": {"handlers": ["console"], "level": "INFO"}},
}
"""
    quiet, noisy = (
        figures(run("planted@sqlite", backlog(60), catalog=database_worker(tmp_path / name, settings=settings)))
        for name, settings in (("quiet", ""), ("noisy", loud))
    )

    lines = 2 * 1_000  # of 1,000 tasks
    assert noisy["log-bytes"] - quiet["log-bytes"] > lines * len("Task id=x state=RUNNING")


@pytest.mark.services
def test_reading_ahead_is_seen() -> None:
    """Dramatiq is faster if its worker takes many messages at once; both drains have one process and one thread."""
    os.environ.pop("dramatiq_queue_prefetch", None)
    rates = [
        rate(run("yardstick-dramatiq@redis", backlog(2_000, processes=1, concurrency=1, read_ahead=ahead)))
        for ahead in (1, 64)
    ]

    assert rates[0] is not None
    assert rates[1] is not None
    assert rates[1] > 1.2 * rates[0]


def test_a_shape_without_words_is_refused() -> None:
    """A worker that has no words for several tasks at once is not measured with them, and nobody is accused."""
    plan = SessionPlan(
        part="throughput", target="django-tasks-db@sqlite", repetition=0, workload=backlog(5, concurrency=4)
    )
    if reason := plan.load().missing():
        pytest.skip(reason)
    session = run_session(plan)

    assert session.error is None
    assert session.trace.header.ending == "refused"
    assert "no words or settings for this shape" in session.trace.header.reason
