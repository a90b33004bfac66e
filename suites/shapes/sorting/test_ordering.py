"""The ordering suite: one item for each operation, which times all sort orders in turn, slice by slice."""

from pathlib import Path

import pytest

from taskgauge.reports.run_folder.pyperf_files import add_pyperf
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.shapes.operation import Verb
from taskgauge.suites.shapes.sorting.operations import VERBS
from taskgauge.suites.shapes.sorting.sort_orders import ARMS
from taskgauge.suites.shapes.time.rounds import run_rounds, seconds_of_rounds


def predicted_seconds(options: Options, _name: str, *, verb: Verb) -> float:
    """Return the approximate seconds of an item."""
    return seconds_of_rounds(verb, len(ARMS), options.scale)


@pytest.mark.parametrize("verb", VERBS, ids=[verb.name for verb in VERBS])
def test_ordering(verb: Verb, options: Options, run_folder: Path, progress: Progress) -> None:
    """Record the seconds per sorted result of each sort order, in fresh processes."""
    verbs = ("taskgauge.suites.shapes.sorting.operations", "BY_NAME")
    rounds = run_rounds(verbs, verb.name, list(ARMS.values()), options, progress)
    for arm, path in ARMS.items():
        metadata: dict[str, str | int] = {"timer": "time.process_time()", "loops": rounds.loops[path]}
        metadata["inner_loops"] = verb.operations
        add_pyperf(run_folder / "ordering" / f"{arm}.json", verb.name, rounds.seconds[path], metadata)
