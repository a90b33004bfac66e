"""What the kept gates came to, and what other tools say of the very same pairs."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

import pyperf
from tabulate import tabulate

from taskgauge.reports.gate.pairs import DUET, Pair, read_pairs

FAIL = 0.05
"""`--benchmark-compare-fail=mean:5%`."""


def table(folder: Path) -> str:
    """Return a row for each folder of gates of one kind, and for each calibration; what is unfinished is left out."""
    rows = [_row(about.parent) for about in sorted(folder.glob("*/about.json"))]
    rows += [_alike(run) for run in sorted(folder.glob("*/calibration.json"))]
    headers = ("Kind", "Measured", "Gates", "REGRESSION", "INCONCLUSIVE", "Longest (s)", "pyperf", "pytest-benchmark")
    return tabulate(rows, headers=headers)


def _row(folder: Path) -> tuple[str, ...]:
    facts = json.loads((folder / "about.json").read_text())
    gates = [path.parent for path in sorted(folder.glob("gate-*/gate.json"))]
    verdicts = [json.loads((gate / "gate.json").read_text())["verdict"] for gate in gates]
    pairs = [[one for one in read_pairs(gate / DUET) if _is_first(one)] for gate in gates]
    seconds = [int(path.read_text()) for path in folder.glob("gate-*.seconds")]
    return (
        folder.name,
        f"{facts['measured']:+.1%}",
        str(len(gates)),
        str(verdicts.count("REGRESSION")),
        str(verdicts.count("INCONCLUSIVE")),
        str(max(seconds, default=0)),
        _share(list(map(pyperf_finds, pairs))),
        _share([pytest_benchmark_finds(one) for gate in pairs for one in gate]),
    )


def _alike(calibration: Path) -> tuple[str, ...]:
    """Return what the other tools say of pairs without a change: each ten of them, each one of them."""
    found = json.loads(calibration.read_text())
    pairs = read_pairs(calibration.parent / DUET)
    verbs = dict.fromkeys(one.verb for one in pairs)
    tens = []
    for verb in verbs:
        of_verb = [one for one in pairs if one.verb == verb]
        tens += [of_verb[at : at + 10] for at in range(0, len(of_verb) - 9, 10)]
    return (
        f"{calibration.parent.name}: no change",
        "",
        str(found["gates"]),
        str(found["false_alarms"]),
        str(found["inconclusive"]),
        "",
        _share(list(map(pyperf_finds, tens))),
        _share([pytest_benchmark_finds(one) for one in pairs]),
    )


def _is_first(one: Pair) -> bool:
    return one.round == "first" and one.comparison == "head" and one.verb.partition("@")[0] == "enqueue"


def _share(found: Sequence[bool]) -> str:
    return f"{sum(found)} of {len(found)}"


def pytest_benchmark_finds(pair: Pair) -> bool:
    """Say whether the mean of head's process is more than 5 % above base's."""
    return mean(pair.head_ns) > (1 + FAIL) * mean(pair.base_ns)


def pyperf_finds(pairs: Sequence[Pair]) -> bool:
    """Say whether `pyperf compare_to` calls head slower, with a run for each process."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{side}.json" for side in ("base", "head")]
        for file, side in zip(files, ("base_ns", "head_ns"), strict=True):
            pyperf.Benchmark([_run(getattr(one, side), one.loops) for one in pairs]).dump(str(file))
        words = [sys.executable, "-m", "pyperf", "compare_to", *map(str, files)]
        said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    return "slower" in said and "Not significant" not in said


def _run(nanoseconds: Sequence[int], loops: int) -> pyperf.Run:
    values = [ns / loops / 1e9 for ns in nanoseconds]
    return pyperf.Run(values, metadata={"name": "enqueue"}, collect_metadata=False)
