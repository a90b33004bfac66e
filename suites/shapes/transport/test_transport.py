"""Transport: results through a real pipe to another process and back, one by one and in batches of 1,000."""

from pathlib import Path
from typing import Any

import pytest

from taskgauge.reports.run_folder.writer import Sample, add_left_out, add_samples
from taskgauge.suites.run_control.memory import Need
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.shapes.arms import headline
from taskgauge.suites.shapes.fresh_process import measure
from taskgauge.suites.shapes.operations import BATCH
from taskgauge.suites.shapes.option_set import options_of
from taskgauge.suites.shapes.time.rounds import hash_seed

PIPE = "taskgauge.suites.shapes.transport.pipe"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One item for every size and headline arm."""
    options = options_of(metafunc.config)
    if "size" in metafunc.fixturenames:
        metafunc.parametrize("size", options.scale.growth)
        metafunc.parametrize("arm", headline(options))


def memory_need(options: Options) -> Need:
    """Messages are made in portions of 10,000 results whatever the scale, so the need does not grow with it."""
    del options
    return Need(fixed_bytes=400 * 2**20, bytes_per_task=0, tasks=0)


@pytest.mark.parametrize("batch", [1, BATCH], ids=["one by one", "in batches"])
@pytest.mark.measures("pipe-rate", "pipe-bytes", "task-copies")
def test_pipe(batch: int, options: Options, run_folder: Path, progress: Progress) -> None:
    """All arms in turn, slice by slice, through one pipe; in several fresh pairs of processes."""
    scale = options.scale
    job = {
        "arms": headline(options),
        "count": BATCH if batch > 1 else 100,
        "batch": batch,
        "slices": max(1, scale.small // 6000),
        "copies_of": 0,
    }
    for process in range(scale.processes):
        copies_of = min(scale.small, 2 * BATCH) if process == 0 else 0
        order = f"{options.seed} pipe {batch} {process}"
        turn = {**job, "order": order, "copies_of": copies_of}
        _record(run_folder, measure(PIPE, turn, hash_seed=hash_seed(options.seed, process)), turn, process)
        progress.step(process + 1, scale.processes, "pairs of processes")


@pytest.mark.measures("pipe-rate")
def test_pipe_at_scale(size: int, arm: str, options: Options, run_folder: Path) -> None:
    """All results of one arm through one pipe, in batches."""
    job = {"arms": [arm], "count": size, "batch": BATCH, "slices": 1, "copies_of": 0, "order": "0"}
    _record(run_folder, measure(PIPE, job, hash_seed=hash_seed(options.seed, 0)), job, 0)


def _record(run_folder: Path, answer: dict[str, Any], job: dict[str, Any], process: int) -> None:
    condition = {"batch": job["batch"]}
    samples = []
    for arm, measured in answer["arms"].items():
        samples += [
            Sample(
                measure="pipe-rate",
                arm=arm,
                value=rate,
                unit="tasks/s",
                process=process,
                slice=number,
                size=job["count"],
                condition=condition,
            )
            for number, rate in enumerate(measured["rates"])
        ]
        if job["copies_of"]:
            samples += [
                Sample(
                    measure="pipe-bytes",
                    arm=arm,
                    value=measured["bytes"],
                    unit="B/task",
                    size=job["count"],
                    condition=condition,
                ),
                Sample(
                    measure="task-copies",
                    arm=arm,
                    value=measured["copies"],
                    unit="Task objects",
                    size=job["copies_of"],
                    condition=condition,
                ),
            ]
    add_left_out(run_folder, "transport", "pipe-rate", answer["left_out"])
    if not samples:
        pytest.skip("; ".join(dict.fromkeys(answer["left_out"].values())))
    add_samples(run_folder / "transport" / "transport.json", samples)
