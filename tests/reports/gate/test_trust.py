"""The A/A control must show nothing, and the positive control must be found."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskgauge.reports.judging.gate.decision import Evidence
from taskgauge.reports.judging.gate.trust import check_control, check_positive_control
from taskgauge.reports.statistics.estimates import StatisticUndefined

SPREAD = tuple(at / 1000 for at in (-12, -9, -7, -4, -2, 1, 3, 6, 8, 13))
BURN = math.log(1.2)


def evidence(centre: float, times: float = 1.0, pairs: int = 10, margin: float = 0.05) -> Evidence:
    """Pairs around a centre, on the log scale."""
    return Evidence(margin=margin, first=tuple(centre + times * each for each in SPREAD[:pairs]))


def test_a_quiet_control_holds() -> None:
    """Base against base shows nothing."""
    (check,) = check_control({"enqueue": evidence(0)})

    assert (check.holds, check.reason, check.pairs) == (True, "", 10)


@pytest.mark.parametrize("centre", [0.04, -0.04])
def test_a_control_beyond_three_per_cent_does_not_hold(centre: float) -> None:
    """Even where its interval is wide enough to have 0 in it."""
    (check,) = check_control({"enqueue": evidence(centre, 8)})

    assert not check.holds
    assert "more than 3%" in check.reason
    assert check.low is not None
    assert check.high is not None
    assert check.low < 1 < check.high


@pytest.mark.parametrize("centre", [0.02, -0.02])
def test_a_control_whose_interval_lacks_zero_does_not_hold(centre: float) -> None:
    """A small bias in every pair is a bias."""
    (check,) = check_control({"enqueue": evidence(centre)})

    assert (check.holds, check.reason) == (False, "base differs from itself")


def test_many_controls_are_told_apart_by_holm() -> None:
    """Among eight operations one may look off by chance: two averages of ten pairs on the wrong side are enough."""
    hardly = Evidence(margin=0.05, first=(-0.001, *(at / 1000 for at in range(2, 11))))

    (alone,) = check_control({"enqueue": hardly})
    among = check_control({"enqueue": hardly} | {str(at): evidence(0) for at in range(7)})

    assert not alone.holds
    assert all(check.holds for check in among)


def test_a_burn_that_is_there_is_found() -> None:
    """A fifth stands out from any margin that is proposed on a quiet machine."""
    (check,) = check_positive_control({"enqueue": evidence(BURN)}, {"enqueue": evidence(0)})

    assert check.holds
    assert check.low is not None
    assert check.low > 1.05


@pytest.mark.parametrize("centre", [0.0, 0.04])
def test_a_burn_that_is_not_found_says_so(centre: float) -> None:
    """A gate that cannot see a fifth sees nothing."""
    (check,) = check_positive_control({"enqueue": evidence(centre)}, {"enqueue": evidence(0)})

    assert not check.holds
    assert "not found" in check.reason


def test_head_neither_hides_the_burn_nor_stands_in_for_it() -> None:
    """The extra work is looked for on top of what head shows by itself."""
    (faster,) = check_positive_control({"enqueue": evidence(BURN - 0.3)}, {"enqueue": evidence(-0.3)})
    (slower,) = check_positive_control({"enqueue": evidence(BURN + 0.3)}, {"enqueue": evidence(0.3)})
    (unburnt,) = check_positive_control({"enqueue": evidence(0.3)}, {"enqueue": evidence(0.3)})
    (unknown,) = check_positive_control({"enqueue": evidence(BURN)}, {})

    assert [True, True, False, True] == [check.holds for check in (faster, slower, unburnt, unknown)]


@pytest.mark.parametrize("pairs", [1, 6])
def test_too_few_pairs_hold_nothing(pairs: int) -> None:
    """Without a bound there is no trust."""
    (control,) = check_control({"enqueue": evidence(0, pairs=pairs)})
    (positive_control,) = check_positive_control({"enqueue": evidence(BURN, pairs=pairs)}, {})

    assert (control.holds, positive_control.holds) == (False, False)
    assert "too few" in control.reason
    assert "too few" in positive_control.reason


def test_no_pairs_are_no_check() -> None:
    """Whoever asks finds that there was none."""
    assert check_control({"enqueue": Evidence(margin=0.05, first=())}) == ()
    assert check_positive_control({"enqueue": Evidence(margin=0.05, first=())}, {}) == ()


@given(st.lists(st.floats(-0.2, 0.2), min_size=7, max_size=20))
def test_a_control_that_holds_is_within_its_limit(values: list[float]) -> None:
    """Whatever the numbers; and mirrored numbers say the same."""
    one, other = (
        check_control({"enqueue": Evidence(margin=0.05, first=tuple(sign * value for value in values))})[0]
        for sign in (1, -1)
    )

    assert one.holds == other.holds
    if one.holds:
        assert one.ratio is not None
        assert 1 / 1.03 - 1e-9 <= one.ratio <= 1.03 + 1e-9


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_impossible_numbers_are_refused(value: float) -> None:
    """They raise."""
    broken = {"enqueue": Evidence(margin=0.05, first=(value,) * 10)}

    with pytest.raises(StatisticUndefined):
        check_control(broken)
    with pytest.raises(StatisticUndefined):
        check_positive_control(broken, {})
