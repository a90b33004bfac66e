"""The estimate of the time that a target's tests take."""

import json
from math import isclose
from pathlib import Path

import pytest

from taskgauge.backends.descriptors.guarantees import Bounds
from taskgauge.suites.conformance.harness.time_comparison import compare
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


def test_factor_of_a_target() -> None:
    """A target that is known to be slow takes longer by its factor; another target of its kind does not."""
    bounds, item = Bounds.read(None), "test_worker::test_an_idle_worker_takes_tasks"
    usual = typical_seconds("processes", bounds, "reference-process")
    slow = typical_seconds("processes", bounds, "django-tasks-local-processes")

    assert slow.all == pytest.approx(5.7 * usual.all)
    assert slow.of(item) == pytest.approx(5.7 * usual.of(item))
    assert usual.all == typical_seconds("processes", bounds).all


def test_comparison(tmp_path: Path) -> None:
    """Each module of a run is compared with its estimate, and one that takes twice as long is beyond the factor."""
    seconds = {"test_a::test_1": 4.0, "test_a::test_2": 4.0, "test_b::test_long[one]": 120.0, "test_b::test_3": 1.0}
    lines = [{"event": "finished", "item": item, "seconds": taken} for item, taken in seconds.items()]
    (tmp_path / "log").mkdir()
    text = "\n".join(map(json.dumps, [{"event": "collected", "items": [*seconds]}, *lines]))
    (tmp_path / "log" / "conformance-mine@sqlite.jsonl").write_text(text)

    rows = list(
        compare(tmp_path, lambda target: TypicalSeconds({**TABLE, "other": 4.0}, float(target != "mine@sqlite")))
    )

    assert [(row.target, row.group, row.estimated, row.taken, row.holds) for row in rows] == [
        ("mine@sqlite", "all", 72.0, 129.0, False),
        ("mine@sqlite", "test_a", 8.0, 8.0, True),
        ("mine@sqlite", "test_b", 64.0, 121.0, False),
    ]
