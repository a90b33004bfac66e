"""What the command line says: margins."""

import pytest

from taskgauge.suites.gate.asking import MarginNotUnderstood, parse_margins


def test_margins() -> None:
    """One for all verbs, and verbs' own; percent or share."""
    assert parse_margins([]) == (0.05, {})
    assert parse_margins(["8%", "create=0.1", "enqueue@django-tasks-db@sqlite=12.5 %"]) == (
        0.08,
        {"create": 0.1, "enqueue@django-tasks-db@sqlite": 0.125},
    )


@pytest.mark.parametrize("text", ["", "none", "0", "-1%", "create=", "5%%", "nan", "inf", "create=2000%"])
def test_what_is_no_margin(text: str) -> None:
    """It is refused with an example."""
    with pytest.raises(MarginNotUnderstood, match=r"write 0.05 or 5%, for one verb create=8%"):
        parse_margins([text])
