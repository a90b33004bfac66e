"""Dispatch on the real thing: living processes, real workers, and backends that are broken on purpose."""

import gzip
import os
import signal
import subprocess
import sys
import time
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from django import VERSION

from taskgauge.reports.run_folder.documents import read_stream
from taskgauge.reports.run_folder.records import Sample
from taskgauge.suites.dispatch import errors
from taskgauge.suites.dispatch.needed_memory import BYTES_PER_TASK, CHEAP, need_of
from taskgauge.suites.dispatch.plan import SLICE, AtScale, at_scale, left_out, slices
from taskgauge.suites.dispatch.results import microseconds, samples_of, write_raw
from taskgauge.suites.dispatch.turns import Dispatched, Turns, run_in_turns
from taskgauge.suites.run_control.options import Options, Scale
from taskgauge.suites.shapes.arms import EVERYONE

BROKEN = Path(__file__).with_name("broken_targets")
ONLY_LATER = pytest.mark.skipif(VERSION < (6, 1), reason="Django 6.0 cannot pickle a Task")


def turns(target: str, **changes: Any) -> Turns:
    """Few tasks in few turns."""
    return Turns(**{"target": target, "arms": ["today"], "tasks": 25, "turns": 2, **changes})


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Turns]:
    """Turns on a backend of `broken_backends`."""
    monkeypatch.setenv("PYTHONPATH", str(BROKEN))

    def make(name: str, **changes: Any) -> Turns:
        folder = tmp_path / "catalog" / name.lower()
        folder.mkdir(parents=True)
        (folder / "backend.toml").write_text(
            f'backend = "broken_backends.{name}"\nruns = "threads"\nresult_types = true\n'
        )
        (folder / "settings.py").write_text(
            f'TASKS = {{"default": {{"BACKEND": "broken_backends.{name}", '
            f'"OPTIONS": {{"result_types": "{{result_types}}"}}}}}}\n'
        )
        return turns(name.lower(), catalog=tmp_path / "catalog", **{"kind": "keep", "tasks": 50, **changes})

    return make


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files, in which a session leaves nothing."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    return folder


def processes_in(folder: Path) -> list[psutil.Process]:
    """Return the living processes that work in a folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()).is_relative_to(folder):
                found.append(process)
        except psutil.Error:
            continue
    return found


def wait_until(condition: Callable[[], Any]) -> None:
    """Wait for what has no event of its own."""
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("target", "arms"),
    [
        ("reference-immediate", ["today", "namedtuple-lazy"]),
        ("reference-memory", ["today", "namedtuple-lazy"]),
        pytest.param("reference-process", ["today", "namedtuple"], marks=ONLY_LATER),
        ("reference-process", ["namedtuple-lazy"]),
    ],
)
def test_every_target(target: str, arms: list[str], temporary: Path) -> None:
    """Each arm runs its tasks in each turn, and leaves neither a process nor a file; forgotten tasks are not kept."""
    stepped: list[tuple[int, int]] = []

    results = run_in_turns(turns(target, arms=arms, turns=3), lambda *step: stepped.append(step))

    assert list(results) == arms
    for dispatched in results.values():
        assert isinstance(dispatched, Dispatched), dispatched
        assert len(dispatched.rates) == 3
        assert min(dispatched.rates) > 0
        assert len(dispatched.enqueue) == 0
    assert stepped == [(1, 3), (2, 3), (3, 3)]
    assert list(temporary.iterdir()) == []
    assert processes_in(temporary) == []


@pytest.mark.parametrize("target", ["reference-immediate", "reference-memory"])
def test_kept_tasks(target: str) -> None:
    """Kept tasks have latencies; where a task runs inside enqueue(), it starts before the call ends."""
    dispatched = run_in_turns(turns(target, kind="keep"))["today"]

    assert isinstance(dispatched, Dispatched), dispatched
    assert (len(dispatched.enqueue), len(dispatched.start), len(dispatched.resident)) == (50, 50, 3)
    assert min(*dispatched.enqueue, *dispatched.start) > 0
    inside = all(start < call for start, call in zip(dispatched.start, dispatched.enqueue, strict=True))
    assert inside == target.endswith("immediate")


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no pinning")
def test_pinned(temporary: Path) -> None:
    """All sessions of a set and their threads run on one processor, and those of the next set on the next one."""
    able = sorted(os.sched_getaffinity(0))
    used: list[list[int]] = []

    def look(done: int, of: int) -> None:
        del done, of
        for process in processes_in(temporary):
            used.extend(sorted(os.sched_getaffinity(thread.id)) for thread in process.threads())

    for first in (0, 1):
        used.clear()
        run_in_turns(turns("reference-memory", arms=["today", "namedtuple"], first=first, pinned=True), look)

        assert len(used) >= 4
        assert used == [[able[first % len(able)]]] * len(used)


def test_a_rate_counts_from_the_first_enqueue(broken: Callable[..., Turns]) -> None:
    """A backend whose enqueue() takes 10 ms runs less than 100 tasks a second, also when its worker is fast."""
    dispatched = run_in_turns(broken("Slow", tasks=1, kind="slice", turns=5))["today"]

    assert isinstance(dispatched, Dispatched), dispatched
    assert max(dispatched.rates) < 100


def test_one_that_dies_does_not_keep_others_from_their_turns(
    broken: Callable[..., Turns], temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its error is told in its place."""
    monkeypatch.setenv("TASKGAUGE_TEST_BREAKS", "namedtuple")
    results = run_in_turns(broken("DiesInEnqueue", arms=["today", "namedtuple", "slots-dataclass"]))

    assert [type(result) for result in results.values()] == [Dispatched, errors.SessionDied, Dispatched]
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "error", "text"),
    [
        ("LosesOne", errors.TasksUnaccounted, "of 50 tasks 1 lost (task 27): no rate is given"),
        ("RunsOneTwice", errors.TasksUnaccounted, "of 50 tasks 1 run more than once (task 27): no rate is given"),
        (
            "RunsOneAgainAtTheEnd",
            errors.TasksUnaccounted,
            "after their end was reported, task 27 ran again: no rate is given",
        ),
        (
            "ReportsFailure",
            errors.FinalStateWrong,
            "of 50 tasks that ran, the backend reports 1 FAILED, 49 SUCCESSFUL",
        ),
        ("RaisesInEnqueue", errors.SessionFailed, "RuntimeError: the store is full"),
        (
            "DiesInEnqueue",
            errors.SessionDied,
            "the measuring process of living_session was killed by SIGKILL (out of memory?): out of cheese",
        ),
    ],
)
def test_broken_backend(
    name: str, error: type[Exception], text: str, broken: Callable[..., Turns], temporary: Path
) -> None:
    """What a backend does wrong is noticed, and said in one line instead of a rate."""
    result = run_in_turns(broken(name, kind="slice"))["today"]

    assert (type(result), str(result)) == (error, text)
    assert list(temporary.iterdir()) == []
    assert processes_in(temporary) == []


def test_a_task_of_an_earlier_turn_that_runs_again(broken: Callable[..., Turns]) -> None:
    """Its number may be one that this turn has not: it is noticed all the same."""
    result = run_in_turns(broken("RunsOneLater", tasks=5))["today"]

    assert isinstance(result, errors.TasksUnaccounted), result
    assert "task 27 ran again" in str(result)


def test_finishing_late(broken: Callable[..., Turns]) -> None:
    """A backend that says it is done before it is, is caught by the journal."""
    result = run_in_turns(broken("FinishesLate"))["today"]

    assert isinstance(result, errors.TasksUnaccounted)
    assert "of 50 tasks 1 lost (task 27)" in str(result)
    assert result.count == 1


@ONLY_LATER
def test_killed_process_worker(broken: Callable[..., Turns]) -> None:
    """A worker of reference-process that dies costs the task that it ran, which is named, and no other."""
    result = run_in_turns(broken("KillsItsWorker"))["today"]

    assert isinstance(result, errors.TasksUnaccounted), result
    assert str(result).startswith("of 50 tasks 1 not finished when the backend said so (task 27): no rate is given")
    assert "WorkerDied: worker process" in str(result)
    assert str(result).endswith("ended with exit code -9 while it ran this task")


def test_hanging_backend(broken: Callable[..., Turns], temporary: Path) -> None:
    """A backend that hangs is given up after a while, with nothing left behind."""
    result = run_in_turns(broken("HangsInEnqueue", limit=2.0))["today"]

    assert isinstance(result, errors.DispatchStalled)
    assert str(result) == "50 tasks have not ended after 2.5 s"
    assert list(temporary.iterdir()) == []
    assert processes_in(temporary) == []


def run_suite(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start the suite as the driver does."""
    ini = Path(errors.__file__).parents[1] / "run_control" / "pytest.ini"
    return subprocess.Popen(
        [
            *[sys.executable, "-m", "pytest", "-c", str(ini), f"--rootdir={folder}"],
            *["-p", "taskgauge.suites.shapes.option_set", "-p", "no:cacheprovider", f"--run-folder={folder}"],
            *["--tasks=1000", *arguments, "--pyargs", "taskgauge.suites.dispatch"],
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        cwd=folder,
    )


def test_suite(tmp_path: Path) -> None:
    """The suite writes samples that pair, and raw integers; a task at scale has the size in its row."""
    folder = tmp_path / "run"
    folder.mkdir()

    run = run_suite(folder, "--scale=quick", "--slices=2", "-k", "immediate or scale")

    text, _ = run.communicate(timeout=300)
    assert run.returncode == 0, text
    samples = read_stream(folder / "dispatch/samples.jsonl", Sample)
    rates = [s for s in samples if s.metric == "dispatch-rate" and s.size is None]
    assert {s.condition["target"] for s in rates} == {"reference-immediate"}
    places = {
        arm: [(s.process, s.slice) for s in rates if s.arm == arm] for arm in ("today", "today-again", "namedtuple")
    }
    assert places["today"] == places["today-again"] == places["namedtuple"] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    scaled = [s for s in samples if s.size == 1_000]
    assert {(s.arm, s.condition["target"]) for s in scaled} == {
        (arm, "reference-memory") for arm in ("today", "namedtuple")
    }
    assert {"dispatch-rate", "unaccounted", "enqueue-p50", "start-p99", "enqueue-max"} <= {s.metric for s in scaled}
    assert {s.value for s in samples if s.metric == "unaccounted"} == {0}
    raw = folder / "dispatch" / "0000-reference-memory-namedtuple-1000-start.i64.gz"
    assert len(gzip.decompress(raw.read_bytes())) == 8 * 1_000


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_interrupted(tmp_path: Path, temporary: Path, number: signal.Signals) -> None:
    """Whatever ends the suite, no process and no file of a session is left."""
    run = run_suite(tmp_path, "--scale=default", "-k", "reference-memory and not scale")
    wait_until(lambda: len(processes_in(temporary)) >= 3)

    os.kill(run.pid, number)

    run.communicate(timeout=120)
    assert run.returncode in {2, -signal.SIGTERM, -signal.SIGKILL}
    wait_until(lambda: not processes_in(temporary))
    wait_until(lambda: not list(temporary.glob("taskgauge-*")))


def test_plan() -> None:
    """A default run compares the claim's arms and the A/A control on each target, over 10 processes or more."""
    options = Options(scale=Scale.default(), run_folder=Path())

    assert {item.target for item in slices(options)} == set(SLICE)
    for item in slices(options):
        assert item.arms == ("today", "today-again", "namedtuple")
        assert item.sets >= 10
    [scaled] = at_scale(options)
    assert (scaled.target, scaled.arms, scaled.tasks) == ("reference-memory", ("today", "namedtuple"), 1_000_000)


def test_plan_without_limits() -> None:
    """A full run compares every variant, and gives every variant a million tasks on every target."""
    options = Options(scale=Scale.full(), run_folder=Path())
    largest = {(item.target, arm) for item in at_scale(options) for arm in item.arms if item.tasks == 1_000_000}

    assert {item.arms for item in slices(options)} == {EVERYONE}
    assert largest == {(target, arm) for target in SLICE for arm in EVERYONE if arm != "today-again"}
    keys = [(item.target, item.tasks, item.number) for item in at_scale(options)]
    assert len(set(keys)) == len(keys)


def test_plan_with_arms() -> None:
    """Arms that were asked for take the place of the claim's."""
    options = Options(scale=Scale.quick(), run_folder=Path(), arms=("today", "today-again", "msgspec"))

    assert {item.arms for item in slices(options)} == {("today", "today-again", "msgspec")}
    assert [item.arms for item in at_scale(options)] == [("today", "msgspec")]


def test_the_prediction_follows_from_the_plan() -> None:
    """More sets, arms and tasks take longer, in proportion."""
    item = slices(Options(scale=Scale.default(), run_folder=Path()))[0]
    changed = type(item)(target=item.target, arms=item.arms, sets=2 * item.sets, slices=item.slices)

    assert changed.seconds == pytest.approx(2 * item.seconds)
    small, large = (AtScale(target="reference-memory", arm="namedtuple", tasks=n).seconds for n in (10**5, 10**6))
    assert 5 < large / small < 10


@pytest.mark.skipif(VERSION >= (6, 1), reason="Django 6.1 can pickle a Task")
def test_left_out_on_django_60() -> None:
    """Django 6.0 cannot pipe a result that holds its Task, and that is said."""
    assert "Django 6.0" in str(left_out("reference-process"))
    assert left_out("reference-memory") is None


def test_percentiles() -> None:
    """A percentile is given from ten numbers beyond it, and the largest always."""
    numbers = array("q", range(1_000, 10_000_001, 1_000))

    assert dict(microseconds(numbers)) == {"p50": 5_000, "p99": 9_900, "p99.9": 9_990, "max": 10_000}
    assert dict(microseconds(numbers[:9_999])).keys() == {"p50", "p99", "max"}
    assert dict(microseconds(numbers[:999])).keys() == {"p50", "max"}
    assert dict(microseconds(numbers[:19])).keys() == {"max"}
    assert dict(microseconds(numbers[:0])) == {}


def test_samples() -> None:
    """A turn is a slice of its process; kept tasks carry their number."""
    dispatched = Dispatched(tasks=2, seconds=[4.0, 0.5], enqueue=array("q", [1_000, 3_000]))

    samples = list(samples_of(dispatched, "reference-memory", "today", process=3, size=4))

    where = {"part": "dispatch", "arm": "today", "process": 3, "size": 4, "condition": {"target": "reference-memory"}}
    assert samples == [
        Sample(metric="dispatch-rate", value=0.5, **where),
        Sample(metric="dispatch-rate", value=4.0, slice=1, **where),
        Sample(metric="unaccounted", value=0, **where),
        Sample(metric="enqueue-max", value=3, **where),
    ]


def test_raw_is_reproducible(tmp_path: Path) -> None:
    """Equal numbers make equal files."""
    for name in ("one", "two"):
        write_raw(tmp_path / name, array("q", [1, -2]))

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_needed_memory() -> None:
    """A sample of both arms predicts what they hold; a small number of tasks needs no sample."""
    item = AtScale(target="reference-memory", arm="namedtuple", tasks=40_000 + CHEAP)
    predicted = need_of(item)
    results = run_in_turns(turns(item.target, arms=item.arms, kind="keep", tasks=20_000))

    grown = sum(
        max(result.resident) - result.resident[0] for result in results.values() if isinstance(result, Dispatched)
    )
    assert 0.5 * grown / 40_000 < predicted.bytes_per_task < 2 * grown / 40_000
    assert predicted.tasks == item.tasks
    cheap = need_of(AtScale(target="reference-memory", arm="namedtuple", tasks=CHEAP))
    assert cheap.bytes_per_task == 2 * BYTES_PER_TASK
