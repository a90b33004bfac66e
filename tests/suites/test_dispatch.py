"""Dispatch on the real thing: fresh processes, real workers, and backends that are broken on purpose."""

import contextlib
import gzip
import json
import os
import signal
import subprocess
import sys
import threading
import time
from array import array
from collections.abc import Callable
from pathlib import Path
from statistics import mean
from typing import Any

import psutil
import pytest
from django import VERSION

from taskgauge.backends.descriptors.reader import load_target
from taskgauge.reports.run_folder.documents import read_stream
from taskgauge.reports.run_folder.records import Sample
from taskgauge.suites.dispatch import errors
from taskgauge.suites.dispatch.launch import Dispatched, dispatch, dispatch_in_turns
from taskgauge.suites.dispatch.plan import Item, left_out, plan, repetitions
from taskgauge.suites.dispatch.prediction import predict
from taskgauge.suites.dispatch.results import microseconds, rates, write_dispatched, write_raw
from taskgauge.suites.dispatch.session import remove_while_used
from taskgauge.suites.dispatch.session_config import Outcome, SessionConfig
from taskgauge.suites.run_control.options import Options, Scale
from taskgauge.suites.shapes.variants import VARIANTS

BROKEN = Path(__file__).with_name("broken_targets")
ONLY_LATER = pytest.mark.skipif(VERSION < (6, 1), reason="Django 6.0 cannot pickle a Task")


def order(target: str, **changes: Any) -> SessionConfig:
    """An order for few tasks."""
    return SessionConfig(**{"target": target, "arm": "today", "size": 50, "timeout": 60.0, **changes})


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., SessionConfig]:
    """Orders for a backend of `broken_backends`."""
    monkeypatch.setenv("PYTHONPATH", str(BROKEN))

    def make(name: str, **changes: Any) -> SessionConfig:
        folder = tmp_path / "catalog" / name.lower()
        folder.mkdir(parents=True)
        toml = changes.pop("toml", f'backend = "broken_backends.{name}"\n')
        (folder / "backend.toml").write_text(toml if "[worker]" in toml else f'runs = "threads"\n{toml}')
        settings = f'TASKS = {{"default": {{"BACKEND": "broken_backends.{name}"}}}}\n'
        (folder / "settings.py").write_text(changes.pop("settings", settings))
        return order(name.lower(), catalog=str(tmp_path / "catalog"), **changes)

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
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("target", "arm"),
    [
        ("reference-immediate", "today"),
        ("reference-immediate", "namedtuple-lazy"),
        ("reference-memory", "today"),
        ("reference-memory", "namedtuple-lazy"),
        pytest.param("reference-process", "today", marks=ONLY_LATER),
        ("reference-process", "namedtuple-lazy"),
        ("django-immediate", "today"),
        ("django-tasks-db@sqlite", "today"),
    ],
)
def test_every_target(target: str, arm: str, temporary: Path) -> None:
    """Each target runs each task once, and leaves neither a process nor a file."""
    if reason := load_target(target).descriptor.missing():
        pytest.skip(reason)

    dispatched = dispatch(order(target, arm=arm))

    assert (len(dispatched.enqueue), len(dispatched.start)) == (50, 50)
    assert min(dispatched.enqueue) > 0
    assert min(dispatched.start) > 0
    # The task starts after the call of enqueue() began; where it runs inside the call, also before the call ended.
    inside = all(start < call for start, call in zip(dispatched.start, dispatched.enqueue, strict=True))
    assert inside == target.endswith("immediate")
    assert dispatched.outcome.span_ns > 0
    assert dispatched.outcome.garbage_collector.startswith("enabled")
    assert list(temporary.iterdir()) == []
    assert processes_in(temporary) == []


@pytest.mark.parametrize(
    "target", ["reference-immediate", "reference-memory", pytest.param("reference-process", marks=ONLY_LATER)]
)
def test_in_turns(target: str, temporary: Path) -> None:
    """Every arm runs all its tasks, a part in each turn, and none while another has its turn; nothing is left."""
    today, namedtuple = dispatch_in_turns([order(target, arm=arm, turns=4) for arm in ("today", "namedtuple")])

    for found in (today, namedtuple):
        assert isinstance(found, Dispatched), found
        assert (len(found.start), len(found.outcome.spans_ns)) == (50, 4)
        assert min(found.outcome.spans_ns) > 0
    assert list(temporary.iterdir()) == []
    assert processes_in(temporary) == []


def test_one_that_dies_does_not_keep_others_from_their_turns(
    broken: Callable[..., SessionConfig], temporary: Path
) -> None:
    """Its error is told in its place."""
    dead, well = dispatch_in_turns([broken("DiesInEnqueue", turns=2), order("reference-immediate", turns=2)])

    assert isinstance(dead, errors.SessionDied)
    assert isinstance(well, Dispatched)
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(("size", "turns", "parts"), [(5, 1, [5]), (5, 2, [2, 3]), (3, 3, [1, 1, 1])])
def test_parts_of_an_order(size: int, turns: int, parts: list[int]) -> None:
    """All tasks have a turn, and none has two."""
    found = order("reference-memory", size=size, turns=turns).parts()
    assert parts == [len(part) for part in found]
    assert list(range(size)) == [number for part in found for number in part]


@pytest.mark.parametrize(
    ("name", "error", "text"),
    [
        ("LosesOne", errors.TasksUnaccounted, "of 50 tasks 1 lost (task 7): no rate is given"),
        ("RunsOneTwice", errors.TasksUnaccounted, "of 50 tasks 1 run more than once (task 7): no rate is given"),
        (
            "RunsOneAgainAtTheEnd",
            errors.TasksUnaccounted,
            "of 50 tasks 1 run more than once (task 7): no rate is given",
        ),
        (
            "ReportsFailure",
            errors.FinalStateWrong,
            "of 50 tasks that ran, the backend reports 1 FAILED, 49 SUCCESSFUL",
        ),
        ("RaisesInEnqueue", errors.SessionFailed, "RuntimeError: the store is full"),
        ("DiesInEnqueue", errors.SessionDied, "the enqueueing process ended with code -9: out of cheese"),
    ],
)
def test_broken_backend(
    name: str, error: type[Exception], text: str, broken: Callable[..., SessionConfig], temporary: Path
) -> None:
    """What a backend does wrong is noticed, and said in one line instead of a rate."""
    with pytest.raises(error) as caught:
        dispatch(broken(name))

    assert str(caught.value) == text
    assert list(temporary.iterdir()) == []
    assert processes_in(temporary) == []


def test_finishing_late(broken: Callable[..., SessionConfig]) -> None:
    """A backend that says it is done before it is, is caught by the journal."""
    with pytest.raises(errors.TasksUnaccounted, match=r"of 50 tasks 1 lost \(task 7\)"):
        dispatch(broken("FinishesLate"))


@ONLY_LATER
def test_killed_process_worker(broken: Callable[..., SessionConfig]) -> None:
    """A worker of reference-process that dies costs the task that it ran, which is named, and no other."""
    with pytest.raises(errors.TasksUnaccounted) as caught:
        dispatch(broken("KillsItsWorker"))

    assert str(caught.value).startswith(
        "of 50 tasks 1 not finished when the backend said so (task 7): no rate is given"
    )
    assert "WorkerDied: worker process" in str(caught.value)
    assert str(caught.value).endswith("ended with exit code -9 while it ran this task")


def test_hanging_backend(broken: Callable[..., SessionConfig], temporary: Path) -> None:
    """A backend that hangs is given up after a while without progress, with nothing left behind."""
    with pytest.raises(errors.DispatchStalled, match="nothing moved for 2 s, with 7 of 50 tasks enqueued"):
        dispatch(broken("HangsInEnqueue", timeout=2.0))

    assert list(temporary.iterdir()) == []
    assert processes_in(temporary) == []


WORKER = """
backend = "broken_backends.Slow"
[worker]
command = ["{python}", "-c", "%s"]
ready = "ready"
"""


def test_worker_never_ready(broken: Callable[..., SessionConfig]) -> None:
    """A worker that dies at once is reported with its last words."""
    toml = WORKER % "print('no such queue'); raise SystemExit(3)"

    with pytest.raises(errors.WorkerNotReady, match="the worker ended with code 3: no such queue"):
        dispatch(broken("Slow", toml=toml))


def test_worker_that_ends(broken: Callable[..., SessionConfig]) -> None:
    """A worker that dies before the tasks are run is reported with its last words."""
    toml = WORKER % "import time; print('ready'); time.sleep(4); print('lost the store'); raise SystemExit(4)"

    with pytest.raises(errors.WorkerEnded, match=r"the worker ended with code 4 before .*: lost the store"):
        dispatch(broken("Slow", toml=toml))


def test_failing_preparation(broken: Callable[..., SessionConfig]) -> None:
    """A store that cannot be made ready is reported with the command and its last words."""
    toml = 'backend = "x"\n[[prepare]]\ncommand = ["{python}", "-c", "raise SystemExit(\'disk full\')"]\n'

    with pytest.raises(errors.PreparationFailed, match="ended with code 1: disk full"):
        dispatch(broken("Slow", toml=toml))


def run_suite(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start the suite as the driver does."""
    ini = Path(errors.__file__).parents[1] / "run_control" / "pytest.ini"
    return subprocess.Popen(
        [
            *[
                sys.executable,
                "-m",
                "pytest",
                "-c",
                str(ini),
                f"--rootdir={folder}",
                "-p",
                "taskgauge.suites.shapes.option_set",
            ],
            *["-p", "no:cacheprovider", f"--run-folder={folder}", "--tasks=1000", *arguments],
            *["--pyargs", "taskgauge.suites.dispatch"],
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        cwd=folder,
        # pytest-benchmark writes nothing where it believes to be one of several.
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
    )


def test_suite(tmp_path: Path) -> None:
    """The suite writes samples, raw integers, and files that pytest-benchmark compares."""
    folder = tmp_path / "run"
    (folder / "dispatch").mkdir(parents=True)
    for repetition in (1, 2):
        output = folder / "dispatch" / f"{repetition:04d}.json"
        run = run_suite(
            folder,
            *[f"--benchmark-json={output}", f"--repetition={repetition}", "--scale=default"],
            *["-k", "reference-immediate and (today-5 or namedtuple-5)"],
        )
        text, _ = run.communicate(timeout=120)
        assert run.returncode == 0, text

    document = json.loads((folder / "dispatch" / "0001.json").read_text())
    figures = {each["extra_info"]["arm"]: each for each in document["benchmarks"]}
    assert set(figures) == {"today", "namedtuple"}
    samples = read_stream(folder / "dispatch/samples.jsonl", Sample)
    for arm, figure in figures.items():
        rates = [s.value for s in samples if (s.metric, s.arm, s.process) == ("dispatch-rate", arm, 1)]
        assert mean(1 / rate for rate in rates) == pytest.approx(figure["stats"]["mean"])
    assert {s.metric for s in samples} == {"dispatch-rate", "unaccounted", "enqueue-max", "start-max"}
    assert {s.value for s in samples if s.metric == "unaccounted"} == {0}
    raw = folder / "dispatch" / "0001-reference-immediate-today-5-start.i64.gz"
    assert len(gzip.decompress(raw.read_bytes())) == 8 * 5
    compare = subprocess.run(
        [sys.executable, "-m", "pytest_benchmark", "compare", *sorted((folder / "dispatch").glob("0*.json"))],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=folder,
    )
    assert compare.returncode == 0, compare.stderr
    assert "reference-immediate, 5 tasks" in compare.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_interrupted(tmp_path: Path, temporary: Path, number: signal.Signals) -> None:
    """Whatever ends the suite, no process and no file of a session is left."""
    here = load_target("django-tasks-db@sqlite").missing() is None
    target = "django-tasks-db" if here else "reference-process"
    run = run_suite(tmp_path, "--scale=default", "--repetition=1", "-k", f"{target} and (sqlite or lazy)")
    wait_until(lambda: len(processes_in(temporary)) >= 2)

    os.kill(run.pid, number)

    run.communicate(timeout=60)
    assert run.returncode in {2, -signal.SIGTERM, -signal.SIGKILL}
    wait_until(lambda: not processes_in(temporary))
    wait_until(lambda: not list(temporary.glob("taskgauge-*")))


def test_folder_removed_while_used(tmp_path: Path) -> None:
    """A file that appears during the removal does not save the folder."""

    def use(folder: Path) -> None:
        with contextlib.suppress(FileNotFoundError):
            while not left.is_set():
                (folder / "store-journal").write_bytes(b"")

    left = threading.Event()

    for number in range(50):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        user = threading.Thread(target=use, args=(folder,))
        user.start()
        remove_while_used(folder)
        if folder.exists():
            left.set()
        user.join()
        assert not left.is_set()


def test_repetitions() -> None:
    """A prediction counts an item as often as it runs: a million tasks once, the shared size every time."""
    options = Options(scale=Scale.default(), run_folder=Path())
    times = {str(item): count for item, count in repetitions(options).items()}
    assert set(times) == {str(item) for item in plan(options)}
    assert 1 == times["reference-memory-today-1000000"]
    assert 1 < times["django-immediate-today-5000"] < options.scale.repetitions
    assert options.scale.repetitions == times["reference-memory-today-5000"]


def test_plan() -> None:
    """A default run gives the baseline a million, others a tenth, and each repetition begins elsewhere."""
    first, second = (plan(Options(scale=Scale.default(), run_folder=Path(), repetition=number)) for number in (0, 1))

    assert Item(target="reference-process", arm="today", size=1_000_000) in first
    assert Item(target="reference-memory", arm="namedtuple", size=100_000) in first
    assert max(item.size for item in first if item.arm != "today") == 100_000
    assert {item.size for item in first if item.target == "django-tasks-db@sqlite"} == {1_000}
    assert {item.size for item in second if item.target.startswith("reference")} == {5_000}
    assert {item.size for item in first if item.in_turns} == {5_000}
    assert first[0] != second[0]
    assert set(second) <= set(first)
    assert len(set(first)) == len(first)


def test_plan_without_limits() -> None:
    """A full run gives every variant a million, on every target."""
    items = plan(Options(scale=Scale.full(), run_folder=Path()))
    largest = {(item.target, item.arm) for item in items if item.size == 1_000_000}

    assert {arm for target, arm in largest if target == "reference-process"} == {
        *VARIANTS,
        "today-lazy",
        "namedtuple-lazy",
    }
    assert ("django-tasks-db@sqlite", "today") in largest


def test_plan_with_arms() -> None:
    """Arms that were asked for take the place of the headline's."""
    items = plan(Options(scale=Scale.quick(), run_folder=Path(), arms=("today", "today-again", "msgspec")))

    assert {item.arm for item in items} == {"today", "today-again", "msgspec"}


@pytest.mark.skipif(VERSION >= (6, 1), reason="Django 6.1 can pickle a Task")
def test_left_out_on_django_60() -> None:
    """Django 6.0 cannot pipe a result that holds its Task, and that is said."""
    target = load_target("reference-process")

    assert "Django 6.0" in str(left_out(Item(target="reference-process", arm="today", size=1), target))
    assert left_out(Item(target="reference-process", arm="today-lazy", size=1), target) is None


def test_percentiles() -> None:
    """A percentile is given from ten numbers beyond it, and the largest always."""
    numbers = array("q", range(1_000, 10_000_001, 1_000))

    assert dict(microseconds(numbers)) == {"p50": 5_000, "p99": 9_900, "p99.9": 9_990, "max": 10_000}
    assert dict(microseconds(numbers[:9_999])).keys() == {"p50", "p99", "max"}
    assert dict(microseconds(numbers[:999])).keys() == {"p50", "max"}
    assert dict(microseconds(numbers[:19])).keys() == {"max"}


def test_written(tmp_path: Path) -> None:
    """Samples carry target and size; the poll interval stands beside the figures of a target that has one."""
    item = Item(target="django-tasks-db@sqlite", arm="today", size=2)
    outcome = Outcome(
        spans_ns=(4_000_000_000,), garbage_collector="", resident_before=0, resident_peak=0, workers_peak=0
    )
    dispatched = Dispatched(outcome=outcome, enqueue=array("q", [1_000, 3_000]), start=array("q", [5_000, 2**40]))

    write_dispatched(tmp_path, item, load_target(item.target), 3, dispatched)

    assert rates(item, dispatched) == [0.5]
    samples = {each.metric: each for each in read_stream(tmp_path / "dispatch/samples.jsonl", Sample)}
    assert samples["dispatch-rate"] == Sample(
        part="dispatch",
        metric="dispatch-rate",
        arm="today",
        value=0.5,
        process=3,
        size=2,
        condition={"target": "django-tasks-db@sqlite", "idle worker looks every": "1 s"},
    )
    assert samples["enqueue-max"].value == 3
    raw = gzip.decompress((tmp_path / "dispatch/0003-django-tasks-db@sqlite-today-2-start.i64.gz").read_bytes())
    assert raw == (5_000).to_bytes(8, "little") + (2**40).to_bytes(8, "little")


def test_raw_is_reproducible(tmp_path: Path) -> None:
    """Equal numbers make equal files."""
    for name in ("one", "two"):
        write_raw(tmp_path / name, array("q", [1, -2]))

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_prediction() -> None:
    """A prediction holds: four times the sample needs about four times its memory and time."""
    prediction = predict("reference-memory", "today", 40_000, sample=10_000)
    outcome = dispatch(order("reference-memory", size=40_000)).outcome

    grown = (outcome.resident_peak - outcome.resident_before) / 40_000
    assert 0.5 * grown < prediction.need.bytes_per_task < 2 * grown
    assert prediction.need.tasks == 40_000
    assert prediction.seconds > 0
