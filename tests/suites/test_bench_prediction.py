"""The prediction of a run, beside what the run takes."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click
import pytest

from taskgauge.backends.descriptors.reader import load_target
from taskgauge.backends.processes.interruption import interruption
from taskgauge.reports.run_folder.commands import DEFAULT_DEPTH
from taskgauge.reports.run_folder.declarations import PARTS
from taskgauge.suites.cli.bench_options import BenchOptions
from taskgauge.suites.cli.bench_parts import PARTS as IN_ORDER
from taskgauge.suites.cli.bench_survey import survey
from taskgauge.suites.cli.main import bench
from taskgauge.suites.run_control.options import SCALES, Options, Scale
from taskgauge.suites.sessions.plan import embedded
from taskgauge.suites.shapes.operations import BY_NAME
from taskgauge.suites.shapes.time.rounds import seconds_of_rounds


def is_near(folder: Path) -> bool:
    """Run two parts, and return whether one took as many times as long as the other as was predicted."""
    command = [sys.executable, "-c", "from taskgauge.suites.cli.main import main; main()", "bench", "--quick"]
    asked = ["--processes", "2", "--part", "ordering", "--part", "calls", "--out", str(folder)]
    subprocess.run([*command, *asked], capture_output=True, check=True)
    one, other = json.loads((folder / "run.json").read_text())["parts"]
    predicted, took = (one[name] / other[name] for name in ("predicted_seconds", "seconds"))
    return 1 / 3 < predicted / took < 3


def test_two_short_parts(tmp_path: Path) -> None:
    """It is right within a factor of 3; what else the machine does may spoil a run, and not three of them."""
    assert any(is_near(tmp_path / str(attempt)) for attempt in range(3))


def test_it_follows_from_the_plan() -> None:
    """More processes, slices and arms take longer, each in proportion but for the start of a process."""

    def seconds(name: str, arms: int, scale: Scale) -> float:
        return seconds_of_rounds(BY_NAME[name], arms, scale, operations=20)

    assert seconds("create", 6, Scale.default()) > 10 * seconds("create", 6, Scale.quick())
    assert seconds("create", 12, Scale.default()) < 2 * seconds("create", 6, Scale.default())
    # Processes beyond those that time all operations are started for one.
    assert seconds("task-read", 6, Scale.default()) > 4 * seconds("create", 6, Scale.default())


@pytest.mark.parametrize(
    ("scale", "only", "expected"), [("quick", (), False), ("quick", ("pickle-dumps-2",), True), ("full", (), True)]
)
def test_what_is_on_request_is_planned_where_it_is_named(
    scale: str, only: tuple[str, ...], expected: bool, tmp_path: Path
) -> None:
    """An old pickle protocol is measured if `--only` names it, and in a run without limits."""
    options = Options(scale=SCALES[scale](), run_folder=tmp_path, only=only)
    with interruption() as noticed:
        [planned] = survey([part for part in PARTS if part.name == "time"], options, noticed)

    assert ("test_time::test_time[pickle-dumps-2]" in planned.items) == expected
    assert ("test_time::test_time[create]" in planned.items) == (not only)


def planned_seconds(asked: BenchOptions, tmp_path: Path) -> dict[str, int]:
    """Return the predicted seconds of a command by part."""
    with interruption() as noticed:
        planned = survey(asked.chosen(IN_ORDER), replace(asked.for_suites(), run_folder=tmp_path), noticed)
    return {plan.part.name: round(plan.seconds) for plan in planned}


def test_the_default_run_takes_a_quarter_of_an_hour(bench_options: Callable[..., BenchOptions], tmp_path: Path) -> None:
    """The predictions add up to less than 15 minutes, those of the parts about whole backends to about two."""
    seconds = planned_seconds(bench_options(), tmp_path)

    assert sum(seconds.values()) < 900, seconds
    most = {"time": 200, "memory": 150, "transport": 130, "dispatch": 240}
    assert all(seconds[name] <= limit for name, limit in most.items()), seconds
    assert sum(seconds[name] for name in ("throughput", "enqueue", "idle")) < 180, seconds


def test_calls_come_from_drains(bench_options: Callable[..., BenchOptions], tmp_path: Path) -> None:
    """One cell of enqueue takes no time beside throughput; alone, or with all cells, it does."""
    both = ("--part", "throughput", "--part", "enqueue")
    one_cell = ("--one-cell", "--target", "reference-memory")
    beside = planned_seconds(bench_options(*both, *one_cell), tmp_path)
    alone = planned_seconds(bench_options("--part", "enqueue", *one_cell), tmp_path)

    assert beside["enqueue"] < 3 < alone["enqueue"]
    for words in (both, ("--all", "--part", "enqueue"), ("--only", "enqueue")):
        assert not bench_options(*words).for_suites().calls_from_drains


@pytest.mark.parametrize(
    ("words", "backlog"),
    [
        ((), DEFAULT_DEPTH),
        (("--tasks", "50M"), DEFAULT_DEPTH),
        (("--quick",), None),
        (("--quick", "--tasks", "100"), 100),
    ],
    ids=["default", "tasks", "quick", "quick tasks"],
)
def test_the_backends_of_a_default_run(
    bench_options: Callable[..., BenchOptions], words: tuple[str, ...], backlog: int | None
) -> None:
    """They need no server and no package, have one cell each, and a depth that does not follow --tasks."""
    options = bench_options(*words).for_suites()

    assert (options.targets, options.one_cell, options.backlog) == (embedded(), True, backlog)
    assert all(not load_target(name).kinds and load_target(name).missing() is None for name in embedded())


@pytest.mark.parametrize(
    "words",
    [("--target", "huey@redis"), ("--budget", "60s"), ("--rows", "both"), ("--one-cell",)],
    ids=lambda words: words[0],
)
def test_a_default_run_takes_no_options_of_whole_backends(
    bench_options: Callable[..., BenchOptions], words: tuple[str, ...]
) -> None:
    """It measures its own few; --part names the parts for which these options are."""
    with pytest.raises(click.UsageError, match=f"{words[0]} is for the parts that measure whole backends"):
        bench_options(*words).chosen(IN_ORDER)


def test_help_says_the_parts_and_the_defaults() -> None:
    """They come from the registry and the scales."""
    help_of = {parameter.name: getattr(parameter, "help", "") for parameter in bench.params}

    assert all(part.name in help_of["parts"] for part in PARTS)
    for name in ("slices", "processes"):
        defaults = [str(getattr(SCALES[scale](), name)) for scale in ("default", "quick", "full")]
        assert help_of[name].endswith("[default: {}; {} if --quick; {} if --full]".format(*defaults))
