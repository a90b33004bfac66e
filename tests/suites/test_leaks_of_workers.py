"""Sessions that measure the memory and the connections of a worker."""

from pathlib import Path

import pytest
from django import VERSION

from taskgauge.backends.descriptors.reader import CATALOG, load_target
from taskgauge.backends.services import unavailable
from taskgauge.reports.metrics.session_figures import figures
from taskgauge.reports.run_folder.traces import Trace, Workload
from taskgauge.suites.sessions.session import SessionPlan, run_session

pytestmark = [pytest.mark.slow]
BROKEN = Path(__file__).with_name("broken_targets")


def run(target: str, tasks: int, catalog: Path = CATALOG, workers: int = 1) -> Trace:
    """Run a session that watches memory and connections, or skip the test if the target cannot run here."""
    loaded = load_target(target, catalog)
    if reason := next(filter(None, [loaded.missing(), *map(unavailable, loaded.kinds)]), None):
        pytest.skip(reason)
    load = Workload(arrival="backlog", tasks=tasks, box=60.0, workers=workers, inspected=True)
    session = run_session(SessionPlan(part="leaks", target=target, repetition=0, workload=load, catalog=catalog))
    assert session.error is None
    return session.trace


@pytest.fixture
def leaking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalogue with a backend that keeps a kilobyte for each task."""
    monkeypatch.setenv("PYTHONPATH", str(BROKEN))
    folder = tmp_path / "catalog" / "keepseach"
    folder.mkdir(parents=True)
    path = "broken_in_sessions.KeepsEach"
    (folder / "backend.toml").write_text(
        f'backend = "{path}"\nruns = "processes"\npausable = true\nresult_types = true\n'
    )
    (folder / "settings.py").write_text(
        f'TASKS = {{"default": {{"BACKEND": "{path}", "OPTIONS": {{"result_types": "{{result_types}}"}}}}}}\n'
    )
    return folder.parent


@pytest.mark.skipif(VERSION < (6, 1), reason="Django 6.0 cannot pickle a Task")
def test_a_kilobyte_a_task(leaking: Path) -> None:
    """A worker that keeps a kilobyte for each task gains a megabyte with 1,000 tasks, and two blocks with each task."""
    kept = figures(run("keepseach", 6_000, leaking))
    honest = figures(run("reference-process", 6_000))

    assert 800_000 < kept["leaked-bytes"] < 2_000_000
    assert abs(honest["leaked-bytes"]) < kept["leaked-bytes"] / 4
    # The block of 24 bytes is in Python's own allocator; that of 1,000 bytes is not.
    assert 900 < kept["leaked-blocks"] - honest["leaked-blocks"] < 2_100


@pytest.mark.services
@pytest.mark.parametrize("target", ["django-tasks-db@sqlite", "django-tasks-db@postgresql", "django-tasks-redis@redis"])
def test_connections_are_counted_at_the_store(target: str) -> None:
    """Two workers hold more connections than one."""
    alone, both = (figures(run(target, 300, workers=workers)).get("connections", 0) for workers in (1, 2))

    assert both > alone >= 1
