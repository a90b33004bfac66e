"""Compares the estimated seconds of a run's tests with the seconds that they took, by target and test module.

`python -m taskgauge.suites.conformance.harness.time_comparison RUN_FOLDER` prints a line for each target and module.
The typical times are right if the seconds of an idle machine are within a factor of `FACTOR` of the estimate.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from taskgauge.backends.descriptors.reader import load_target
from taskgauge.suites.conformance.harness.time_estimate import TypicalSeconds, typical_seconds

FACTOR = 1.5
"""The largest ratio of seconds and estimate, in either direction."""
ALL = "all"
"""The group of all tests of a target."""
_LEAST = 5.0
"""Seconds; a group that takes less, and is estimated at less, is too short to be judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The tests of one module, or all tests, of one target."""

    target: str
    group: str
    estimated: float
    """Seconds by the typical times."""
    taken: float
    """Seconds that the tests took."""

    @property
    def ratio(self) -> float:
        """The seconds that the tests took, by the estimate."""
        return self.taken / self.estimated if self.estimated else float("inf")

    @property
    def holds(self) -> bool:
        """True if the estimate is right within the factor, or the group is short."""
        return max(self.taken, self.estimated) < _LEAST or 1 / FACTOR <= self.ratio <= FACTOR


def compare(folder: Path, typical_of: Callable[[str], TypicalSeconds]) -> Iterator[Compared]:
    """Yield all tests, then each module, of each target of a run folder; tests that did not end are left out."""
    for file in sorted(folder.glob("log/conformance-*.jsonl")):
        target = file.stem.removeprefix("conformance-")
        typical = typical_of(target)
        groups: dict[str, tuple[float, float]] = {}
        for item, seconds in _finished(file.read_text(encoding="utf-8").splitlines()):
            for group in (ALL, item.partition("::")[0]):
                estimated, taken = groups.get(group, (0.0, 0.0))
                groups[group] = (estimated + typical.of(item), taken + seconds)
        for group, (estimated, taken) in groups.items():
            yield Compared(target=target, group=group, estimated=estimated, taken=taken)


def _finished(lines: Iterable[str]) -> Iterator[tuple[str, float]]:
    for line in filter(str.strip, lines):
        event = json.loads(line)
        if event["event"] == "finished":
            yield event["item"], event["seconds"]


def _typical_of(target: str) -> TypicalSeconds:
    descriptor = load_target(target).descriptor
    return typical_seconds(descriptor.runs, descriptor.bounds, target)


def main() -> None:
    """Print the comparison of the run folder that the command line names."""
    for row in compare(Path(sys.argv[1]), _typical_of):
        if row.group == ALL or not row.holds:
            mark = "" if row.holds else "  beyond the factor"
            name = f"{row.target} {row.group}"
            print(f"{name:60} {row.estimated:7.1f} s estimated {row.taken:7.1f} s taken {row.ratio:5.2f}{mark}")  # noqa: T201


if __name__ == "__main__":
    main()
