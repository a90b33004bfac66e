"""Writes what was dispatched to the run folder: samples and raw latencies."""

import gzip
from array import array
from collections.abc import Iterator
from pathlib import Path

from taskgauge.reports.run_folder.records import Sample, add_samples
from taskgauge.suites.calls.quantile import quantile
from taskgauge.suites.dispatch.turns import Dispatched

PART = "dispatch"
QUANTILES = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999}
_NS_PER_US = 1_000


def samples_of(
    dispatched: Dispatched, target: str, arm: str, *, process: int, size: int | None = None
) -> Iterator[Sample]:
    """Yield the samples of an arm in one process; `size` is the number of kept tasks, None for slices."""

    def sample(metric: str, value: float, turn: int = 0) -> Sample:
        return Sample(
            part=PART,
            metric=metric,
            arm=arm,
            value=value,
            process=process,
            slice=turn,
            size=size,
            condition={"target": target},
        )

    yield from (sample("dispatch-rate", rate, turn) for turn, rate in enumerate(dispatched.rates))
    yield sample("unaccounted", 0)
    for name, numbers in (("enqueue", dispatched.enqueue), ("start", dispatched.start)):
        yield from (sample(f"{name}-{label}", value) for label, value in microseconds(numbers))


def write_unaccounted(run_folder: Path, target: str, arm: str, count: int, *, process: int, size: int | None) -> None:
    """Record the number of lost or doubled tasks instead of figures."""
    lost = Sample(
        part=PART,
        metric="unaccounted",
        arm=arm,
        value=count,
        process=process,
        size=size,
        condition={"target": target},
    )
    add_samples(run_folder, [lost])


def microseconds(numbers: array[int]) -> Iterator[tuple[str, float]]:
    """Yield name and value of each quantile for which there are enough numbers, and of the maximum if there are any."""
    ordered = sorted(numbers)
    for label, share in QUANTILES.items():
        value = quantile(ordered, share)
        if value is not None:
            yield label, value / _NS_PER_US
    if ordered:
        yield "max", ordered[-1] / _NS_PER_US


def write_latencies(run_folder: Path, name: str, dispatched: Dispatched) -> None:
    """Write the raw latencies of kept tasks; `name` is the beginning of the names of two files."""
    for kind, numbers in (("enqueue", dispatched.enqueue), ("start", dispatched.start)):
        file_name = "".join(letter if letter.isalnum() or letter in "-@." else "_" for letter in name)
        write_raw(run_folder / PART / f"{file_name}-{kind}.i64.gz", numbers)


def write_raw(path: Path, numbers: array[int]) -> None:
    """Write nanoseconds by task number as 64-bit integers, little-endian, compressed."""
    ordered = numbers[:]
    if ordered.itemsize != 8:
        raise OverflowError("this Python's arrays have no 64-bit integers")
    if _BIG_ENDIAN:
        ordered.byteswap()
    path.parent.mkdir(parents=True, exist_ok=True)
    # Without the time in the header, equal numbers make equal files.
    path.write_bytes(gzip.compress(ordered.tobytes(), compresslevel=1, mtime=0))


_BIG_ENDIAN = array("H", [1]).tobytes() == b"\x00\x01"
