"""Sessions that measure order and growth, with backends that have the effect on purpose."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django import VERSION

from taskgauge.backends.descriptors.reader import CATALOG, load_target
from taskgauge.reports.judging.standings import standings
from taskgauge.reports.metrics.session import session
from taskgauge.reports.metrics.session_figures import fault, figures
from taskgauge.reports.run_folder.declarations import REGISTRY
from taskgauge.reports.run_folder.traces import Trace, Workload
from taskgauge.suites.run_control.options import Options, Scale
from taskgauge.suites.sessions import test_growth, test_order
from taskgauge.suites.sessions.plan import Measured
from taskgauge.suites.sessions.session import SessionPlan, run_session

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(VERSION < (6, 1), reason="Django 6.0 cannot pickle a Task"),
]
BROKEN = Path(__file__).with_name("broken_targets")
PRIORITIES = (-50, 0, 50)


def run(part: str, load: Workload, target: str = "reference-process", catalog: Path = CATALOG) -> Trace:
    """Run a session that is not cut short, and return its trace."""
    ran = run_session(SessionPlan(part=part, target=target, repetition=0, workload=load, catalog=catalog))
    assert (ran.error, fault(ran.trace)) == (None, "")
    return ran.trace


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """A catalogue with a broken backend of this class."""
    monkeypatch.setenv("PYTHONPATH", str(BROKEN))

    def make(name: str) -> Path:
        folder = tmp_path / "catalog" / name.lower()
        folder.mkdir(parents=True)
        path = f"broken_in_sessions.{name}"
        lines = [f'backend = "{path}"', 'runs = "processes"', "pausable = true", "result_types = true"]
        (folder / "backend.toml").write_text("\n".join(lines))
        (folder / "settings.py").write_text(
            f'TASKS = {{"default": {{"BACKEND": "{path}", "OPTIONS": {{"result_types": "{{result_types}}"}}}}}}\n'
        )
        return folder.parent

    return make


def test_the_last_first(broken: Callable[[str], Path]) -> None:
    """A backend that runs the last task first inverts nearly all pairs, and one that keeps the order inverts few."""
    load = Workload(arrival="backlog", tasks=300, box=60.0)
    kept, turned = run("order", load), run("order", load, "lastfirst", broken("LastFirst"))

    assert figures(kept)["inversions"] < 5
    assert figures(turned)["inversions"] > 95
    assert figures(turned)["tau"] < -0.9


def test_priorities() -> None:
    """A backend that keeps priorities has few inversions among them, and starves the lowest until the end."""
    shuffled = run("order", Workload(arrival="backlog", tasks=300, box=60.0, priorities=PRIORITIES))
    few = run("order", Workload(arrival="backlog", tasks=200, box=60.0, priorities=(-100,) * 10 + (0,) * 190))
    queues = run(
        "order", Workload(arrival="backlog", tasks=200, box=60.0, queues=("second",) * 10 + ("default",) * 190)
    )

    assert figures(shuffled)["priority-inversions"] < 5
    assert figures(few)["starved-share"] > 80
    assert figures(queues)["starved-share"] < 20


def test_nothing_declared(broken: Callable[[str], Path]) -> None:
    """A backend that declares no priorities has a row that says so, and its session is no failure."""
    load = Workload(arrival="backlog", tasks=30, priorities=PRIORITIES)
    trace = run("order", load, "nopriorities", broken("NoPriorities"))
    [row] = standings([session(trace)], REGISTRY)

    assert row.status == "refused: it declares no priorities (supports_priority is false)"


def test_deferred_tasks_are_late() -> None:
    """No deferred task starts before its due time, and each has a lateness."""
    trace = run("order", Workload(arrival="burst", tasks=40, box=60.0, deferrals=(0.5, 1.0, 1.5)))
    late = [started - due for due, started in zip(trace.intended, trace.started, strict=True)]

    # The wall clock that decides and the monotonic clock that measures are read one after the other.
    assert min(late) > -5_000_000
    assert "lateness-p50" in figures(trace)


def test_due_tasks_wait_for_the_worker() -> None:
    """A worker that starts when all are due finds each deferred task."""
    trace = run("order", Workload(arrival="backlog", tasks=20, box=60.0, deferrals=(0.5, 0.1)))

    assert max(trace.intended) < min(trace.started)


def test_growth_of_enqueue(broken: Callable[[str], Path]) -> None:
    """A backend that looks at every waiting task has an exponent near 1 for enqueue()."""
    load = Workload(arrival="waiting", tasks=1_500, box=60.0)
    flat, steep = run("growth", load), run("growth", load, "slowerwitheach", broken("SlowerWithEach"))

    assert [mark.size for mark in steep.header.marks] == [100, 1_000]
    assert figures(steep)["enqueue-exponent"] > 0.6
    assert figures(steep)["enqueue-exponent"] > figures(flat)["enqueue-exponent"] + 0.4
    assert figures(flat).keys() >= {"claim-exponent", "lookup-exponent", "enqueue-at-1000", "reached"}


@pytest.mark.services
@pytest.mark.parametrize("target", ["reference-process", "django-tasks-db@sqlite"])
@pytest.mark.parametrize("kind", ["waiting", "retained"])
def test_sizes_are_kept_apart(target: str, kind: Any) -> None:
    """What grows is what the row says: tasks that wait, or results that are kept while little waits."""
    if reason := load_target(target).missing():
        pytest.skip(reason)
    trace = run("growth", Workload(arrival=kind, tasks=1_200, box=400.0), target)
    finished = sorted(at for at in trace.finished if at)

    assert [mark.size for mark in trace.header.marks] == [100, 1_000]
    for mark in trace.header.marks:
        enqueued = sum(0 < at < mark.drained_from for at in trace.enqueue_end)
        done = sum(at < mark.drained_from for at in finished)
        waiting, kept = enqueued - done - mark.count, done
        assert (waiting if kind == "waiting" else kept) == mark.size
        if kind == "retained":
            assert waiting == 0
    assert len(trace.header.marks[-1].lookups) == 50


def test_a_box_ends_growth() -> None:
    """A box that is over before the first large size keeps what was reached, and says how far it came."""
    trace = run("growth", Workload(arrival="waiting", tasks=120_000, box=0.5))

    assert trace.header.ending == "box"
    assert figures(trace)["reached"] < 100_000


def loads(part: Any, name: str, **changes: Any) -> list[Workload]:
    """The workloads of a target."""
    entry = Measured(target=load_target(name), argument=name)
    workloads: Iterator[Workload] = part.loads(entry, Options(scale=Scale.default(), run_folder=Path(), **changes))
    return list(workloads)


def test_cells() -> None:
    """The default cells are few; all cells have more workers and more sizes."""
    few, every = (loads(test_order, "django-tasks-db@sqlite", all_cells=cells) for cells in (False, True))

    assert ({load.workers for load in few}, {load.workers for load in every}) == ({1}, {1, 2, 4})
    assert len(few) == 5
    assert [load.tasks for load in loads(test_growth, "reference-process")] == [120_000, 120_000, 10_000]
    assert loads(test_growth, "reference-process", all_cells=True)[0].tasks == 1_200_000
    assert loads(test_order, "django-dummy") == []
