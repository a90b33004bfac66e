"""The rule of the gate on numbers: what it calls, what it leaves open, and what it wants to see again."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskgauge.reports.judging.gate.decision import LEVEL, Decision, Evidence, Finding, FindingStatus, decide
from taskgauge.reports.statistics.bounds import fewest_values
from taskgauge.reports.statistics.estimates import StatisticUndefined

MARGIN = 0.05
SPREAD = tuple(at / 1000 for at in (-12, -9, -7, -4, -2, 1, 3, 6, 8, 13))
"""Ten pairs around 0, quiet as they are on an idle machine."""

log_ratios = st.floats(-0.3, 0.3).map(lambda number: round(number, 6))
tens = st.lists(log_ratios, min_size=10, max_size=10).map(tuple)
evidences = st.builds(
    Evidence,
    margin=st.sampled_from([0.03, 0.05, 0.1]),
    first=tens,
    second=st.just(()) | tens,
    confirm=st.just(()) | tens,
)
families = st.dictionaries(st.sampled_from("abcdefgh"), evidences, min_size=1, max_size=8)


def around(centre: float, times: float = 1.0) -> tuple[float, ...]:
    """Ten pairs around a centre, on the log scale."""
    return tuple(centre + times * each for each in SPREAD)


def one(**rounds: tuple[float, ...]) -> tuple[Decision, Finding]:
    """Decide on one operation."""
    decision = decide({"enqueue": Evidence(margin=MARGIN, **rounds)})
    (finding,) = decision.findings
    return decision, finding


def test_nothing_seen_is_a_pass_and_needs_no_more() -> None:
    """An upper bound below the margin ends it."""
    decision, finding = one(first=around(0))

    assert (finding.standing, decision.again, decision.confirm) == (FindingStatus.WITHIN, (), ())
    assert finding.high is not None
    assert finding.high < 1 + MARGIN


def test_what_seems_slower_must_be_confirmed() -> None:
    """Ten pairs alone make no regression; they ask for ten more with the sides swapped."""
    decision, finding = one(first=around(0.12))

    assert (finding.standing, decision.again, decision.confirm) == (FindingStatus.OPEN, (), ("enqueue",))
    assert "not confirmed" in finding.reason


def test_what_is_confirmed_is_a_regression() -> None:
    """Both rounds together are one."""
    decision, finding = one(first=around(0.12), confirm=around(0.1))

    assert (finding.standing, decision.again, decision.confirm) == (FindingStatus.SLOWER, (), ())
    assert finding.confirmed is not None
    assert 1 + MARGIN / 2 < finding.confirmed < 1.12


@pytest.mark.parametrize("swapped", [0.0, -0.12, 0.024])
def test_what_is_not_confirmed_is_left_open(swapped: float) -> None:
    """A side effect of which side is which shows by swapping them: never red."""
    decision, finding = one(first=around(0.12), confirm=around(swapped))

    assert (finding.standing, decision.again, decision.confirm) == (FindingStatus.OPEN, (), ())
    assert "do not confirm" in finding.reason


def test_too_few_pairs_confirm_nothing() -> None:
    """Four pairs have no bound at 95 %."""
    _, finding = one(first=around(0.12), confirm=around(0.12)[:4])

    assert finding.standing is FindingStatus.OPEN
    assert "too few" in finding.reason


@pytest.mark.parametrize("centre", [0.035, math.log1p(MARGIN), 0.055])
def test_what_lies_at_the_margin_is_looked_at_again_and_then_left_open(centre: float) -> None:
    """Once; a true slow-down as large as the margin is never red by itself."""
    decision, finding = one(first=around(centre, 2))
    assert (finding.standing, decision.again) == (FindingStatus.OPEN, ("enqueue",))

    decision, finding = one(first=around(math.log1p(MARGIN)), second=around(math.log1p(MARGIN)))
    assert (finding.standing, decision.again, decision.confirm) == (FindingStatus.OPEN, (), ())


def test_a_second_look_may_find_it() -> None:
    """Among eight operations one pair below the margin leaves it open; twenty pairs do not."""
    quiet = {str(at): Evidence(margin=MARGIN, first=around(0)) for at in range(7)}
    wide = around(0.1, 5)

    first = decide(quiet | {"enqueue": Evidence(margin=MARGIN, first=wide)})
    second = decide(quiet | {"enqueue": Evidence(margin=MARGIN, first=wide, second=wide)})

    assert (first.again, first.confirm) == (("enqueue",), ())
    assert (second.again, second.confirm) == ((), ("enqueue",))


def test_improvements_are_found_by_the_same_rule() -> None:
    """A mirrored run gives the mirrored verdict."""
    decision, _ = one(first=around(-0.12))
    assert decision.confirm == ("enqueue",)

    _, finding = one(first=around(-0.12), confirm=around(-0.1))
    assert finding.standing is FindingStatus.FASTER

    _, finding = one(first=around(-0.12), confirm=around(0))
    assert finding.standing is FindingStatus.WITHIN


def test_what_seems_faster_is_looked_at_again() -> None:
    """It passes already; whether it is an improvement is worth ten pairs."""
    decision, finding = one(first=around(-0.06, 3))

    assert (finding.standing, decision.again) == (FindingStatus.WITHIN, ("enqueue",))


@given(families)
def test_swapping_the_sides_mirrors_what_is_called(family: dict[str, Evidence]) -> None:
    """Regressions become improvements, and improvements regressions."""
    mirrored = {
        operation: Evidence(
            margin=each.margin,
            first=tuple(-value for value in each.first),
            second=tuple(-value for value in each.second),
            confirm=tuple(-value for value in each.confirm),
        )
        for operation, each in family.items()
    }
    decision, other = decide(family), decide(mirrored)

    assert [f.operation for f in decision.standing(FindingStatus.SLOWER)] == [
        f.operation for f in other.standing(FindingStatus.FASTER)
    ]
    assert [f.operation for f in decision.standing(FindingStatus.FASTER)] == [
        f.operation for f in other.standing(FindingStatus.SLOWER)
    ]
    assert decision.confirm == other.confirm


@given(families)
def test_a_regression_is_beyond_its_margin_and_confirmed(family: dict[str, Evidence]) -> None:
    """Whatever the numbers: the bound lies above the margin, the confirmation above half of it; a pass lies below."""
    for finding in decide(family).findings:
        assert finding.low is not None
        assert finding.high is not None
        if finding.standing is FindingStatus.SLOWER:
            assert finding.low > 1 + finding.margin
            assert finding.confirmed is not None
            assert finding.confirmed > 1 + finding.margin / 2
        if finding.standing is FindingStatus.WITHIN:
            assert finding.high < (1 + finding.margin) * (1 + 1e-12)


@given(families)
def test_rounds_are_asked_for_once(family: dict[str, Evidence]) -> None:
    """After a second look there is no third, after a confirmation nothing."""
    decision = decide(family)

    if any(each.second or each.confirm for each in family.values()):
        assert decision.again == ()
    if any(each.confirm for each in family.values()):
        assert decision.confirm == ()


@given(families, tens)
def test_more_operations_never_make_more_regressions(family: dict[str, Evidence], values: tuple[float, ...]) -> None:
    """Holm's step-down: whoever is called among more is called among fewer."""
    alone = decide(family).standing(FindingStatus.SLOWER)
    among = decide(family, others=3).standing(FindingStatus.SLOWER)
    with_one = decide(family | {"one more": Evidence(margin=MARGIN, first=values)}).standing(FindingStatus.SLOWER)

    assert {each.operation for each in among} <= {each.operation for each in alone}
    assert {each.operation for each in with_one} <= {each.operation for each in alone} | {"one more"}


@given(families, st.floats(0, 0.2))
def test_slower_everywhere_is_never_called_better(family: dict[str, Evidence], more: float) -> None:
    """Making head slower in every pair turns no regression into a pass."""
    worse = {
        operation: Evidence(
            margin=each.margin,
            first=tuple(value + more for value in each.first),
            second=tuple(value + more for value in each.second),
            confirm=tuple(value + more for value in each.confirm),
        )
        for operation, each in family.items()
    }
    still = {each.operation for each in decide(worse).standing(FindingStatus.SLOWER)}

    assert {each.operation for each in decide(family).standing(FindingStatus.SLOWER)} <= still


def test_too_few_pairs_leave_it_open_and_say_so() -> None:
    """Six pairs have no bound at 99 %; none at all have no estimate."""
    decision, finding = one(first=around(0.5)[:6])
    assert (finding.standing, decision.again) == (FindingStatus.OPEN, ("enqueue",))
    assert (finding.low, finding.high) == (None, None)
    assert "needs 7" in finding.reason

    _, finding = one(first=())
    assert (finding.standing, finding.ratio, finding.reason) == (FindingStatus.OPEN, None, "no pair finished")


def test_one_wild_pair_calls_nothing() -> None:
    """Nine quiet pairs and one that was disturbed by a factor of ten pass."""
    _, finding = one(first=(*around(0)[:9], math.log(10)), second=around(0))

    assert finding.standing is FindingStatus.WITHIN


@pytest.mark.parametrize(
    "evidence",
    [
        Evidence(margin=MARGIN, first=(math.nan,) * 10),
        Evidence(margin=MARGIN, first=(0.1,) * 10, second=(math.inf,)),
        Evidence(margin=MARGIN, first=(0.1,) * 10, confirm=(math.nan,)),
        Evidence(margin=0, first=(0.1,) * 10),
        Evidence(margin=-0.1, first=(0.1,) * 10),
        Evidence(margin=math.nan, first=(0.1,) * 10),
    ],
)
def test_impossible_numbers_are_refused(evidence: Evidence) -> None:
    """They raise, and never give a verdict."""
    with pytest.raises(StatisticUndefined, match="enqueue"):
        decide({"enqueue": evidence})


def test_eight_operations_need_ten_pairs() -> None:
    """With fewer, nothing could ever be called."""
    assert (fewest_values(LEVEL, 8), fewest_values(LEVEL, 1)) == (10, 7)
