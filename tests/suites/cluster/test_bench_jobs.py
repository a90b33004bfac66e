"""The command of each job of a bench run on a cluster is one that a host accepts, and means what the run meant."""

from collections.abc import Callable

import pytest

from taskgauge.reports.run_folder.declarations import PARTS
from taskgauge.suites.cli.bench_cluster import _jobs, _words
from taskgauge.suites.cli.bench_options import BenchOptions
from taskgauge.suites.cli.bench_survey import Planned


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--tasks", "5000000"),
        ("--full",),
        ("--part", "time", "--part", "idle", "--all-cells", "--target", "reference-memory"),
        ("--part", "enqueue", "--rows", "both", "--target", "reference-memory"),
    ],
    ids=["default", "tasks", "full", "two kinds", "rows"],
)
def test_jobs_mean_what_the_run_meant(bench_options: Callable[..., BenchOptions], words: tuple[str, ...]) -> None:
    """Options of whole backends go to their parts only; scale, depth and workloads are those of the run."""
    run = bench_options(*words)
    options = run.for_suites()
    planned = [Planned(part=part, items={}, repetitions=1) for part in run.chosen(PARTS)]
    jobs = list(_jobs(planned, options, _words(options, run), tasks=run.tasks, install=False))

    assert {job.part for job in jobs} == {plan.part.name for plan in planned}
    for job in jobs:
        command = bench_options(*job.arguments[1:])
        [part] = command.chosen(PARTS)
        mine = command.for_suites()
        if part.files == "traces":
            assert (mine.targets, mine.rows, mine.backlog) == (options.targets, options.rows, options.backlog)
            assert (mine.one_cell, mine.all_cells) == (options.one_cell, options.all_cells)
            assert mine.scale.name == options.scale.name
        else:
            assert mine.scale == options.scale
