"""The files of pyperf, one for each arm: written in pyperf's format, read as samples in nanoseconds."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyperf

from taskgauge.reports.run_folder.errors import RunFileBroken
from taskgauge.reports.run_folder.records import Sample

# The errors that pyperf raises for a file that is cut short or edited; it has no error class of its own.
_BROKEN = (ValueError, TypeError, KeyError, AttributeError, IndexError, EOFError, RecursionError)


def add_pyperf(
    path: Path, name: str, processes: Sequence[tuple[int, Sequence[float]]], metadata: Mapping[str, str | int]
) -> None:
    """Add a benchmark to a file, or replace a benchmark of the same name; the file is whole at any time.

    `processes` are pairs of a process number and the seconds per operation of its slices, in order.
    """
    runs = [
        pyperf.Run(
            list(values),
            metadata={"name": name, "unit": "second", "process": str(number), **metadata},
            collect_metadata=False,
        )
        for number, values in processes
    ]
    benchmarks = [pyperf.Benchmark(runs)]
    if path.exists():
        earlier = pyperf.BenchmarkSuite.load(str(path)).get_benchmarks()
        benchmarks = [benchmark for benchmark in earlier if benchmark.get_name() != name] + benchmarks
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    pyperf.BenchmarkSuite(benchmarks).dump(str(unfinished), compact=True, replace=True)
    unfinished.replace(path)


def read_pyperf(path: Path, part: str) -> list[Sample]:
    """Return the values of all benchmarks of the file `<arm>.json`; a run is a process, its values are slices in order.

    Raises RunFileBroken.
    """
    try:
        suite = pyperf.BenchmarkSuite.load(str(path))
        return [
            Sample(
                part=part,
                metric=benchmark.get_name(),
                arm=path.stem,
                value=value * 1e9,
                process=int(run.get_metadata()["process"]),
                slice=number,
            )
            for benchmark in suite.get_benchmarks()
            for run in benchmark.get_runs()
            for number, value in enumerate(run.values)
        ]
    except OSError as error:
        raise RunFileBroken(path, error.strerror or "it could not be opened") from error
    except _BROKEN as error:
        raise RunFileBroken(path, f"pyperf says {error}") from error
