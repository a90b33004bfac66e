"""What the kept gates came to, and what other tools say of the very same pairs."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Self

import pyperf
from tabulate import tabulate

from gate_validation.slowed import NOTHING
from taskgauge.reports.judging.gate.calibration import calibration
from taskgauge.reports.judging.gate.decision import FindingStatus
from taskgauge.reports.judging.gate.rounds import DuetResult, weigh
from taskgauge.reports.run_folder.duet_pairs import DUET, Pair, read_pairs
from taskgauge.reports.run_folder.gate_files import GateOptions

FAIL = 0.05
"""`--benchmark-compare-fail=mean:5%`."""
_SLOWED = ("enqueue@", "aenqueue@")
"""How the names of the operations begin that head is slower in; `aenqueue` calls `enqueue`."""
_FOUND = "enqueue@"
"""How the name of the operation begins that must be found: in `aenqueue` the same work is a smaller share."""
HEADERS = (
    *("", "Head takes", "Gates", "Found", "False", "No verdict", "Longest (s)"),
    *("pyperf compare_to: found", "false"),
    *("the same with --min-speed=5: found", "false"),
    *("pytest-benchmark: found", "false"),
)


def table(folder: Path) -> str:
    """Return a row for each folder of gates of one kind, and for each of a calibration.

    `Found` are gates that call the slowed operation slower, `False` those that call another slower or faster.
    Of other tools only what they call slower counts: pyperf is given the first ten pairs of a gate, and
    pytest-benchmark, which compares one run with one other, each pair. What is unfinished is left out.
    """
    rows = [_row(about.parent) for about in sorted(folder.glob("*/about.json"))]
    rows += [_alike(duet.parents[1]) for duet in sorted(folder.glob(f"*/{DUET}"))]
    return tabulate(rows, headers=HEADERS)


def _row(folder: Path) -> tuple[str, ...]:
    facts = json.loads((folder / "about.json").read_text())
    ended = sorted(folder.glob("gate-*.seconds"))
    gates = [read_pairs(path.with_suffix("") / DUET) for path in ended]
    judged = [_Judged.of(weigh(pairs, GateOptions()), facts["kind"]) for pairs in gates]
    heads = [[one for one in pairs if (one.round, one.comparison) == ("first", "head")] for pairs in gates]
    figures = (
        f"{facts['measured']:+.1%}",
        len(gates),
        "" if facts["kind"] == NOTHING else sum(one.finds for one in judged),
        sum(one.cries_wolf for one in judged),
        sum(one.is_left_open for one in judged),
        max((int(path.read_text()) for path in ended), default=0),
    )
    slowed = [[one for one in pairs if one.operation.startswith(_FOUND)] for pairs in heads if facts["kind"] != NOTHING]
    others = [[one for one in pairs if not _may_be_slower(one.operation, facts["kind"])] for pairs in heads]
    return (folder.name, *map(str, figures), *_other_tools([pairs for pairs in slowed if pairs], others))


def _may_be_slower(operation: str, kind: str) -> bool:
    return kind != NOTHING and operation.startswith(_SLOWED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """What one gate came to."""

    finds: bool
    cries_wolf: bool
    is_left_open: bool

    @classmethod
    def of(cls, duet: DuetResult, kind: str) -> Self:
        """Judge as a gate does: what is not believed finds nothing."""
        if duet.distrusted:
            return cls(finds=False, cries_wolf=False, is_left_open=True)
        slower, wrong, left = (
            [one.operation for one in duet.decision.standing(*standings)]
            for standings in (
                (FindingStatus.SLOWER,),
                (FindingStatus.SLOWER, FindingStatus.FASTER),
                (FindingStatus.OPEN,),
            )
        )
        finds = any(operation.startswith(_FOUND) for operation in slower)
        return cls(
            finds=finds,
            cries_wolf=any(not _may_be_slower(operation, kind) for operation in wrong),
            is_left_open=bool(left) and not slower,
        )


def _alike(folder: Path) -> tuple[str, ...]:
    """Return what is said of pairs without a change; the other tools take ten of them for a gate."""
    found = calibration(folder)
    pairs = read_pairs(folder / DUET)
    tens = [[one for one in pairs if one.pair // 10 == number] for number in range(found.pairs // 10)]
    wrong = found.false_alarms + found.false_improvements
    figures = ("+0.0%", found.gates, "", wrong, found.inconclusive, "")
    return (folder.name, *map(str, figures), *_other_tools([], tens))


def _other_tools(slowed: Sequence[Sequence[Pair]], others: Sequence[Sequence[Pair]]) -> Iterator[str]:
    """Give what each of the other tools finds in these gates, and what it takes for slower that is not."""
    for options in ((), (f"--min-speed={100 * FAIL:g}",)):
        finds = partial(pyperf_finds, options=options)
        yield _share([finds(pairs) for gate in slowed for pairs in _by(gate, "verb")])
        yield _share([any(map(finds, _by(gate, "verb"))) for gate in others])
    yield _share([pytest_benchmark_finds(one) for gate in slowed for one in gate])
    yield _share([any(map(pytest_benchmark_finds, one)) for gate in others for one in _by(gate, "pair")])


def _by(pairs: Sequence[Pair], name: str) -> list[list[Pair]]:
    found: dict[object, list[Pair]] = {}
    for one in pairs:
        found.setdefault(getattr(one, name), []).append(one)
    return list(found.values())


def _share(found: Sequence[bool]) -> str:
    return f"{sum(found)} of {len(found)}" if found else ""


def pytest_benchmark_finds(pair: Pair) -> bool:
    """Say whether the mean of head's process is more than 5 % above base's."""
    return mean(pair.head_ns) > (1 + FAIL) * mean(pair.base_ns)


def pyperf_finds(pairs: Sequence[Pair], options: Sequence[str] = ()) -> bool:
    """Say whether `pyperf compare_to` calls head slower, with a run for each process."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{side}.json" for side in ("base", "head")]
        for file, side in zip(files, ("base_ns", "head_ns"), strict=True):
            pyperf.Benchmark([_run(getattr(one, side), one.loops) for one in pairs]).dump(str(file))
        words = [sys.executable, "-m", "pyperf", "compare_to", *options, *map(str, files)]
        said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    return "slower" in said and "Not significant" not in said


def _run(nanoseconds: Sequence[int], loops: int) -> pyperf.Run:
    values = [ns / loops / 1e9 for ns in nanoseconds]
    return pyperf.Run(values, metadata={"name": "enqueue"}, collect_metadata=False)
