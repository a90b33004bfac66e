"""Writes an item's raw latencies and samples to the run folder."""

import gzip
from array import array
from collections.abc import Iterator
from pathlib import Path

from taskgauge.backends.descriptors.reader import Target
from taskgauge.reports.run_folder.records import Sample, add_samples
from taskgauge.suites.calls.quantile import quantile
from taskgauge.suites.dispatch.launch import Dispatched
from taskgauge.suites.dispatch.plan import Item

PART = "dispatch"
QUANTILES = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999}
_NS_PER_US = 1_000
_NS_PER_S = 1_000_000_000


def rates(item: Item, dispatched: Dispatched) -> list[float]:
    """Return the tasks a second from the first start to the last finish, by turn."""
    spans = dispatched.outcome.spans_ns
    return [item.size / len(spans) * _NS_PER_S / span for span in spans]


def write_dispatched(run_folder: Path, item: Item, target: Target, repetition: int, dispatched: Dispatched) -> None:
    """Add an item's raw latencies and samples to a run folder."""
    for name, numbers in (("enqueue", dispatched.enqueue), ("start", dispatched.start)):
        write_raw(run_folder / PART / f"{repetition:04d}-{_file_name(item)}-{name}.i64.gz", numbers)
    samples = [
        *(
            _sample(item, target, repetition, "dispatch-rate", rate, turn=turn)
            for turn, rate in enumerate(rates(item, dispatched))
        ),
        _sample(item, target, repetition, "unaccounted", 0),
    ]
    for name, numbers in (("enqueue", dispatched.enqueue), ("start", dispatched.start)):
        samples += [
            _sample(item, target, repetition, f"{name}-{label}", value) for label, value in microseconds(numbers)
        ]
    add_samples(run_folder, samples)


def write_unaccounted(run_folder: Path, item: Item, target: Target, repetition: int, count: int) -> None:
    """Record the number of lost or doubled tasks instead of figures."""
    add_samples(run_folder, [_sample(item, target, repetition, "unaccounted", count)])


def microseconds(numbers: array[int]) -> Iterator[tuple[str, float]]:
    """Yield name and value of each quantile for which there are enough numbers, and of the maximum."""
    ordered = sorted(numbers)
    for label, share in QUANTILES.items():
        value = quantile(ordered, share)
        if value is not None:
            yield label, value / _NS_PER_US
    yield "max", ordered[-1] / _NS_PER_US


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


def conditions(target: Target) -> dict[str, str | int]:
    """Return the conditions that are printed beside a figure of this target."""
    worker = target.worker
    if worker is None or worker.poll_interval is None:
        return {"target": target.name}
    return {"target": target.name, "idle worker looks every": f"{worker.poll_interval:g} s"}


def _sample(item: Item, target: Target, repetition: int, metric: str, value: float, *, turn: int = 0) -> Sample:
    return Sample(
        part=PART,
        metric=metric,
        arm=item.arm,
        value=value,
        process=repetition,
        slice=turn,
        size=item.size,
        condition=conditions(target),
    )


def _file_name(item: Item) -> str:
    return "".join(letter if letter.isalnum() or letter in "-@." else "_" for letter in str(item))


_BIG_ENDIAN = array("H", [1]).tobytes() == b"\x00\x01"
