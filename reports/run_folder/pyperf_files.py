"""pyperf's own files, one an arm, as samples in nanoseconds."""

from pathlib import Path

import pyperf

from taskgauge.reports.run_folder.errors import RunFileBroken
from taskgauge.reports.run_folder.samples import Sample

# What pyperf is seen to raise on a file that is cut short or edited; it has no error class of its own.
_BROKEN = (ValueError, TypeError, KeyError, AttributeError, IndexError, EOFError, RecursionError)


def read_pyperf(path: Path, part: str) -> list[Sample]:
    """Return the values of each benchmark of the file `<arm>.json`: one process a run, its slices in order.

    Raises RunFileBroken.
    """
    try:
        suite = pyperf.BenchmarkSuite.load(str(path))
        return [
            Sample(
                part=part,
                measure=benchmark.get_name(),
                arm=path.stem,
                value=value * 1e9,
                unit="ns",
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
