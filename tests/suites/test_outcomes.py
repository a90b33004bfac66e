"""A fact that is seen only through another requirement's observation fails only with an observation that holds."""

import pytest

from taskgauge.suites.conformance.outcomes import Deviation, Inconclusive, NotApplicable, same, seen_through


def holds() -> None:
    """Observe what the other requirement asks for."""


def deviates() -> None:
    """Observe something else."""
    same("class", "Exception", "ValueError")


def is_unknown() -> None:
    """Observe nothing."""
    raise Inconclusive("several tasks run at once")


def cannot_be_observed() -> None:
    """Observe nothing here."""
    raise NotApplicable("results cannot be looked up")


@pytest.mark.parametrize(
    ("observe", "raised"),
    [(holds, Deviation), (deviates, NotApplicable), (is_unknown, Deviation), (cannot_be_observed, Deviation)],
)
def test_a_deviation(observe: object, raised: type[Exception]) -> None:
    """One fault is reported once, by the row whose observation shows it."""
    with pytest.raises(raised) as error, seen_through("ERR-02", observe):  # type: ignore[arg-type]
        same("class of another error", "Exception", "TypeError")

    if raised is NotApplicable:
        assert "seen only through what ERR-02 is about: class: expected 'ValueError', seen 'Exception'" in str(
            error.value
        )


def test_another_exception() -> None:
    """An observation that breaks in any way is a fault of its own row as well."""

    def breaks() -> None:
        raise ImportError("ValueError doesn't look like a module path")

    with pytest.raises(NotApplicable, match="ERR-02 is about: ValueError doesn't look"), seen_through("ERR-02", breaks):
        breaks()


@pytest.mark.parametrize("outcome", [is_unknown, cannot_be_observed])
def test_no_deviation(outcome: object) -> None:
    """What is not concluded stays so, and nothing is observed for it."""
    with pytest.raises((Inconclusive, NotApplicable), match=r"several|looked up"), seen_through("ERR-02", deviates):
        outcome()  # type: ignore[operator]

    with seen_through("ERR-02", deviates):
        holds()
