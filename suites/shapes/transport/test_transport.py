"""The transport suite: results go through a real pipe to another process and back, alone and in batches of 1,000."""

from pathlib import Path
from typing import Any

import pytest

from taskgauge.reports.run_folder.records import Sample, add_left_out, add_samples
from taskgauge.suites.run_control.memory import Need
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.shapes.arms import headline
from taskgauge.suites.shapes.fresh_process import measure
from taskgauge.suites.shapes.operations import BATCH
from taskgauge.suites.shapes.option_set import options_of
from taskgauge.suites.shapes.time.rounds import START, hash_seed

PIPE = "taskgauge.suites.shapes.transport.pipe"


_RESULT = 4e-5
"""Seconds of one result there and back, in batches."""
_COPY = 1.5e-4
"""Seconds to count the copies of one result on the other side."""
_OFTEN = 1.3
"""Processes for each of the scale's processes in batches of 1,000, since there a claim is close to its margin."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make an item for every size and headline arm."""
    options = options_of(metafunc.config)
    if "size" in metafunc.fixturenames:
        # `test_pipe` measures batches of this size. Results go in portions, so the largest size shows nothing new.
        sizes = (
            options.scale.growth if options.scale.name == "full" else options.scale.growth[:-1] or options.scale.growth
        )
        metafunc.parametrize("size", [size for size in sizes if size != BATCH])
        metafunc.parametrize("arm", headline(options))


def memory_need(options: Options) -> Need:
    """Return a need that does not grow with the scale, because messages are made in portions of 10,000 results."""
    del options
    return Need(fixed_bytes=400 * 2**20, bytes_per_task=0, tasks=0)


def predicted_seconds(options: Options, _name: str, *, batch: int = 0, size: int = 0, arm: str = "") -> float:
    """Return the approximate seconds of an item: two processes start, and results go there and back."""
    if arm:
        return 2 * START + size * _RESULT
    scale, arms = options.scale, len(headline(options))
    sent = max(1, scale.small // 6000) * (BATCH if batch > 1 else 100) * arms
    return _processes(options, batch) * (2 * START + sent * _RESULT) + min(scale.small, 2 * BATCH) * arms * _COPY


def _processes(options: Options, batch: int) -> int:
    return round(options.scale.processes * (_OFTEN if batch > 1 else 1))


@pytest.mark.parametrize("batch", [1, BATCH], ids=["one by one", "in batches"])
@pytest.mark.measures("pipe-rate", "pipe-bytes", "task-copies")
def test_pipe(batch: int, options: Options, run_folder: Path, progress: Progress) -> None:
    """Record rates of all arms in turn, slice by slice, through one pipe, in several fresh pairs of processes."""
    scale = options.scale
    job = {
        "arms": headline(options),
        "count": BATCH if batch > 1 else 100,
        "batch": batch,
        "slices": max(1, scale.small // 6000),
        "copies_of": 0,
    }
    processes = _processes(options, batch)
    for process in range(processes):
        copies_of = min(scale.small, 2 * BATCH) if process == 0 else 0
        order = f"{options.seed} pipe {batch} {process}"
        turn = {**job, "order": order, "copies_of": copies_of}
        _record(run_folder, measure(PIPE, turn, hash_seed=hash_seed(options.seed, process)), turn, process)
        progress.step(process + 1, processes, "pairs of processes")


@pytest.mark.measures("pipe-rate")
def test_pipe_at_scale(size: int, arm: str, options: Options, run_folder: Path) -> None:
    """Record the rate of all results of one arm through one pipe, in batches."""
    job = {"arms": [arm], "count": size, "batch": BATCH, "slices": 1, "copies_of": 0, "order": "0"}
    _record(run_folder, measure(PIPE, job, hash_seed=hash_seed(options.seed, 0)), job, 0)


def _record(run_folder: Path, answer: dict[str, Any], job: dict[str, Any], process: int) -> None:
    condition: dict[str, str | int] = {"batch": job["batch"]}
    samples = []
    for arm, measured in answer["arms"].items():
        samples += [
            Sample(
                part="transport",
                metric="pipe-rate",
                arm=arm,
                value=rate,
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
                    part="transport",
                    metric="pipe-bytes",
                    arm=arm,
                    value=measured["bytes"],
                    size=job["count"],
                    condition=condition,
                ),
                Sample(
                    part="transport",
                    metric="task-copies",
                    arm=arm,
                    value=measured["copies"],
                    size=job["copies_of"],
                    condition=condition,
                ),
            ]
    add_left_out(run_folder, "transport", "pipe-rate", answer["left_out"])
    if not samples:
        pytest.skip("; ".join(dict.fromkeys(answer["left_out"].values())))
    add_samples(run_folder, samples)
