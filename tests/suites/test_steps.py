"""Steps: time is charged to the step that runs, the shares add up, and a planted cost is in its own step."""

import json
from pathlib import Path

import pytest

from taskgauge.backends.descriptors.reader import CATALOG
from taskgauge.reports.metrics.session_figures import fault, figures
from taskgauge.reports.metrics.step_shares import StepTimes, step_times
from taskgauge.reports.run_folder.traces import Trace, Workload
from taskgauge.suites.run_control.options import Options, Scale
from taskgauge.suites.sessions.costs.step_files import step_phases, stepped_words
from taskgauge.suites.sessions.costs.steps import TURN, Steps
from taskgauge.suites.sessions.plan import measured
from taskgauge.suites.sessions.session import SessionPlan, run_session
from taskgauge.suites.sessions.test_overhead import loads

SLOW_BACKEND = """
import time

from django.tasks.backends.immediate import ImmediateBackend


class SlowBackend(ImmediateBackend):
    def validate_task(self, task):
        time.sleep(0.002)
        super().validate_task(task)
"""


def spin(rounds: int) -> None:
    """Compute for a while."""
    for number in range(rounds * 500):
        number * number


def enqueue_of(steps: Steps) -> object:
    """A timed enqueue: one round of its own, three in the backend, and twice four in the driver."""
    driver = steps.timed(lambda: spin(4), "driver")

    def backend_enqueue() -> None:
        driver()
        spin(3)
        driver()

    backend = steps.timed(backend_enqueue, "backend")

    def enqueue() -> None:
        spin(1)
        backend()

    return steps.root(enqueue)


def test_time_is_charged_to_the_step_that_runs(tmp_path: Path) -> None:
    """A function's time does not hold that of the timed functions that it calls, and all steps make up the whole."""
    steps = Steps(tmp_path)
    enqueue = enqueue_of(steps)
    for _ in range(8 * TURN):
        enqueue()  # type: ignore[operator]
    [phase] = step_phases(tmp_path)
    shares = {step: time / sum(phase.steps.values()) for step, time in phase.steps.items()}

    assert (phase.name, phase.units) == ("enqueue", 2 * TURN)
    assert shares == {
        "call": pytest.approx(1 / 12, abs=0.05),
        "backend": pytest.approx(3 / 12, abs=0.08),
        "driver": pytest.approx(8 / 12, abs=0.1),
    }
    assert phase.whole == pytest.approx(sum(phase.steps.values()) / phase.units, rel=0.3)


def test_the_cost_of_timers_is_taken_off(tmp_path: Path) -> None:
    """A hundred timers around nothing cost a call less than a tenth of what they take."""
    steps = Steps(tmp_path)
    nothing = steps.timed(lambda: None, "signals")

    def enqueue() -> None:
        for _ in range(100):
            nothing()

    timed = steps.root(enqueue)
    for _ in range(8 * TURN):
        timed()
    [phase] = step_phases(tmp_path)

    raw = 100 * (steps._inside + steps._outside)
    assert raw > 0
    assert sum(phase.steps.values()) / phase.units - (phase.whole or 0) < raw / 2


def test_half_a_line_is_left_out(tmp_path: Path) -> None:
    """A process that was killed may leave half a line, and the lines before it count."""
    rows = [{"phase": "execute", "steps": steps, "whole": 1_000} for steps in ({"driver": 900.0}, None)]
    (tmp_path / "1.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows) + '{"phase": "ex')

    assert [(phase.name, phase.units, phase.whole) for phase in step_phases(tmp_path)] == [("execute", 1, 1_000)]


def test_words_of_a_worker() -> None:
    """A worker that Python runs as a module gets timers, and any other keeps its command."""
    assert stepped_words(["python", "-m", "django", "db_worker"])[1:] == [
        "-m",
        "taskgauge.suites.sessions.costs.stepped_worker",
        "django",
        "db_worker",
    ]
    assert stepped_words(["worker", "--now"]) == ["worker", "--now"]


def test_targets() -> None:
    """Backends whose own threads run meanwhile have no share, and neither have floors."""
    options = Options(scale=Scale.default(), run_folder=Path())
    names = ["django-immediate", "django-dummy", "reference-memory", "django-tasks-db@sqlite"]
    entries = {entry.target.name: entry for entry in measured(names)}
    names += ["floor-queue", "floor-database@sqlite"]
    arrivals = {name: [load.arrival for load in loads(entries[name], options)] for name in names}

    assert arrivals == {
        "django-immediate": ["burst"],
        "django-dummy": ["calls"],
        "reference-memory": ["backlog"],
        "django-tasks-db@sqlite": ["backlog"],
        "floor-queue": [],
        "floor-database@sqlite": [],
    }


def run(target: str, load: Workload, catalog: Path = CATALOG) -> Trace:
    """Run a session to its end."""
    session = run_session(SessionPlan(part="overhead", target=target, repetition=0, workload=load, catalog=catalog))
    assert (session.error, fault(session.trace)) == (None, "")
    return session.trace


def times_of(trace: Trace, name: str) -> StepTimes:
    """The times of a phase."""
    times = step_times([trace], name)  # type: ignore[arg-type]
    assert times is not None
    return times


@pytest.mark.slow
def test_a_planted_cost_is_in_its_own_step(tmp_path: Path) -> None:
    """2 ms of sleep in a backend's validation are in the validation, and in no other step."""
    folder = tmp_path / "catalog" / "slow"
    folder.mkdir(parents=True)
    (folder / "slow_backend.py").write_text(SLOW_BACKEND)
    (folder / "backend.toml").write_text(
        'backend = "slow_backend.SlowBackend"\nruns = "inside"\nmodules = ["slow_backend.py"]\n'
    )
    (folder / "settings.py").write_text('TASKS = {"default": {"BACKEND": "slow_backend.SlowBackend"}}\n')
    load = Workload(arrival="burst", tasks=8 * TURN, stepped=True)
    trace = run("slow", load, folder.parent)
    enqueue, execution = times_of(trace, "enqueue"), times_of(trace, "execute")

    assert enqueue.steps["validation"] >= 2_000
    assert "validation" not in execution.steps
    assert sum(time for step, time in enqueue.steps.items() if step != "validation") < enqueue.steps["validation"]
    assert figures(trace)["enqueue-share"] > 50


@pytest.mark.slow
def test_a_database_backend() -> None:
    """A backend with a worker of its own has the steps of both sides, and on SQLite the driver takes most of them."""
    trace = run("django-tasks-db@sqlite", Workload(arrival="backlog", tasks=6 * TURN, box=60.0, stepped=True))

    assert figures(trace).keys() == {"enqueue-django", "enqueue-share", "execute-django", "execute-share"}
    for name in ("enqueue", "execute"):
        times = times_of(trace, name)
        assert {"call", "validation", "normalising", "signals", "backend", "driver"} <= times.steps.keys()
        assert max(times.steps, key=lambda step: times.steps[step]) == "driver"
        # The machine is never quiet; the quicker half of the calls still agrees with that of the others.
        assert 0.5 < times.total / times.whole < 2
    assert "id" in times_of(trace, "enqueue").steps
