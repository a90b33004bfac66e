"""What the command line says: margins."""

import pytest

from taskgauge.suites.gate.gate_options import MarginNotUnderstood, by_name, parse_margins
from taskgauge.suites.gate.process_profile import Operation
from taskgauge.suites.run_control.errors import OperationUnknown


def test_margins() -> None:
    """One for all operations, and operations' own; percent or share."""
    assert parse_margins([]) == (0.05, {})
    assert parse_margins(["8%", "create=0.1", "enqueue@django-tasks-db@sqlite=12.5 %"]) == (
        0.08,
        {"create": 0.1, "enqueue@django-tasks-db@sqlite": 0.125},
    )


def test_margins_of_operations() -> None:
    """By its own name or by what it does on every target, as for --only; its own goes first, in whatever order."""
    names = ("enqueue@one@redis", "enqueue@two", "refresh", "refresh@two")
    operations = [Operation(name=name, what=name.partition("@")[0]) for name in names]

    assert by_name({"enqueue": 0.08}, operations) == {"enqueue@one@redis": 0.08, "enqueue@two": 0.08}
    assert by_name({"enqueue@two": 0.2, "enqueue": 0.08}, operations)["enqueue@two"] == 0.2
    assert by_name({"refresh": 0.1}, operations) == {"refresh": 0.1, "refresh@two": 0.1}
    with pytest.raises(OperationUnknown, match="did you mean enqueue@two"):
        by_name({"enqueue@too": 0.1}, operations)


@pytest.mark.parametrize("text", ["", "none", "0", "-1%", "create=", "5%%", "nan", "inf", "create=2000%"])
def test_what_is_no_margin(text: str) -> None:
    """It is refused with an example."""
    with pytest.raises(MarginNotUnderstood, match=r"write 0.05 or 5%, for one operation create=8%"):
        parse_margins([text])
