"""The time suite: one item for each operation, which times all arms in turn, slice by slice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from taskgauge.reports.run_folder.pyperf_files import add_pyperf
from taskgauge.reports.run_folder.records import add_left_out
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.shapes.arms import arms_of
from taskgauge.suites.shapes.operation import Operation
from taskgauge.suites.shapes.operations import OPERATIONS
from taskgauge.suites.shapes.time.rounds import TimingProcesses, run_rounds, seconds_of_rounds

TIMER = "time.process_time()"


def predicted_seconds(options: Options, _name: str, *, operation: Operation) -> float:
    """Return the approximate seconds of an item."""
    arms = arms_of(options, lazy=operation.lazy, everyone=operation.everyone)
    return seconds_of_rounds(operation, len(arms), options.scale, operations=len(OPERATIONS))


@pytest.fixture(scope="module")
def processes(options: Options) -> Iterator[TimingProcesses]:
    """Return the processes that time all operations."""
    with TimingProcesses(arms_of(options, lazy=True, everyone=True), options.seed) as living:
        yield living


@pytest.mark.parametrize(
    "operation",
    [
        pytest.param(operation, id=operation.name, marks=[pytest.mark.on_request] if operation.on_request else [])
        for operation in OPERATIONS
    ],
)
def test_time(
    operation: Operation, processes: TimingProcesses, options: Options, run_folder: Path, progress: Progress
) -> None:
    """Record the seconds per operation of every arm, in several processes."""
    arms = arms_of(options, lazy=operation.lazy, everyone=operation.everyone)
    rounds = run_rounds(
        processes,
        ("taskgauge.suites.shapes.operations", "BY_NAME"),
        operation.name,
        arms,
        options,
        progress=progress,
        often=operation.often,
    )
    add_left_out(run_folder, "time", operation.name, rounds.left_out)
    if not rounds.seconds:
        pytest.skip(f"no baseline to compare with: {rounds.left_out[arms[0]]}")
    for arm, values in rounds.seconds.items():
        metadata: dict[str, str | int] = {"loops": rounds.loops[arm], "inner_loops": operation.unroll, "timer": TIMER}
        add_pyperf(run_folder / "time" / f"{arm}.json", operation.name, values, metadata)
