"""What the suites write into a run folder: samples, pyperf files, what was left out; each file whole at any time."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyperf

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """
    One measured number.

    `process` numbers the fresh process that gave it and `slice` its place there: equal numbers across arms are pairs.
    `size` is a number of tasks, None where it plays no part.
    """

    measure: str
    arm: str
    value: float
    unit: str
    process: int = 0
    slice: int = 0
    size: int | None = None
    condition: Mapping[str, str | int] = field(default_factory=dict)


def add_samples(path: Path, samples: Iterable[Sample]) -> None:
    """Append samples to a file of ours, which is made if it is not there."""
    document = _read(path, "samples")
    document["samples"] += [asdict(sample) for sample in samples]
    write_whole(path, json.dumps(document) + "\n")


def add_left_out(run_folder: Path, part: str, measure: str, reasons: Mapping[str, str]) -> None:
    """Record, once, why arms take no part in a measure (arm: reason)."""
    path = run_folder / "left_out.json"
    document = _read(path, "rows")
    rows = [{"part": part, "measure": measure, "arm": arm, "reason": reason} for arm, reason in reasons.items()]
    document["rows"] += [row for row in rows if row not in document["rows"]]
    write_whole(path, json.dumps(document, indent=1) + "\n")


def add_pyperf(
    path: Path, name: str, processes: Sequence[tuple[int, Sequence[float]]], metadata: Mapping[str, str | int]
) -> None:
    """
    Add a benchmark to a file in pyperf's own format, which is made if it is not there.

    `processes` are numbered fresh processes with the seconds per operation of their slices, in order.
    """
    runs = [
        pyperf.Run(
            list(values),
            metadata={"name": name, "unit": "second", "process": str(number), **metadata},
            collect_metadata=False,
        )
        for number, values in processes
    ]
    added = pyperf.Benchmark(runs)
    benchmarks = [added]
    if path.exists():
        earlier = pyperf.BenchmarkSuite.load(str(path)).get_benchmarks()
        benchmarks = [benchmark for benchmark in earlier if benchmark.get_name() != name] + benchmarks
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    pyperf.BenchmarkSuite(benchmarks).dump(str(unfinished), compact=True, replace=True)
    unfinished.replace(path)


def write_whole(path: Path, text: str) -> None:
    """Write a file so that whoever reads it, at any time, finds the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


def _read(path: Path, key: str) -> dict[str, Any]:
    if not path.exists():
        return {"format": FORMAT, key: []}
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document
