"""The default run measures what the claims read, for the arms that they compare."""

from pathlib import Path

import pytest

from taskgauge.reports.judging.claims.claim import Deciding, Figure, read_claims
from taskgauge.suites.dispatch.plan import slices
from taskgauge.suites.run_control.options import Options, Scale
from taskgauge.suites.shapes.arms import EVERYONE, arms_of
from taskgauge.suites.shapes.memory.test_memory import many_in_turns
from taskgauge.suites.shapes.operations import BY_NAME

OPTIONS = Options(scale=Scale.default(), run_folder=Path())


def rows(part: str) -> list[Deciding | Figure]:
    """Return the rows of claims that are measured by a part."""
    return [row for claim in read_claims() for row in (*claim.decided_by, *claim.figures) if row.part == part]


@pytest.mark.parametrize("row", rows("time"), ids=lambda row: f"{row.measure}-{row.arm}-{row.baseline}-{row.words}")
def test_time(row: Deciding | Figure) -> None:
    """Every operation that a claim reads runs without being named, with both arms."""
    for name in filter(None, (row.measure, row.baseline_measure)):
        operation = BY_NAME[name]
        assert not operation.on_request
        assert {row.arm, row.baseline or row.arm} <= {
            *arms_of(OPTIONS, lazy=operation.lazy, everyone=operation.everyone)
        }


@pytest.mark.parametrize("row", rows("dispatch"), ids=lambda row: row.words)
def test_dispatch(row: Deciding | Figure) -> None:
    """Each target has both arms and the A/A control, over 10 processes or more."""
    for item in slices(OPTIONS):
        assert {row.arm, row.baseline or row.arm, "today-again"} <= set(item.arms)
        assert item.sets >= 10


def test_what_is_left_out_can_be_asked_for() -> None:
    """Older pickle protocols run in a run without limits, and for every arm."""
    older = BY_NAME["pickle-dumps-2"]

    assert older.on_request
    assert arms_of(Options(scale=Scale.full(), run_folder=Path()), lazy=True, everyone=older.everyone) == list(EVERYONE)


def test_collections() -> None:
    """They are compared over 10 processes, and a million results are held once."""
    assert many_in_turns(OPTIONS) == {1_000_000: 1, 150_000: 10}
