"""A time that lost its fraction is told apart from a time that is another one."""

import pytest

from taskgauge.suites.conformance.result_facts import differ_by_a_fraction

MOMENT = "2026-11-29T12:00:00.750000+00:00"


@pytest.mark.parametrize(
    ("seen", "is_fraction"),
    [
        ("2026-11-29T12:00:00+00:00", True),
        ("2026-11-29T12:00:01.740000+00:00", True),
        ("2026-11-29T12:00:01.750000+00:00", False),
        ("2026-11-29T12:00:00.750000 (naive)", False),
        ("2026-11-29T12:00:00", False),
        ("NoneType:None", False),
        (MOMENT, False),
    ],
)
def test_what_counts_as_a_lost_fraction(seen: str, *, is_fraction: bool) -> None:
    """Less than a second, with a time zone on both sides; equal times differ in nothing."""
    assert differ_by_a_fraction(seen, MOMENT) is is_fraction
