"""How one row reads."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskgauge.reports.judging.claims.claim import Expect
from taskgauge.reports.judging.claims.row_outcome import RowOutcome, margin, read
from taskgauge.reports.statistics.estimates import Estimate

logs = st.floats(-0.5, 0.5)


def made(low: float, high: float, *, confidence: float | None = 0.99, processes: int = 10) -> Estimate:
    """Return an estimate in the middle of its interval."""
    return Estimate(ratio=math.sqrt(low * high), low=low, high=high, confidence=confidence, processes=processes)


QUIET = made(0.995, 1.005)


@pytest.mark.parametrize(
    ("low", "high", "readings"),
    [
        (0.80, 0.90, [RowOutcome.FOR, RowOutcome.AGAINST, RowOutcome.FOR, RowOutcome.AGAINST]),
        (1.10, 1.20, [RowOutcome.AGAINST, RowOutcome.FOR, RowOutcome.AGAINST, RowOutcome.FOR]),
        (0.99, 1.02, [RowOutcome.SAME, RowOutcome.SAME, RowOutcome.FOR, RowOutcome.FOR]),
        (1.02, 1.05, [RowOutcome.NEAR, RowOutcome.NEAR, RowOutcome.NEAR, RowOutcome.FOR]),
        (0.94, 0.99, [RowOutcome.NEAR, RowOutcome.NEAR, RowOutcome.FOR, RowOutcome.NEAR]),
        (0.90, 1.20, [RowOutcome.NOISY] * 4),
    ],
)
def test_interval_decides(low: float, high: float, readings: list[RowOutcome]) -> None:
    """A bound beyond the margin decides; inside it nothing matters; across it nothing is decided."""
    assert readings == [read(made(low, high), QUIET, expect, 0.03) for expect in Expect]


@pytest.mark.parametrize("expect", [Expect.LESS, Expect.MORE])
def test_control_that_strays_as_far_hides_the_effect(expect: Expect) -> None:
    """A difference that the identical copy shows too is no difference seen."""
    assert read(made(1.04, 1.08), made(1.01, 1.07), expect, 0.03) == RowOutcome.UNSEEN
    assert read(made(1.04, 1.08), made(0.99, 1.02), expect, 0.03) != RowOutcome.UNSEEN


def test_a_control_that_strays_decides_for_nobody() -> None:
    """A claim that something costs no more is not kept by noise; what costs less does keep it, however much less."""
    assert read(made(1.04, 1.08), made(1.01, 1.07), Expect.AT_MOST, 0.03) == RowOutcome.UNSEEN
    assert read(made(0.92, 0.96), made(0.93, 1.07), Expect.AT_LEAST, 0.03) == RowOutcome.UNSEEN
    assert read(made(0.92, 0.96), made(0.93, 1.07), Expect.AT_MOST, 0.03) == RowOutcome.FOR


def test_noise_is_what_is_wider_than_the_effect() -> None:
    """An interval of 8 % to each side is noise where 3 % matter, and near the margin where 10 % do."""
    assert read(made(0.85, 1.0), QUIET, Expect.LESS, 0.03) == RowOutcome.NOISY
    assert read(made(0.85, 1.0), QUIET, Expect.LESS, 0.1) == RowOutcome.NEAR


def test_few_processes_must_show_three_times_the_effect() -> None:
    """Three processes cannot give 99 %, so that 6 % is not enough for them, and 12 % is; nor is 6 % no difference."""
    few = {"confidence": 0.75, "processes": 3}

    assert pytest.approx(0.09) == margin(made(1.05, 1.07, **few), 0.03)
    assert read(made(1.05, 1.07, **few), None, Expect.MORE, 0.03) == RowOutcome.NOISY
    assert read(made(0.94, 0.96, **few), None, Expect.AT_LEAST, 0.03) == RowOutcome.NOISY
    assert read(made(0.99, 1.02, **few), None, Expect.MORE, 0.03) == RowOutcome.SAME
    assert read(made(1.11, 1.13, **few), None, Expect.MORE, 0.03) == RowOutcome.FOR


def test_few_processes_that_do_not_decide_are_noise() -> None:
    """What three processes leave open is not measured, where ten would have come near the margin."""
    assert read(made(1.06, 1.12, confidence=0.75, processes=3), None, Expect.MORE, 0.03) == RowOutcome.NOISY
    assert read(made(1.02, 1.05), None, Expect.MORE, 0.03) == RowOutcome.NEAR


def test_exact_counts_need_no_more_than_the_margin() -> None:
    """What is counted is sure from two processes on, and none left is less than some."""
    assert read(made(0.94, 0.94, confidence=None), None, Expect.LESS, 0.03) == RowOutcome.FOR
    none = Estimate(ratio=0, low=0, high=0, confidence=None, processes=2)
    assert read(none, QUIET, Expect.LESS, 0.03) == RowOutcome.FOR
    endless = Estimate(ratio=math.inf, low=math.inf, high=math.inf, confidence=None, processes=2)
    assert read(endless, QUIET, Expect.MORE, 0.03) == RowOutcome.FOR


@given(st.tuples(logs, logs), st.tuples(logs, logs), st.sampled_from(list(Expect)), st.floats(0.001, 0.2))
def test_two_runs_that_agree_never_read_as_opposites(
    one: tuple[float, float], other: tuple[float, float], expect: Expect, effect: float
) -> None:
    """Intervals of two runs that overlap cannot read once as claimed and once the other way."""
    first, second = (made(*sorted(map(math.exp, ends))) for ends in (one, other))
    readings = {read(first, None, expect, effect), read(second, None, expect, effect)}
    overlap = max(first.low, second.low) <= min(first.high, second.high)

    assert not (overlap and {RowOutcome.FOR, RowOutcome.AGAINST} == readings)
