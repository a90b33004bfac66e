"""Order and growth: the figures that follow from the starts of tasks and from the marks of a session."""

from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from taskgauge.reports.metrics.growth import exponents, points, reached
from taskgauge.reports.metrics.orders import (
    LOWEST,
    SECOND,
    count_inversions,
    inversions,
    lateness,
    priority_inversions,
    starvation,
)
from taskgauge.reports.run_folder.traces import NEVER, Header, Mark, Trace, Workload, empty_times

MS = 1_000_000
SECOND_NS = 1_000 * MS


def trace(order: list[int], marks: tuple[Mark, ...] = (), **fields: Any) -> Trace:
    """A session in which tasks start in this order, 1 ms apart; others are enqueued and do not start."""
    load = Workload(**{"arrival": "backlog", "tasks": len(order), **fields})
    started = empty_times(load.tasks)
    for place, number in enumerate(order):
        started[number] = SECOND_NS + place * MS
    return Trace(
        header=Header(
            part="order", target="a", repetition=0, workload=load, contract="store", ending="all ran", marks=marks
        ),
        intended=empty_times(load.tasks),
        enqueue_begin=array("q", range(1, load.tasks + 1)),
        enqueue_end=array("q", range(2, load.tasks + 2)),
        started=started,
        finished=started[:],
    )


@given(st.lists(st.integers(min_value=0, max_value=20), max_size=60))
def test_inversions_are_kendalls(keys: list[int]) -> None:
    """The count is that of all pairs one by one, and its tau is scipy's where no two tasks are equal."""
    pairs = [(keys[first], keys[after]) for after in range(len(keys)) for first in range(after)]
    counted = count_inversions(keys)

    assert counted.inverted == sum(before > after for before, after in pairs)
    assert counted.ordered == sum(before < after for before, after in pairs)


@given(st.lists(st.integers(-1_000, 1_000), min_size=2, max_size=60, unique=True))
def test_tau(keys: list[int]) -> None:
    """Kendall's tau of different keys is scipy's."""
    assert count_inversions(keys).tau == pytest.approx(kendalltau(range(len(keys)), keys).statistic)


def test_orders() -> None:
    """First come, first served has no inversion, the reversed order has all, and shuffled priorities show alone."""
    forward, backward = trace(list(range(10))), trace(list(range(9, -1, -1)))
    ignored = trace(list(range(10)), priorities=(0, 10))
    kept = trace([*range(1, 10, 2), *range(0, 10, 2)], priorities=(0, 10))

    assert [inversions(one).share for one in (forward, backward, kept)] == [0, 100, 0]  # type: ignore[union-attr]
    assert inversions(backward).tau == -1  # type: ignore[union-attr]
    # Of 25 pairs with different priorities, those are wrong whose lower task came first: 5 + 4 + 3 + 2 + 1.
    assert priority_inversions(ignored).inverted == 15  # type: ignore[union-attr]
    assert priority_inversions(forward) is None


@pytest.mark.parametrize(
    "fields", [{"priorities": (LOWEST, *[0] * 9)}, {"queues": (SECOND, *["default"] * 9)}], ids=["priority", "queue"]
)
def test_starvation(fields: dict[str, Any]) -> None:
    """A task that starts first waits behind none, and one that starts last behind all; without a start is no figure."""
    first, last = trace(list(range(10)), **fields), trace([*range(1, 10), 0], **fields)
    never = trace(list(range(1, 10)), **{**fields, "tasks": 10})

    assert [(found.share, found.seconds) for found in map(starvation, (first, last)) if found] == [(0, 0), (100, 0.009)]
    assert starvation(never) is None
    assert starvation(trace(list(range(10)))) is None


def test_lateness() -> None:
    """Only deferred tasks that started count, from their due time."""
    late = trace([0, 1, 2], deferrals=(1.0,), tasks=4)
    late.intended[0], late.intended[2], late.intended[3] = SECOND_NS - MS, SECOND_NS, SECOND_NS

    assert lateness(late) == [MS, 2 * MS]


def grown(cost: Any, sizes: tuple[int, ...] = (100, 1_000, 10_000)) -> Trace:
    """A session of growing size in which a call at a size takes so many nanoseconds."""
    marks = tuple(
        Mark(size=size, first=20 * at, count=20, lookups=(cost(size),) * 5, drained_from=(at + 1) * 1_000 * SECOND_NS)
        for at, size in enumerate(sizes)
    )
    made = trace([], marks, arrival="waiting", tasks=20 * len(sizes))
    for mark in marks:
        for place, number in enumerate(range(mark.first, mark.first + mark.count)):
            made.enqueue_end[number] = made.enqueue_begin[number] + cost(mark.size)
            made.started[number] = mark.drained_from + MS + place * cost(mark.size)
    return made


@pytest.mark.parametrize("exponent", [0, 0.5, 1])
def test_exponents(exponent: float) -> None:
    """The exponent of a planted growth is found for each operation, and the largest size is what was reached."""
    session = grown(lambda size: round(1_000 * size**exponent))

    assert exponents(session) == pytest.approx({"enqueue": exponent, "claim": exponent, "lookup": exponent}, abs=0.01)
    assert reached(session) == 10_000


def test_one_size_has_no_exponent() -> None:
    """A session that reached one size has its times there, and no exponent."""
    session = grown(lambda _: 1_000, sizes=(100,))

    assert exponents(session) == {}
    assert points(session)["enqueue"] == [(100.0, 1_000.0)]


def test_progress_of_a_drain() -> None:
    """A drain whose steps get longer has an exponent above 0, and one with equal steps has none."""
    steady = trace(list(range(1_000)))
    slower = trace(list(range(1_000)))
    for number in range(1_000):
        slower.started[number] = SECOND_NS + number * (number + 1) // 2 * 1_000

    assert exponents(steady)["claim"] == pytest.approx(0, abs=0.01)
    assert exponents(slower)["claim"] == pytest.approx(1, abs=0.05)
    assert NEVER not in slower.started
