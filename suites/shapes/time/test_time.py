"""The time suite: one item for each operation, which times all arms in turn, slice by slice."""

from pathlib import Path

import pytest

from taskgauge.reports.run_folder.pyperf_files import add_pyperf
from taskgauge.reports.run_folder.records import add_left_out
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.shapes.arms import arms_of
from taskgauge.suites.shapes.operation import Operation
from taskgauge.suites.shapes.operations import OPERATIONS
from taskgauge.suites.shapes.time.rounds import run_rounds, seconds_of_rounds

TIMER = "time.process_time()"


def predicted_seconds(options: Options, _name: str, *, operation: Operation) -> float:
    """Return the approximate seconds of an item."""
    return seconds_of_rounds(
        operation, len(arms_of(options, lazy=operation.lazy, everyone=operation.everyone)), options.scale
    )


@pytest.mark.parametrize("operation", OPERATIONS, ids=[operation.name for operation in OPERATIONS])
def test_time(operation: Operation, options: Options, run_folder: Path, progress: Progress) -> None:
    """Record the seconds per operation of every arm, in fresh processes."""
    arms = arms_of(options, lazy=operation.lazy, everyone=operation.everyone)
    rounds = run_rounds(
        ("taskgauge.suites.shapes.operations", "BY_NAME"),
        operation.name,
        arms,
        options,
        progress,
        often=operation.often,
    )
    add_left_out(run_folder, "time", operation.name, rounds.left_out)
    if not rounds.seconds:
        pytest.skip(f"no baseline to compare with: {rounds.left_out[arms[0]]}")
    for arm, processes in rounds.seconds.items():
        metadata: dict[str, str | int] = {"loops": rounds.loops[arm], "inner_loops": operation.unroll, "timer": TIMER}
        add_pyperf(run_folder / "time" / f"{arm}.json", operation.name, processes, metadata)
