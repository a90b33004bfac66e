"""The rule for a requirement as a table: flags, gates and the outcomes of tests give one verdict."""

from collections.abc import Mapping
from typing import Any

import pytest

from taskgauge.reports.judging.conformance.requirement import Requirement
from taskgauge.reports.judging.conformance.requirement_verdicts import SUMMARY_OF_FLAGS, Judge, MarkedOutcome
from taskgauge.reports.run_folder.target_results import Outcome, TestOutcome
from taskgauge.reports.run_folder.verdict import Verdict

FLAG = "supports_defer"
ON, OFF, NO_FLAG = {FLAG: True}, {FLAG: False}, dict[str, bool]()
PLAIN: Mapping[str, Any] = {}
GATED = {"gates": (FLAG,)}
PROMISED = {"gates": (FLAG,), "promised": True}
SHOULD = {"level": "SHOULD", "gates": (FLAG,), "promised": True}
DECLINED = f"{FLAG} is False, and refused as documented"


def requirement(name: str = "DEF-01", **facts: Any) -> Requirement:
    """Return a MUST of every version, with what differs from it."""
    usual = {"level": "MUST", "versions": "both", "observed": "worker", "link": "https://example.org/{version}"}
    return Requirement(**({"id": name, "area": name[:3], "sentence": "", "source": ""} | usual | facts))


def checks(outcome: str, reason: str = "", name: str = "DEF-01", **marks: Any) -> MarkedOutcome:
    """Return the outcome of a test that checks the requirement."""
    return marked(outcome, reason, requirements=(name,), **marks)


def refuses(outcome: str, reason: str = "", *names: str, **marks: Any) -> MarkedOutcome:
    """Return the outcome of a test that the feature is refused."""
    return marked(outcome, reason, refuses=(FLAG, *names), **marks)


def probes(outcome: str) -> MarkedOutcome:
    """Return the outcome of a test that the feature works all the same."""
    return marked(outcome, probes=FLAG)


def marked(outcome: str, reason: str = "", **marks: Any) -> MarkedOutcome:
    """Return an outcome with its marks."""
    test = TestOutcome(name=f"test_it[{outcome}]", outcome=Outcome(outcome), seconds=0.1, reason=reason)
    return MarkedOutcome(test=test, **marks)


def judge(flags: Mapping[str, bool], *outcomes: MarkedOutcome, django: tuple[int, ...] = (6, 1, 3)) -> Judge:
    """Return a judge of a target with these flags and outcomes."""
    return Judge(name="one", flags=flags, django=django, outcomes=outcomes, command="check {id}")


@pytest.mark.parametrize(
    ("facts", "flags", "outcomes", "verdict", "reason"),
    [
        # What the tests of a requirement say, where nothing gates it.
        (PLAIN, NO_FLAG, (), "UNKNOWN", "no test of it was run"),
        (PLAIN, NO_FLAG, ("passed",), "PASS", ""),
        (PLAIN, NO_FLAG, ("passed", "left out"), "PASS", ""),
        (PLAIN, NO_FLAG, ("passed", "unknown"), "UNKNOWN", "unknown 1"),
        (PLAIN, NO_FLAG, ("passed", "unknown", "failed"), "FAIL", "failed 2"),
        (PLAIN, NO_FLAG, ("failed", "failed"), "FAIL", "failed 0"),
        (PLAIN, NO_FLAG, ("left out", "left out"), "N/A", "left out 0"),
        # The same failure by level, by flag and by what the flag promises.
        (GATED, ON, ("failed",), "FAIL", "failed 0"),
        (PROMISED, ON, ("failed",), "OVERCLAIM", "failed 0"),
        (PROMISED, NO_FLAG, ("failed",), "FAIL", "failed 0"),
        (PROMISED, ON, ("passed",), "PASS", ""),
        (SHOULD, ON, ("failed",), "ADVISORY", "failed 0"),
        (SHOULD, ON, ("unknown",), "UNKNOWN", "unknown 0"),
        # Gates that exclude it, whatever its tests say.
        ({"gates": (f"not {FLAG}",)}, ON, ("failed",), "N/A", f"{FLAG} is True"),
        ({"gates": (f"not {FLAG}",)}, OFF, ("passed",), "PASS", ""),
        ({"gates": ("retries",)}, OFF, ("passed",), "PASS", ""),
        ({"versions": "6.0"}, ON, ("failed",), "N/A", "for Django 6.0 only"),
        ({"built_in_only": ("two", "three")}, ON, ("failed",), "N/A", "of two and three only"),
        ({"built_in_only": ("one",)}, ON, ("failed",), "FAIL", "failed 0"),
    ],
)
def test_tests_of_a_requirement(
    facts: Mapping[str, Any], flags: Mapping[str, bool], outcomes: tuple[str, ...], verdict: str, reason: str
) -> None:
    """A failure goes before what is unknown, that before what passed, and that before what was left out."""
    tests = [checks(outcome, "" if outcome == "passed" else f"{outcome} {at}") for at, outcome in enumerate(outcomes)]
    row = judge(flags, *tests, checks("failed", name="DEF-02")).judge(requirement(**facts))

    assert (row.verdict, row.reason) == (verdict, reason)
    assert list(row.tests) == ([] if reason.endswith(("only", "True")) else [each.test for each in tests])


@pytest.mark.parametrize(
    ("outcomes", "verdict", "reason"),
    [
        ((), "UNKNOWN", f"no test of how {FLAG} is refused was run"),
        ((refuses("passed"),), "DECLINED", DECLINED),
        ((refuses("passed"), probes("failed")), "DECLINED", DECLINED),
        ((refuses("passed"), probes("passed")), "UNDERCLAIM", f"{FLAG} is False, and yet it works"),
        (
            (refuses("failed"), probes("passed")),
            "N/A",
            f"{FLAG} is False; that it is not refused as documented is said ",
        ),
        ((refuses("failed", "no error"),), "N/A", f"{FLAG} is False; that it is not refused as documented is said "),
        ((refuses("failed", "no error", "DEF-01"),), "FAIL", "no error"),
        ((refuses("passed", "", "DEF-01"), refuses("failed")), "N/A", f"{FLAG} is False; that it is not refused as "),
        ((refuses("unknown", "too slow"),), "UNKNOWN", "too slow"),
        ((refuses("left out", "it works", undeclared=True),), "N/A", "it works"),
        ((refuses("left out", "no such thing"),), "UNKNOWN", "no such thing"),
        ((checks("failed", "of no account"), refuses("passed")), "DECLINED", DECLINED),
    ],
)
def test_refusal_of_a_feature(outcomes: tuple[MarkedOutcome, ...], verdict: str, reason: str) -> None:
    """Where the flag is False, how the feature is refused decides, and no test of the feature."""
    row = judge(OFF, *outcomes).judge(requirement(**PROMISED))

    assert row.verdict == verdict
    assert row.reason.startswith(reason)


def test_what_works_undeclared() -> None:
    """A test that is left out since what should be refused works shows a claim that is too small."""
    row = judge(NO_FLAG, checks("left out", "it runs after all", undeclared=True)).judge(requirement())

    assert (row.verdict, row.reason) == (Verdict.UNDERCLAIM, "it runs after all")


@pytest.mark.parametrize(("own", "verdict"), [("passed", "N/A"), ("failed", "FAIL"), ("unknown", "UNKNOWN")])
def test_the_summary_of_flags(own: str, verdict: str) -> None:
    """An OVERCLAIM of another row is the same fault: this row then only names it. Its own failure stays."""
    tests = (checks("failed", "late"), checks(own, "why", name=SUMMARY_OF_FLAGS))
    rows = judge(ON, *tests).judge_all([requirement(SUMMARY_OF_FLAGS), requirement(**PROMISED)], frozenset())

    assert [row.verdict for row in rows] == [verdict, "OVERCLAIM"]
    assert ("promises does not hold: DEF-01" in rows[0].reason) is (own == "passed")


def test_cases_of_a_test_that_is_hidden() -> None:
    """A test that passes by chance with one parameter, and is hidden with another, has not seen the requirement."""

    def case(name: str, outcome: str, **marks: Any) -> MarkedOutcome:
        test = TestOutcome(name=name, outcome=Outcome(outcome), reason="" if outcome == "passed" else "through PRI-01")
        return MarkedOutcome(test=test, requirements=("DEF-01",), **marks)

    hidden = case("test_order[1]", "left out", hidden=True)
    by_chance, another = case("test_order[2]", "passed"), case("test_result", "passed")

    def verdict(*cases: MarkedOutcome) -> tuple[str, str]:
        row = judge(NO_FLAG, *cases).judge(requirement())
        return row.verdict, row.reason

    assert verdict(by_chance, hidden) == ("N/A", "through PRI-01")
    assert verdict(by_chance, hidden, another) == ("PASS", "")
    assert verdict(by_chance, case("test_order[1]", "left out")) == ("PASS", "")
    assert verdict(by_chance, hidden, case("test_order[3]", "failed")) == ("FAIL", "through PRI-01")


def test_rows_of_the_file() -> None:
    """A row says what was asked, whether it is inherited, and how to check it alone; in the order of requirements."""
    asked = [requirement("DEF-02"), requirement("DEF-01", level="SHOULD")]
    second, first = judge(NO_FLAG, checks("passed")).judge_all(asked, frozenset({"DEF-01"}))

    assert (second.id, second.inherited, second.verdict) == ("DEF-02", False, Verdict.UNKNOWN)
    assert (first.id, first.area, first.level, first.inherited) == ("DEF-01", "DEF", "SHOULD", True)
    assert (first.link, first.command) == ("https://example.org/6.1", "check DEF-01")


@pytest.mark.parametrize(
    ("outcome", "facts", "inherited"),
    [("passed", {}, True), ("failed", {}, False), ("failed", PROMISED, False), ("failed", {"level": "SHOULD"}, True)],
)
def test_a_broken_must_is_not_inherited(outcome: str, facts: dict[str, Any], inherited: bool) -> None:
    """The inherited method calls one of the backend's own, so Django is not at fault."""
    [row] = judge(ON, checks(outcome)).judge_all([requirement(**facts)], frozenset({"DEF-01"}))

    assert row.inherited is inherited


@pytest.mark.parametrize(
    ("facts", "flags", "reason"),
    [
        (GATED, OFF, f"{FLAG} is False"),
        (GATED, ON, ""),
        ({"versions": "6.1"}, ON, "for Django 6.1 only"),
        ({"gates": (f"not {FLAG}",)}, ON, f"{FLAG} is True"),
    ],
)
def test_why_a_test_is_left_out(facts: Mapping[str, Any], flags: Mapping[str, bool], reason: str) -> None:
    """The same gates say before a test runs whether it can say anything."""
    assert judge(flags, django=(6, 0, 3)).why_not(requirement(**facts)) == reason


@pytest.mark.parametrize(
    ("word", "holds", "breaks", "fails", "declines"),
    [
        ("PASS", True, False, False, False),
        ("FAIL", False, True, True, False),
        ("OVERCLAIM", False, True, True, False),
        ("ADVISORY", False, False, True, False),
        ("DECLINED", True, False, False, True),
        ("UNDERCLAIM", True, False, False, True),
        ("UNKNOWN", False, False, False, False),
        ("N/A", False, False, False, False),
    ],
)
def test_each_verdict(word: str, *, holds: bool, breaks: bool, fails: bool, declines: bool) -> None:
    """Which verdicts hold is defined once, and every verdict is in this table."""
    verdict = Verdict(word)

    assert (verdict.holds, verdict.breaks, verdict.fails, verdict.declines) == (holds, breaks, fails, declines)
    assert len(Verdict) == 8
