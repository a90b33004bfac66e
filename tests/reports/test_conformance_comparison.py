"""Two runs compared: what held before a change and does not after it."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from taskgauge.reports.judging.conformance.comparison import no_longer_judged, regressions
from taskgauge.reports.run_folder.target_results import TargetResults, read_targets

type MakeChecked = Callable[..., Path]

GOOD = {"ENQ-01": "PASS"}


def targets(make: MakeChecked, name: str, rows: Mapping[str, object], **changes: object) -> tuple[TargetResults, ...]:
    """Write and read one target in a folder of this name."""
    return read_targets(make({"one": rows}, {"one": changes}, name=name))


@pytest.mark.parametrize("before", ["PASS", "DECLINED", "UNDERCLAIM"])
@pytest.mark.parametrize("after", ["FAIL", "OVERCLAIM", "ADVISORY"])
def test_what_held_and_is_broken_is_a_regression(make_checked: MakeChecked, before: str, after: str) -> None:
    """Whatever word it held by, and whatever word it is broken by."""
    base, head = (targets(make_checked, name, {"ENQ-01": word}) for name, word in (("a", before), ("b", after)))

    (found,) = regressions(base, head)

    assert (found.target, found.after.id) == ("one", "ENQ-01")
    assert (found.before.verdict, found.after.verdict) == (before, after)
    assert found.after.reason == "status: expected FAILED, seen RUNNING"


@pytest.mark.parametrize(
    ("before", "after"),
    [("FAIL", "FAIL"), ("FAIL", "PASS"), ("PASS", "UNKNOWN"), ("UNKNOWN", "FAIL"), ("N/A", "FAIL"), ("PASS", "N/A")],
)
def test_what_did_not_hold_is_none(make_checked: MakeChecked, before: str, after: str) -> None:
    """An old failure is no regression, and what was not concluded shows none."""
    base, head = (targets(make_checked, name, {"ENQ-01": word}) for name, word in (("a", before), ("b", after)))

    assert regressions(base, head) == ()


def test_rows_of_one_run_only_are_none(make_checked: MakeChecked) -> None:
    """A requirement or a target that the base did not have has no before."""
    base = targets(make_checked, "a", {"ENQ-01": "PASS"})
    head = read_targets(make_checked({"one": {"ENQ-02": "FAIL"}, "two": {"ENQ-01": "FAIL"}}, name="b"))

    assert regressions(base, head) == ()


def test_a_target_that_is_gone_is_told(make_checked: MakeChecked) -> None:
    """Missing, or there and unable to start: either way nothing is judged any more."""
    base = read_targets(make_checked(dict.fromkeys(("one", "two", "three"), GOOD), name="a"))
    changes = {"two": {"state": "failed"}}
    head = read_targets(make_checked(dict.fromkeys(("one", "two"), GOOD), changes, name="b"))

    assert no_longer_judged(base, head) == ("three", "two")
    assert regressions(base, head) == ()
