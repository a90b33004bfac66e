"""Ordering: one item a verb, in which all comparabilities are interleaved slice by slice."""

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
    """Return about how many seconds an item takes."""
    return seconds_of_rounds(verb, len(ARMS), options.scale)


@pytest.mark.parametrize("verb", VERBS, ids=[verb.name for verb in VERBS])
def test_ordering(verb: Verb, options: Options, run_folder: Path, progress: Progress) -> None:
    """Seconds per result that is put in order, of each comparability, in fresh processes."""
    verbs = ("taskgauge.suites.shapes.sorting.operations", "BY_NAME")
    rounds = run_rounds(verbs, verb.name, list(ARMS.values()), options, progress)
    for arm, path in ARMS.items():
        metadata: dict[str, str | int] = {"timer": "time.process_time()", "loops": rounds.loops[path]}
        metadata["inner_loops"] = verb.operations
        add_pyperf(run_folder / "ordering" / f"{arm}.json", verb.name, rounds.seconds[path], metadata)
