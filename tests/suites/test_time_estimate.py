"""The estimate of the time that a target's tests take."""

from math import isclose

import pytest

from taskgauge.backends.descriptors.guarantees import Bounds
from taskgauge.suites.conformance.harness.time_estimate import TimeEstimate, TypicalSeconds, typical_seconds

TABLE = {"other": 1.0, "test_long": 60.0, "test_what_becomes_of_tasks_whose_worker_is_killed": 5.0}
ITEMS = [*(f"test_a::test_{number}" for number in range(40)), "test_b::test_long[one]", "test_b::test_long[two]"]


def test_before_the_first_test() -> None:
    """The estimate is the sum of the typical times."""
    estimate = TimeEstimate(TypicalSeconds(TABLE, 0.0))

    estimate.collected(ITEMS)

    assert (estimate.left, estimate.predicted, estimate.share) == (160.0, 160.0, 0.0)


@pytest.mark.parametrize("pace", [0.25, 1.0, 3.0])
def test_pace(pace: float) -> None:
    """After a third of the time the estimate follows a run that is slower or faster, within a factor of 1.5."""
    estimate = TimeEstimate(TypicalSeconds(TABLE, 0.0))
    estimate.collected(ITEMS)
    for item in ITEMS[:41]:
        estimate.finished(item, pace * (60.0 if "long" in item else 1.0))

    assert estimate.left / (60.0 * pace) == pytest.approx(1.0, rel=0.5)
    assert isclose(estimate.share, 100 / 160)


def test_end() -> None:
    """Nothing is left after the last test."""
    estimate = TimeEstimate(TypicalSeconds(TABLE, 0.0))
    estimate.collected(ITEMS)
    for item in ITEMS:
        estimate.finished(item, 1.0)

    assert (estimate.left, estimate.share) == (0.0, 1.0)


def test_documented_recovery() -> None:
    """A test that waits for the documented recovery takes so much longer."""
    item = "test_w::test_what_becomes_of_tasks_whose_worker_is_killed"

    assert TypicalSeconds(TABLE, 20.0).of(item) == 25.0


def test_places() -> None:
    """Tests of a target with a worker take longer than those of a target without."""
    bounds = Bounds.read(None)
    worker, process = typical_seconds("worker", bounds), typical_seconds("threads", bounds)

    assert worker.of("test_worker::test_an_idle_worker_takes_tasks") > process.of(
        "test_worker::test_an_idle_worker_takes_tasks"
    )
