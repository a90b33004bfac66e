"""Ordering: one item a verb, in which all comparabilities are interleaved slice by slice."""

from pathlib import Path

import pytest

from taskgauge.suites.bench.progress import Progress
from taskgauge.suites.options import Options
from taskgauge.suites.ordering.comparabilities import ARMS
from taskgauge.suites.ordering.verbs import VERBS
from taskgauge.suites.records import add_pyperf
from taskgauge.suites.result_types.operations import Verb
from taskgauge.suites.result_types.rounds import run_rounds


@pytest.mark.parametrize("verb", VERBS, ids=[verb.name for verb in VERBS])
def test_ordering(verb: Verb, options: Options, run_folder: Path, progress: Progress) -> None:
    """Seconds per result that is put in order, of each comparability, in fresh processes."""
    verbs = ("taskgauge.suites.ordering.verbs", "BY_NAME")
    rounds = run_rounds(verbs, verb.name, list(ARMS.values()), options, progress)
    for arm, path in ARMS.items():
        metadata: dict[str, str | int] = {"timer": "time.process_time()", "loops": rounds.loops[path]}
        metadata["inner_loops"] = verb.operations
        add_pyperf(run_folder / "ordering" / f"{arm}.json", verb.name, rounds.seconds[path], metadata)
