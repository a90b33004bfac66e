"""Known failures: one rule, and the day on which it is applied is passed in."""

from datetime import date

import pytest

from taskgauge.reports.judging.conformance.known_failures import is_excused, known_state
from taskgauge.reports.run_folder.run_file import start_day
from taskgauge.reports.run_folder.verdict import Verdict

EXPIRES = date(2026, 12, 31)


@pytest.mark.parametrize(
    ("verdict", "before", "after"),
    [
        ("PASS", "passes again", "passes again"),
        ("DECLINED", "passes again", "passes again"),
        ("UNDERCLAIM", "passes again", "passes again"),
        ("FAIL", "still fails", "past its date"),
        ("OVERCLAIM", "still fails", "past its date"),
        ("ADVISORY", "still fails", "past its date"),
        ("UNKNOWN", "not concluded", "past its date"),
        ("N/A", "does not apply", "past its date"),
    ],
)
def test_states(verdict: str, before: str, after: str) -> None:
    """What holds passes again on any day; everything else is past its date from the day after."""
    assert known_state(Verdict(verdict), EXPIRES, EXPIRES) == before
    assert known_state(Verdict(verdict), EXPIRES, date(2027, 1, 1)) == after


@pytest.mark.parametrize(("day", "excused"), [((2026, 12, 30), True), ((2026, 12, 31), True), ((2027, 1, 1), False)])
def test_the_last_day_is_excused(day: tuple[int, int, int], excused: bool) -> None:
    """The day that is written down is the last one."""
    assert is_excused(EXPIRES, date(*day)) is excused


def test_the_day_of_a_run() -> None:
    """It is the day on which the run started, however late it is read, and whenever it ended."""
    assert start_day("2026-12-31T23:59:00Z") == EXPIRES
    with pytest.raises(ValueError, match="None"):
        start_day(None)
