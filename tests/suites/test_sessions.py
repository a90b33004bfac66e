"""Sessions with real servers, producers and workers, and with backends that are broken on purpose."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import psutil
import pytest
from django import VERSION

from taskgauge.backends.descriptors.reader import CATALOG, load_target
from taskgauge.backends.floors import FLOORS
from taskgauge.backends.services import unavailable
from taskgauge.reports.judging.standings import standings
from taskgauge.reports.metrics.deliveries import delivery, rate
from taskgauge.reports.metrics.latencies import start_times
from taskgauge.reports.metrics.session import session as as_figures
from taskgauge.reports.metrics.session_figures import fault, figures
from taskgauge.reports.metrics.usages import cpu_per_thousand
from taskgauge.reports.run_folder.declarations import REGISTRY
from taskgauge.reports.run_folder.traces import NEVER, Trace, Workload, read_trace
from taskgauge.suites.run_control.options import Options, Scale
from taskgauge.suites.run_control.processors import processor_limit
from taskgauge.suites.sessions import errors
from taskgauge.suites.sessions.benchmark_process import run_benchmark
from taskgauge.suites.sessions.plan import DEPTH, REPETITIONS, depth, interleaved, measured, repetitions
from taskgauge.suites.sessions.session import Session, SessionPlan, run_session, session_run

pytestmark = pytest.mark.slow
BROKEN = Path(__file__).with_name("broken_targets")
ONLY_LATER = pytest.mark.skipif(VERSION < (6, 1), reason="Django 6.0 cannot pickle a Task")
DRIVER = {"driver-time", "driver-share"}
"""The figures of the producer itself."""
COMMAND = [sys.executable, "-c", "from taskgauge.suites.cli.main import main; main()"]


def run(target: str, load: Workload, part: str = "throughput", **changes: Any) -> Session:
    """Run a session, or skip the test if the target cannot run here."""
    is_floor = target.startswith("floor-")
    catalog = changes.pop("catalog", FLOORS if is_floor else CATALOG)
    loaded = load_target(target, catalog)
    reasons = [loaded.missing(), *map(unavailable, loaded.kinds)]
    if reason := next(filter(None, reasons), None):
        pytest.skip(reason)
    return run_session(
        SessionPlan(
            part=part, target=target, repetition=0, workload=load, catalog=catalog, is_floor=is_floor, **changes
        )
    )


def backlog(tasks: int, workers: int = 1) -> Workload:
    """A drain of few tasks."""
    return Workload(arrival="backlog", tasks=tasks, workers=workers, box=60.0)


@pytest.fixture
def descriptor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """A catalogue with a broken backend; it returns the folder of the catalogue."""
    monkeypatch.setenv("PYTHONPATH", str(BROKEN))

    def make(name: str) -> Path:
        folder = tmp_path / "catalog" / name.lower()
        folder.mkdir(parents=True)
        lines = [f'backend = "broken_in_sessions.{name}"', 'runs = "processes"', "pausable = true"]
        (folder / "backend.toml").write_text("\n".join([*lines, "result_types = true"]))
        (folder / "settings.py").write_text(
            f'TASKS = {{"default": {{"BACKEND": "broken_in_sessions.{name}",'
            ' "OPTIONS": {"result_types": "{result_types}"}}}\n'
        )
        return folder.parent

    return make


@pytest.mark.services
@pytest.mark.parametrize(
    ("target", "workers"),
    [
        ("floor-queue", 1),
        ("floor-redis@redis", 2),
        ("floor-database@sqlite", 2),
        ("floor-database@postgresql", 2),
        pytest.param("reference-process", 1, marks=ONLY_LATER),
        ("django-tasks-db@sqlite", 2),
        ("django-tasks-db@postgresql", 1),
        ("django-tasks-redis@redis", 2),
        ("threadmill@redis", 1),
        ("django-tasks-rq@redis", 2),
    ],
)
def test_a_drain_has_a_rate(target: str, workers: int) -> None:
    """Each task of a conforming target has its four times in order, and the session has a rate."""
    session = run(target, backlog(30, workers))
    trace = session.trace

    assert (session.error, trace.header.ending, fault(trace)) == (None, "all ran", "")
    assert set(trace.header.states) <= {"SUCCESSFUL"}
    rows = zip(trace.enqueue_begin, trace.enqueue_end, trace.started, trace.finished, strict=True)
    assert all(0 < begin <= end and begin < started <= finished for begin, end, started, finished in rows)
    # All tasks waited before the first of them ran.
    assert max(trace.enqueue_end) < min(trace.started)
    assert rate(trace)
    assert {sample.group for sample in trace.header.usage} >= {"producers"}
    assert trace.header.processors == processor_limit()


@pytest.mark.services
def test_a_drain_has_the_statistics_of_a_server_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without them, PostgreSQL sorts all waiting tasks for each claim of a backend that has an index for it."""
    load = backlog(8_000)
    usual = run("django-tasks-db@postgresql", load).trace
    monkeypatch.setattr(session_run, "refresh_statistics", lambda _: {})
    without = run("django-tasks-db@postgresql", load).trace

    with_statistics, none = (cpu_per_thousand(trace, "store") or 0.0 for trace in (usual, without))
    assert none > 2 * with_statistics > 0, (none, with_statistics)
    assert usual.header.conditions == without.header.conditions


@ONLY_LATER
def test_a_dropped_task_takes_the_rate(descriptor: Callable[..., Path]) -> None:
    """A backend that drops 1 of 1,000 tasks gets no rate, and the row names the task."""
    trace = run("dropsone", backlog(1_000), catalog=descriptor("DropsOne")).trace

    assert (trace.header.ending, rate(trace), figures(trace)) == ("quiet", None, {})
    assert fault(trace) == "of 1,000 tasks 1 lost (task 7)"


@ONLY_LATER
def test_a_double_execution_is_not_speed(descriptor: Callable[..., Path]) -> None:
    """A task that runs twice is reported as that, and the session has no rate."""
    trace = run("runsonetwice", backlog(100), catalog=descriptor("RunsOneTwice")).trace

    assert (rate(trace), fault(trace)) == (None, "of 100 tasks 1 run more than once (task 7)")


def database_worker(tmp_path: Path, interval: str) -> Path:
    """A catalogue with django-tasks-db, whose worker sleeps so long before it looks again."""
    folder = tmp_path / f"every-{interval}" / "napping"
    folder.mkdir(parents=True)
    source = CATALOG / "django-tasks-db"
    text = (source / "backend.toml").read_text()
    text = text.replace('"--interval", "1"', f'"--interval", "{interval}"')
    text = text.replace("poll_interval = 1", f"poll_interval = {interval}").replace(', "postgresql"]', "]")
    text = text[: text.index("[store_requirements]")] + text[text.index("[[prepare]]") :]
    text = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("settings.postgresql"))
    (folder / "backend.toml").write_text(text)
    (folder / "settings_sqlite.py").write_text((source / "settings_sqlite.py").read_text())
    return folder.parent


def test_a_sleep_in_the_claim_loop_is_latency(tmp_path: Path) -> None:
    """50 ms in a worker's claim loop lengthen the pick-up of a task, and do not part the tasks of a drain."""
    catalogs = {nap: database_worker(tmp_path, nap) for nap in ("0.001", "0.05")}
    idle = Workload(arrival="idle", tasks=40)
    pick_ups = {
        nap: median(start_times(run("napping@sqlite", idle, "idle", catalog=catalog).trace, intended=False))
        for nap, catalog in catalogs.items()
    }
    drain = run("napping@sqlite", backlog(100), catalog=catalogs["0.05"]).trace
    gaps = [after - before for before, after in pairwise(sorted(drain.started))]

    # The wait is half of the interval on average; a fifth of that is beyond chance.
    assert pick_ups["0.05"] - pick_ups["0.001"] > 5_000_000
    assert rate(drain)
    assert min(gaps) < 50_000_000


@ONLY_LATER
def test_an_error_of_the_backend_is_partial(descriptor: Callable[..., Path]) -> None:
    """An error in enqueue() cuts the session short, with its text, and accuses nobody of lost tasks."""
    session = run("failsinthemiddle", backlog(100), catalog=descriptor("FailsInTheMiddle"))

    assert isinstance(session.error, errors.ProducerFailed)
    assert "the store went away" in str(session.error)
    assert (session.trace.header.ending, fault(session.trace)) == ("failed", "")


@pytest.mark.services
@pytest.mark.parametrize("target", ["floor-redis@redis", "django-tasks-redis@redis"])
def test_a_store_that_dies_is_partial(target: str) -> None:
    """A server that is killed in mid-run leaves a partial trace that says so, and nothing running."""
    over = threading.Event()

    def kill_the_server_once_workers_run() -> None:
        while not over.wait(0.02):
            ours = psutil.Process().children(recursive=True)
            names = [(process, _words(process)) for process in ours]
            if any("redis_list" in words or "run_redis_tasks" in words for _, words in names):
                time.sleep(1)
                for process, words in names:
                    if "redis-server" in words.partition(" ")[0] or "redis-server" in words:
                        process.kill()
                return

    killer = threading.Thread(target=kill_the_server_once_workers_run)
    killer.start()
    try:
        session = run(target, Workload(arrival="idle", tasks=30))
    finally:
        over.set()
        killer.join()

    assert isinstance(session.error, errors.StoreGone), session.error
    assert session.trace.header.ending == "failed"
    assert "redis" in session.trace.header.reason
    assert (figures(session.trace), fault(session.trace)) == ({}, "")
    assert [] == [words for words in map(_words, psutil.Process().children(recursive=True)) if "redis" in words]


def _words(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def test_a_worker_that_ends_is_named(tmp_path: Path) -> None:
    """A worker that ends at once is an error with the line that explains it."""
    catalog = database_worker(tmp_path, "1")
    file = catalog / "napping" / "backend.toml"
    file.write_text(file.read_text().replace('"--no-reload"', '"--no-such-option"'))
    session = run("napping@sqlite", backlog(5), catalog=catalog)

    assert isinstance(session.error, errors.WorkerFailed)
    assert "--no-such-option" in session.trace.header.reason


@ONLY_LATER
def test_calls_alone() -> None:
    """Where no worker runs, each call has its times and no task starts."""
    trace = run("reference-process", Workload(arrival="calls", tasks=100), "enqueue").trace

    assert (trace.header.ending, set(trace.started)) == ("enqueued", {NEVER})
    assert {"enqueue-p50", "enqueue-p90", "enqueue-max"} == figures(trace).keys() - DRIVER


def test_in_a_transaction() -> None:
    """A task that is enqueued in a transaction is committed, and its call has a time."""
    load = Workload(arrival="calls", tasks=20, transaction=True)
    trace = run("django-tasks-db@sqlite", load, "enqueue").trace

    assert (trace.header.ending, delivery(trace).enqueued) == ("enqueued", 20)
    assert figures(trace).keys() - DRIVER == {"enqueue-p50", "enqueue-max"}


@ONLY_LATER
@pytest.mark.parametrize("producers", [4, 16])
@pytest.mark.parametrize("call", ["enqueue", "aenqueue"])
def test_from_many_producers(call: Any, producers: int) -> None:
    """Threads and coroutines share the tasks, each is called once, and calls overlap."""
    # Long enough for the interpreter to change between the threads in the middle of a call.
    load = Workload(arrival="calls", tasks=8_000, call=call, producers=producers)
    trace = run("reference-process", load, "enqueue").trace
    pairs = sorted(zip(trace.enqueue_begin, trace.enqueue_end, strict=True))

    assert (trace.header.ending, delivery(trace).enqueued) == ("enqueued", 8_000)
    assert any(begin < end for (_, end), (begin, _) in pairwise(pairs))
    assert (trace.header.stall_ns is not None) == (call == "aenqueue")
    assert "enqueue-p50" in figures(trace)


@ONLY_LATER
def test_a_blocked_loop_is_a_stall(descriptor: Callable[..., Path]) -> None:
    """A call of aenqueue() that sleeps for 50 ms is a stall of that length; a call that returns at once is none."""
    load = Workload(arrival="calls", tasks=1_000, call="aenqueue", producers=4)
    blocking = run("blockstheloop", load, "enqueue", catalog=descriptor("BlocksTheLoop")).trace
    stall = figures(blocking)["loop-stall"]

    # A sleep never ends early; the heartbeat subtracts its own interval, and one beat may be under way.
    assert stall > 45
    assert stall > 2 * median(end - begin for begin, end in _calls(blocking)) / 1e6


def _calls(trace: Trace) -> list[tuple[int, int]]:
    return list(zip(trace.enqueue_begin, trace.enqueue_end, strict=True))


@ONLY_LATER
def test_a_size_that_is_refused_is_a_row(descriptor: Callable[..., Path]) -> None:
    """A backend that refuses a payload ends the session with its reason, which is no failure and no figure."""
    catalog = descriptor("RefusesLarge")
    small, large = (
        run("refuseslarge", Workload(arrival="calls", tasks=50, payload=size), "enqueue", catalog=catalog)
        for size in (1_000, 64_000)
    )
    [*_, row] = standings(map(as_figures, [small.trace, large.trace]), REGISTRY)

    assert (small.trace.header.ending, large.error, large.trace.header.ending) == ("enqueued", None, "refused")
    assert row.workload.payload == 64_000
    words = "a payload of 64,000 characters: ValueError: arguments have 1,000 characters at most"
    assert row.status == f"refused: {words}"


@ONLY_LATER
@pytest.mark.services
def test_the_producer_is_faster_than_what_it_measures(descriptor: Callable[..., Path]) -> None:
    """The producer's own work is below 1 µs, and it offers 10 and 20 times what backends take in the same run."""
    calls = Workload(arrival="calls", tasks=5_000)
    nothing = run("nothing", calls, "enqueue", catalog=descriptor("Nothing")).trace
    immediate = run("django-immediate", calls, "enqueue").trace
    drains = [run(target, backlog(2_000, workers)).trace for target, workers in (("reference-process", 1),)]

    assert _offered(nothing) > 10 * _offered(immediate)
    assert _offered(nothing) > 20 * max(filter(None, map(rate, drains)))
    # The share is of the empty backend's own call, which is Django's: a tenth of a microsecond more or less.
    assert figures(nothing)["driver-time"] < figures(immediate)["enqueue-p50"] * 1_000 / 10


def _offered(trace: Trace) -> float:
    """Return the calls a second from the first to the last."""
    return len(trace.enqueue_end) * 1e9 / (max(trace.enqueue_end) - min(trace.enqueue_begin))


def test_pytest_benchmark_compares_its_files(tmp_path: Path) -> None:
    """pytest-benchmark's own command reads the files of two targets, with the rounds of its real timer."""
    plans = [
        SessionPlan(part="enqueue", target=target, repetition=0, workload=Workload(arrival="calls", tasks=1), **more)
        for target, more in (("django-immediate", {}), ("floor-database@sqlite", {"catalog": FLOORS, "is_floor": True}))
    ]
    files = [run_benchmark(plan, tmp_path) for plan in plans]
    words = [
        str(Path(sys.executable).with_name("pytest-benchmark")),
        "compare",
        "--group-by=group",
        "--columns=median,rounds",
        *map(str, files),
    ]
    table = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120).stdout
    timed = [entry for file in files for entry in json.loads(file.read_text())["benchmarks"]]

    assert {entry["name"] for entry in timed} == {
        *(f"test_{name}[django-immediate]" for name in ("enqueue", "aenqueue", "empty_function", "empty_coroutine")),
        *(f"test_{name}[floor-database@sqlite]" for name in ("enqueue", "empty_function", "empty_coroutine")),
    }
    assert {entry["options"]["timer"] for entry in timed} == {"perf_counter"}
    assert all(entry["stats"]["rounds"] >= 20 for entry in timed)
    assert "benchmark 'aenqueue'" in table
    assert all(entry["name"] in table for entry in timed)


@ONLY_LATER
def test_an_open_loop_keeps_its_times() -> None:
    """Tasks are due at equal distances, whatever the target does, and none is enqueued before it is due."""
    load = Workload(arrival="rate", tasks=40, rate=100.0, share=50)
    trace = run("reference-process", load, "latency").trace
    steps = {after - before for before, after in pairwise(trace.intended)}

    assert trace.header.ending == "all ran"
    assert steps <= {10_000_000}
    assert all(begin >= due for due, begin in zip(trace.intended, trace.enqueue_begin, strict=True))


def options(name: str = "default", **changes: Any) -> Options:
    """The options of a run."""
    make = {"default": Scale.default, "quick": Scale.quick}[name]
    return Options(scale=make(), run_folder=Path(), **changes)


def test_the_plan_is_interleaved() -> None:
    """Each repetition has each workload of each target once, and no target is always the first."""
    targets = measured(["reference-process", "django-tasks-db@sqlite"])
    pairs = [(entry.target.name, backlog(10, workers)) for entry in targets for workers in (1, 2)]
    plans = list(interleaved("throughput", targets, pairs, options()))
    by_repetition: dict[int, list[tuple[str, int]]] = {}
    for plan in plans:
        by_repetition.setdefault(plan.repetition, []).append((plan.target, plan.workload.workers))

    assert [sorted(mine) for mine in by_repetition.values()] == [sorted(by_repetition[0])] * REPETITIONS
    assert [plan.repetition for plan in plans] == sorted(plan.repetition for plan in plans)
    assert len({mine[0] for mine in by_repetition.values()}) > 1


def test_floors_come_with_their_targets() -> None:
    """A run has the floor of each store that a target needs, once."""
    names = [entry.target.name for entry in measured(["threadmill", "django-tasks-redis@redis", "reference-memory"])]

    assert names[3:] == ["floor-redis@redis", "floor-queue"]


def test_sizes() -> None:
    """A run has five sessions of 10,000 tasks by default; a quick run has one of 1,000."""
    assert (repetitions(options()), depth(options())) == (REPETITIONS, DEPTH)
    assert (repetitions(options("quick")), depth(options("quick"))) == (1, DEPTH // 10)


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., "subprocess.Popen[str]"]:
    """A started `taskgauge bench` whose processes are marked, in a folder with its own temporary folder."""
    (tmp_path / "tmp").mkdir()
    environment = os.environ | {"TMPDIR": str(tmp_path / "tmp"), "TASKGAUGE_TEST": str(tmp_path)}

    def start(*words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*COMMAND, "bench", "--out", "run", *words],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def marked(mark: str) -> Iterator[psutil.Process]:
    """Yield the living processes with this mark."""
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get("TASKGAUGE_TEST") == mark:
                yield process
        except psutil.Error:
            continue


@ONLY_LATER
def test_the_command_reports_a_dropped_task(
    descriptor: Callable[..., Path], command: Callable[..., "subprocess.Popen[str]"], tmp_path: Path
) -> None:
    """The command ends with the code for a broken MUST, and the report has the row with its reason and the floor."""
    file = descriptor("DropsOne") / "dropsone" / "backend.toml"
    process = command("--part", "throughput", "--target", str(file), "--processes", "1", "--tasks", "100")
    _, said = process.communicate(timeout=300)

    assert process.returncode == 1, said
    assert "throughput: dropsone: of 100 tasks 1 lost (task 7)." in said
    report = (tmp_path / "run" / "report.md").read_text()
    [row] = [line for line in report.splitlines() if line.startswith("| dropsone | 100 tasks")]
    assert "no figure: of 100 tasks 1 lost (task 7)" in row
    assert "| floor-queue | 100 tasks, 1 worker | " in report


@ONLY_LATER
def test_an_interrupted_session_is_kept(command: Callable[..., "subprocess.Popen[str]"], tmp_path: Path) -> None:
    """Ctrl-C in a session keeps its trace, marked as interrupted, with a partial row, and leaves nothing running."""
    process = command("--part", "idle", "--target", "reference-process", "--processes", "1")
    while not any("producer" in " ".join(entry.cmdline()) for entry in marked(str(tmp_path))):
        assert process.poll() is None
        time.sleep(0.1)
    time.sleep(3)  # into the session; nothing depends on how far
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)

    assert process.returncode == 130, said
    traces: list[Trace] = [read_trace(path) for path in (tmp_path / "run" / "idle").glob("*.trace.gz")]
    assert "interrupted" in {trace.header.ending for trace in traces}
    assert "PARTIAL: interrupted" in (tmp_path / "run" / "report.md").read_text()
    assert json.loads((tmp_path / "run" / "run.json").read_text())["state"] == "interrupted"
    assert ([], []) == (list(marked(str(tmp_path))), list((tmp_path / "tmp").iterdir()))


def test_an_unknown_target_is_wrong_use(command: Callable[..., "subprocess.Popen[str]"]) -> None:
    """A target that no descriptor has ends the command with one line."""
    process = command("--part", "throughput", "--target", "no-such-target")
    _, said = process.communicate(timeout=120)

    assert process.returncode == 2, said
    assert "no target is called 'no-such-target'" in said
    assert "Traceback" not in said


def test_a_target_needs_a_part_that_measures_it(command: Callable[..., "subprocess.Popen[str]"]) -> None:
    """A target without such a part ends the command with one line, and is not silently ignored."""
    process = command("--part", "time", "--target", "reference-process")
    _, said = process.communicate(timeout=120)

    assert process.returncode == 2, said
    assert "--part throughput" in said
