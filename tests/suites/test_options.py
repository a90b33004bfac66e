"""How the scale of a run is written and read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskgauge.suites.run_control.options import SCALES, CountNotUnderstood, Scale, parse_count
from taskgauge.suites.shapes.arms import with_baseline


@pytest.mark.parametrize(
    ("text", "count"),
    [("1", 1), ("1_000_000", 10**6), ("1,000", 1000), ("1e6", 10**6), ("1M", 10**6), ("2.5k", 2500), (" 10 ", 10)],
)
def test_counts_as_people_write_them(text: str, count: int) -> None:
    """Underscores, exponents and suffixes are understood."""
    assert count == parse_count(text)


@given(st.integers(min_value=1, max_value=10**15))
def test_every_whole_number_is_a_count(number: int) -> None:
    """A number above zero is read as itself, with underscores or without."""
    assert [number, number] == [parse_count(str(number)), parse_count(f"{number:_}")]


@pytest.mark.parametrize("text", ["", "0", "-5", "abc", "1.5", "0.5k5", "1e", "M", "nan", "inf", "0e9", "0x10", "1e-3"])
def test_what_is_no_count(text: str) -> None:
    """Everything else is refused, and the text says what to write."""
    with pytest.raises(CountNotUnderstood, match="whole number above 0"):
        parse_count(text)


@pytest.mark.parametrize("name", SCALES)
@pytest.mark.parametrize("tasks", [1, 7, 10**6, 10**7])
def test_a_scale_is_made_from_its_tasks(name: str, tasks: int) -> None:
    """Every scale can be made of any number of tasks, and growth ends at it."""
    scale = SCALES[name](tasks)

    assert (name, tasks, tasks) == (scale.name, scale.tasks, scale.growth[-1])
    assert 0 < scale.small <= tasks


def test_default_scale() -> None:
    """The default run holds and dispatches a million."""
    scale = Scale.default()

    assert (scale.tasks, scale.small) == (10**6, 10**5)
    assert (scale.processes, scale.slices, scale.slice_seconds) == (10, 48, 0.0005)


def test_baseline_and_control_come_first() -> None:
    """Whoever asks for arms gets something to compare them with."""
    assert with_baseline(["namedtuple", "today"]) == ("today", "today-again", "namedtuple")


def test_no_arms_stay_none() -> None:
    """No arms mean the suite's own choice."""
    assert with_baseline([]) == ()
