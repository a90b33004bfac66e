"""Verdicts counted: what a target keeps itself, what it inherits, and the rest by verdict."""

from datetime import date

import pytest

from taskgauge.reports.judging.conformance.checked_targets import named
from taskgauge.reports.judging.conformance.counting import NOT_PASSED, SPACE, cell, kept, passed, unknown_of
from taskgauge.reports.run_folder.target_results import Known, RequirementRow, TargetResults
from taskgauge.reports.run_folder.verdict import Verdict

KNOWN = Known(reason="a bug", expires=date(2027, 1, 1))


def rows(*words: str) -> list[RequirementRow]:
    """Return a row for each verdict; one with a plus is inherited, one with a star is a known failure."""
    return [
        RequirementRow(
            id=f"ENQ-{number:02}",
            area="ENQ",
            level="MUST",
            sentence="",
            verdict=Verdict(word.strip("+*")),
            inherited="+" in word,
            known=KNOWN if "*" in word else None,
        )
        for number, word in enumerate(words, 1)
    ]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ((), "N/A"),
        (("N/A", "N/A"), "N/A"),
        (("PASS", "PASS", "N/A"), "2/2"),
        (("PASS", "+PASS", "FAIL"), "1/2 +1 1 FAIL"),
        (("+PASS", "+PASS"), "+2"),
        (("+FAIL", "PASS"), "1/2 1 FAIL"),
        (("DECLINED", "UNDERCLAIM", "+DECLINED"), "2 DECLINED 1 UNDERCLAIM"),
        (("OVERCLAIM*", "FAIL", "ADVISORY", "UNKNOWN"), "0/4 1 FAIL 1 OVERCLAIM 1 ADVISORY 1 UNKNOWN (1 known)"),
        (("PASS*",), "1/1"),
    ],
)
def test_cells(words: tuple[str, ...], text: str) -> None:
    """What is declined counts in no share, what is inherited apart, and what does not apply not at all."""
    assert cell(rows(*words)).replace(SPACE, " ") == text


def test_parts_of_a_cell() -> None:
    """The share has no line break in it; passes are own ones and inherited ones."""
    found = rows("PASS", "PASS", "+PASS", "FAIL", "DECLINED", "N/A", "UNKNOWN")

    assert (kept(found), passed(found)) == (f"2/4{SPACE}+1", f"2{SPACE}+1")
    assert (kept([]), passed(rows("FAIL"))) == ("", "")
    assert unknown_of(TargetResults(target="one", state="finished", requirements=tuple(found))) == (1, 6)
    assert unknown_of(TargetResults(target="one", state="failed", requirements=tuple(found))) == (0, 6)


def test_order_of_verdicts() -> None:
    """All that is no PASS, the worst first."""
    assert NOT_PASSED == ("FAIL", "OVERCLAIM", "ADVISORY", "DECLINED", "UNDERCLAIM", "UNKNOWN", "N/A")


def test_rows_by_name() -> None:
    """Ids are grouped by verdict, in the order of the rows."""
    assert named(rows("FAIL", "OVERCLAIM", "FAIL")) == "FAIL ENQ-01, ENQ-03; OVERCLAIM ENQ-02"
    assert named([]) == ""
