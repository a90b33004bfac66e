"""Errors of the suite's own code, which are no verdict on a backend."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from taskgauge.suites.conformance.outcomes import attribute, same
from taskgauge.suites.conformance.own_errors import place_of_own_error
from taskgauge.suites.conformance.result_facts import facts_of


def error_of(call: Callable[[], object]) -> BaseException:
    """Return the exception that the call raises."""
    with pytest.raises(BaseException) as caught:  # noqa: PT011 -- any
        call()
    return caught.value


def test_error_of_the_suite() -> None:
    """An error that the suite's code raises is its own, with its place."""
    place = place_of_own_error(error_of(lambda: facts_of(SimpleNamespace())))

    assert place.startswith("result_facts.py:")


@pytest.mark.parametrize(
    "call",
    [
        lambda: same("it", 1, 2),
        lambda: attribute("it", None, "id"),
        lambda: {}["a backend's own KeyError"],
        lambda: int("what a backend gave"),
    ],
    ids=["Deviation", "attribute", "KeyError", "ValueError"],
)
def test_error_of_a_backend(call: Callable[[], object]) -> None:
    """A deviation, and an error that other code raises, are not."""
    assert place_of_own_error(error_of(call)) == ""
