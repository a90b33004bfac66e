"""The samples of a part in a published folder: one line of JSON for each metric, arm, condition and size."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from taskgauge.reports.run_folder.documents import read_stream, write_whole
from taskgauge.reports.run_folder.records import Sample

DIGITS = 6
"""The significant digits of a published value that is no count; the clock of a slice has fewer."""


class Group(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The samples that differ only in process and slice.

    A run is a list of the process, its first slice, and the values of consecutive slices, in the unit of the metric.
    """

    metric: str
    arm: str
    runs: list[list[float]]
    condition: dict[str, str | int] = {}
    size: int | None = None


def write_groups(path: Path, samples: Iterable[Sample], exact: frozenset[str]) -> None:
    """Write samples; values of the metrics `exact` stay as they are, others are rounded. Raises OSError."""
    groups: dict[tuple[object, ...], list[Sample]] = {}
    for sample in samples:  # in the order of the run, in which a report shows its rows
        groups.setdefault((sample.metric, sample.arm, sample.conditions, sample.size), []).append(sample)
    lines = []
    for mine in groups.values():
        first = mine[0]
        record = Group(
            metric=first.metric,
            arm=first.arm,
            runs=_runs(mine, is_exact=first.metric in exact),
            condition=first.condition,
            size=first.size,
        )
        lines.append(json.dumps(msgspec.to_builtins(record), separators=(",", ":")))
    write_whole(path, "".join(f"{line}\n" for line in lines))


def read_groups(path: Path, part: str) -> list[Sample]:
    """Return the samples of a file of groups. Raises RunFileBroken, which names the line."""
    groups = read_stream(path, Group, _fault)
    return [
        Sample(
            part=part,
            metric=group.metric,
            arm=group.arm,
            value=value,
            process=int(process),
            slice=int(start) + place,
            size=group.size,
            condition=group.condition,
        )
        for group in groups
        for process, start, *values in group.runs
        for place, value in enumerate(values)
    ]


def _fault(group: Group) -> str:
    if any(len(run) < 3 or run[0] % 1 or run[1] % 1 for run in group.runs):
        return "a run needs a process, a slice and at least one value"
    return ""


def _runs(samples: Sequence[Sample], *, is_exact: bool) -> list[list[float]]:
    runs: list[list[float]] = []
    last: tuple[int, int] | None = None
    for sample in sorted(samples, key=lambda sample: (sample.process, sample.slice)):
        if last != (sample.process, sample.slice - 1):
            runs.append([sample.process, sample.slice])
        runs[-1].append(_short(sample.value if is_exact else _rounded(sample.value)))
        last = sample.process, sample.slice
    return runs


def _rounded(value: float) -> float:
    """Return a value with `DIGITS` significant digits, and one after the point, since reports print whole numbers."""
    return round(value, 1) if abs(value) >= 10 ** (DIGITS - 1) else float(f"{value:.{DIGITS}g}")


def _short(value: float) -> float:
    """Return a whole number as an integer, which is shorter in JSON."""
    return int(value) if value % 1 == 0 else value
