"""The ordering suite: one item for each operation, which times all sort orders in turn, slice by slice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from taskgauge.reports.run_folder.pyperf_files import add_pyperf
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.shapes.operation import Operation
from taskgauge.suites.shapes.sorting.operations import OPERATIONS
from taskgauge.suites.shapes.sorting.sort_orders import ARMS
from taskgauge.suites.shapes.time.rounds import TimingProcesses, run_rounds, seconds_of_rounds


def predicted_seconds(options: Options, _name: str, *, operation: Operation) -> float:
    """Return the approximate seconds of an item."""
    return seconds_of_rounds(operation, len(ARMS), options.scale, operations=len(OPERATIONS))


@pytest.fixture(scope="module")
def processes(options: Options) -> Iterator[TimingProcesses]:
    """Return the processes that time all operations."""
    with TimingProcesses(list(ARMS.values()), options.seed) as living:
        yield living


@pytest.mark.parametrize("operation", OPERATIONS, ids=[operation.name for operation in OPERATIONS])
def test_ordering(
    operation: Operation, processes: TimingProcesses, options: Options, run_folder: Path, progress: Progress
) -> None:
    """Record the seconds per sorted result of each sort order, in several processes."""
    operations = ("taskgauge.suites.shapes.sorting.operations", "BY_NAME")
    rounds = run_rounds(processes, operations, operation.name, list(ARMS.values()), options, progress=progress)
    for arm, path in ARMS.items():
        metadata: dict[str, str | int] = {"timer": "time.process_time()", "loops": rounds.loops[path]}
        metadata["inner_loops"] = operation.repeats
        add_pyperf(run_folder / "ordering" / f"{arm}.json", operation.name, rounds.seconds[path], metadata)
