"""Estimates how long the tests of a target take: from the typical time of each, and from the pace of the run."""

import tomllib
from collections.abc import Iterable
from pathlib import Path

from taskgauge.backends.descriptors.guarantees import Bounds

FILE = Path(__file__).parents[1] / "typical_seconds.toml"
"""Seconds of each test, for targets with a worker, with processes of the producer, and for others."""
_KNOWN = 10.0
"""Seconds of tests that the typical times count for, beside the tests that have ended."""
_WAITING = {
    "test_what_becomes_of_tasks_whose_worker_is_killed": 1.0,
    "test_a_task_that_waits_long_runs_once": 1.3,
    "test_a_task_that_takes_longer_than_its_backend_allows": 1.3,
}
"""Tests that wait for the documented recovery, and for how many times its seconds."""


def typical_seconds(runs: str, bounds: Bounds, target: str = "") -> "TypicalSeconds":
    """Return the typical times of a target's tests, by the place where its tasks run and by its bounds.

    The times of a catalogue target that has a factor are multiplied by it.
    """
    tables = tomllib.loads(FILE.read_text(encoding="utf-8"))
    table = tables[runs if runs in tables else "threads"]
    recovery = bounds.watched_recovery or 0.0 if runs == "worker" else 0.0
    return TypicalSeconds(table, recovery, tables["factors"].get(target, 1.0))


class TypicalSeconds:
    """The typical times of tests."""

    def __init__(self, table: dict[str, float], recovery: float, factor: float = 1.0) -> None:
        """Take the seconds by the names of functions, the documented seconds of a recovery, and the target's factor."""
        self._table = table
        self._recovery = recovery
        self._factor = factor

    @property
    def all(self) -> float:
        """The seconds of a whole run."""
        return self._factor * (self._table["all"] + sum(_WAITING.values()) * self._recovery)

    def of(self, item: str) -> float:
        """Return the seconds of a test, by its name in progress, such as `test_worker::test_x[SIGINT]`."""
        function = item.partition("::")[2].partition("[")[0]
        seconds = self._table.get(function, self._table["other"])
        return self._factor * (seconds + _WAITING.get(function, 0.0) * self._recovery)


class TimeEstimate:
    """The estimate of one run, which follows its pace."""

    def __init__(self, typical: TypicalSeconds, predicted: float = 0.0) -> None:
        """Begin without tests; `predicted` are the seconds that they are expected to take."""
        self.predicted = predicted
        """The seconds of all tests, as they seemed before the first of them."""
        self._typical = typical
        self._left: dict[str, float] = {}
        self._done = self._spent = 0.0

    def collected(self, items: Iterable[str]) -> None:
        """Take the tests of the run."""
        self._left = {item: self._typical.of(item) for item in items}
        self.predicted = sum(self._left.values())

    def finished(self, item: str, seconds: float) -> None:
        """Take the time of a test that has ended."""
        self._done += self._left.pop(item, 0.0)
        self._spent += seconds

    @property
    def share(self) -> float:
        """The share of the time that is over, from 0 to 1."""
        left = sum(self._left.values())
        return self._done / (self._done + left) if self._done else 0.0

    @property
    def left(self) -> float:
        """The seconds until the last test ends."""
        if not self._left and not self._done:
            return self.predicted
        return sum(self._left.values()) * (self._spent + _KNOWN) / (self._done + _KNOWN)
