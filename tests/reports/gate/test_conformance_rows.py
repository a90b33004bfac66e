"""What each side keeps of the requirements, set against each other."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from taskgauge.reports.judging.gate.gate_verdict import Judged
from taskgauge.reports.judging.gate.judge import judge
from taskgauge.reports.pages.gate.rendering import render
from taskgauge.reports.run_folder.gate_folder import read_gate_folder

type Make = Callable[..., Path]
type Checked = Callable[..., Judged]

KNOWN = {"verdict": "FAIL", "known": {"reason": "issue 7", "link": "", "expires": "2026-12-31"}}


SAME = ("the same",)


@pytest.fixture
def checked(make_gate: Make, make_checked: Make) -> Checked:
    """Return a function that judges a run with these rows of one target, on each side; None leaves the side out.

    `again` are the rows of both sides when they were checked once more: the same unless they are given, None for never.
    """

    def make(
        base: object, head: object, *, changes: Mapping[str, Any] | None = None, again: object = SAME, **asked: Any
    ) -> Judged:
        folder = make_gate(effects={}, **asked)
        places = [("", (base, head))]
        if again is not None:
            places.append(("again", (base, head) if again is SAME else again))
        for place, both in places:
            for side, rows in zip(("base", "head"), both, strict=True):
                if rows is not None:
                    said = {"one": changes} if changes and side == "head" else None
                    made = make_checked({"one": rows}, said, name=f"{place}-{side}")
                    shutil.copytree(made / "conformance", folder / "gate/conformance" / place / side)
        return judge(read_gate_folder(folder))

    return make


def first(judged: Judged) -> tuple[str, str, str, str]:
    """Return the verdict, and what the worst row says."""
    row = judged.rows[0]
    return judged.verdict.value, row.verdict, row.measure, row.estimate


@pytest.mark.parametrize("after", ["FAIL", "OVERCLAIM", "ADVISORY"])
def test_what_passed_and_fails_is_a_regression(checked: Checked, after: str) -> None:
    """A MUST or a SHOULD, with the command that checks it again."""
    judged = checked({"ENQ-01": "PASS", "RES-01": "PASS"}, {"ENQ-01": "PASS", "RES-01": after})

    assert first(judged) == ("REGRESSION", "REGRESSION", "RES-01", f"PASS -> {after}")
    assert judged.rows[0].command == "taskgauge conformance --requirement RES-01"
    assert judged.sentence == f"REGRESSION: head is worse than base: one: RES-01 PASS -> {after}."


@pytest.mark.parametrize(
    ("again", "said"),
    [
        (({"RES-01": "PASS"}, {"RES-01": "PASS"}), "checked again: base PASS, head PASS"),
        (({"RES-01": "FAIL"}, {"RES-01": "FAIL"}), "checked again: base FAIL, head FAIL"),
        (({"RES-01": "PASS"}, {"RES-01": "UNKNOWN"}), "checked again: base PASS, head UNKNOWN"),
        (({"RES-01": "PASS"}, {"ENQ-01": "PASS"}), "checked again: base PASS"),
        (None, "it was not checked again"),
    ],
)
def test_what_fails_once_and_not_again_is_inconclusive(checked: Checked, again: object, said: str) -> None:
    """One observation on a busy machine is none, whichever side the second one clears."""
    judged = checked({"RES-01": "PASS"}, {"RES-01": "FAIL"}, again=again)

    assert first(judged) == ("INCONCLUSIVE", "INCONCLUSIVE", "RES-01", "PASS -> FAIL")
    assert said in judged.rows[0].details


def test_sides_that_install_the_same_files_break_nothing(checked: Checked) -> None:
    """However often it is seen."""
    sides = {side: {"asked": side} for side in ("base", "head")} | {"alike": True}
    judged = checked({"RES-01": "PASS"}, {"RES-01": "FAIL"}, sides=sides)

    assert first(judged)[:2] == ("INCONCLUSIVE", "INCONCLUSIVE")


def test_both_sides_stand_beside_each_other(checked: Checked) -> None:
    """By verdict in a terminal, by area as well in a file."""
    judged = checked({"ENQ-01": "PASS", "RES-01": "PASS"}, {"ENQ-01": "PASS", "RES-01": "FAIL"})

    terminal, markdown = render(judged, "terminal"), render(judged, "markdown")
    assert [one.name for one in judged.checked] == ["one (base)", "one (head)"]
    assert "one (base)  2" in terminal
    assert "By area" not in terminal
    assert "By area: one (base), one (head)" in markdown


def test_what_fails_on_both_sides_passes(checked: Checked) -> None:
    """An old failure is no regression."""
    judged = checked({"ENQ-01": "PASS", "RES-01": "FAIL"}, {"ENQ-01": "PASS", "RES-01": "FAIL"})

    assert first(judged) == ("PASS", "PASS", "requirements that hold on both sides: 1", "")


def test_what_failed_and_passes_is_an_improvement(checked: Checked) -> None:
    """Reported alike."""
    judged = checked({"ENQ-01": "PASS", "RES-01": "FAIL"}, {"ENQ-01": "PASS", "RES-01": "PASS"})

    assert first(judged) == ("PASS", "IMPROVEMENT", "RES-01", "FAIL -> PASS")


def test_a_known_failure_is_no_regression(checked: Checked) -> None:
    """Until it expires; it is shown."""
    judged = checked({"ENQ-01": "PASS"}, {"ENQ-01": KNOWN})

    assert first(judged) == ("PASS", "KNOWN", "ENQ-01", "PASS -> FAIL")
    assert "known until 2026-12-31: issue 7" in judged.rows[0].details


def test_a_known_failure_that_expired_is_a_regression(checked: Checked) -> None:
    """On the day of the run."""
    expired = KNOWN | {"known": {"reason": "issue 7", "expires": "2026-11-21"}}

    assert first(checked({"ENQ-01": "PASS"}, {"ENQ-01": expired}))[:2] == ("REGRESSION", "REGRESSION")


def test_what_could_not_be_concluded_in_head_is_inconclusive(checked: Checked) -> None:
    """It held in base, so it is not passed over; nor is what was not checked."""
    judged = checked({"ENQ-01": "PASS", "RES-01": "PASS"}, {"ENQ-01": "UNKNOWN"})

    assert judged.verdict.value == "INCONCLUSIVE"
    assert [row.details for row in judged.of("INCONCLUSIVE")] == [("UNKNOWN ENQ-01",), ("RES-01",)]


@pytest.mark.parametrize(
    ("base", "head", "changes", "said"),
    [
        ({"ENQ-01": "PASS"}, None, None, "judged in base, and not in head"),
        ({"ENQ-01": "PASS"}, {}, {"state": "failed", "reason": "no worker"}, "judged in base, and not in head"),
        (None, {"ENQ-01": "PASS"}, None, "checked in head, and not in base"),
    ],
)
def test_a_target_of_one_side_fails_the_run(
    checked: Checked, base: object, head: object, changes: Mapping[str, Any] | None, said: str
) -> None:
    """Whether that is head's doing is not known; it is not silent."""
    judged = checked(base, head, changes=changes)

    assert (judged.verdict.value, judged.rows[0].measure) == ("FAILED", said)


def test_a_target_that_was_cut_short_says_so(checked: Checked) -> None:
    """A partial head has its reason beside what it keeps."""
    judged = checked({"ENQ-01": "PASS"}, {"ENQ-01": "PASS"}, changes={"state": "partial", "reason": "interrupted"})

    assert judged.rows[-1].details == ("partial: interrupted",)
