"""Rows of the gate from records alone, and how they are counted, without a run folder."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from taskgauge.reports.judging.gate.conformance_rows import both_sides, conformance_rows, is_doubtful
from taskgauge.reports.judging.gate.gate_verdict import GateRow, GateVerdict, RowVerdict, worst_first
from taskgauge.reports.judging.gate.ledger_rows import ledger_rows
from taskgauge.reports.judging.gate.problem_rows import problem_rows
from taskgauge.reports.judging.gate.repeat_command import Repeat
from taskgauge.reports.judging.gate.sentences import sentence
from taskgauge.reports.run_folder.counters import Counted
from taskgauge.reports.run_folder.gate_files import Ledger, Problem
from taskgauge.reports.run_folder.gate_folder import SideTargets
from taskgauge.reports.run_folder.run_file import PartRecord
from taskgauge.reports.run_folder.target_results import Known, RequirementRow, TargetResults
from taskgauge.reports.run_folder.verdict import Verdict

DAY = date(2026, 11, 22)
REPEAT = Repeat(words=("taskgauge", "gate"))


def target(rows: Mapping[str, str], *, known: date | None = None, name: str = "one") -> TargetResults:
    """Return a target with these verdicts; all of them are known failures until a day, if one is named."""
    failure = Known(reason="a bug", expires=known) if known else None
    found = [
        RequirementRow(id=key, area=key[:3], level="MUST", sentence="", verdict=Verdict(word), known=failure)
        for key, word in rows.items()
    ]
    return TargetResults(target=name, state="finished", requirements=tuple(found))


@pytest.mark.parametrize(
    ("before", "after", "known", "doubtful"),
    [
        ("PASS", "FAIL", None, True),
        ("DECLINED", "ADVISORY", None, True),
        ("PASS", "UNKNOWN", None, False),
        ("FAIL", "FAIL", None, False),
        ("PASS", "FAIL", DAY, False),
        ("PASS", "FAIL", date(2026, 11, 21), True),
    ],
)
def test_what_is_checked_again(before: str, after: str, known: date | None, doubtful: bool) -> None:
    """What head breaks, unless that is a known failure on the day of the run."""
    head = target({"ENQ-01": "PASS", "RES-01": after}, known=known)

    assert is_doubtful(target({"ENQ-01": "PASS", "RES-01": before}), head, DAY) is doubtful


def test_requirements_are_counted() -> None:
    """What holds on both sides, by whatever verdict; each requirement that differs has a row of its own."""
    base = target({"A-01": "PASS", "A-02": "DECLINED", "A-03": "PASS", "A-04": "FAIL", "A-05": "PASS", "A-06": "PASS"})
    head = target({"A-01": "PASS", "A-02": "UNDERCLAIM", "A-03": "FAIL", "A-04": "PASS", "A-05": "UNKNOWN"})
    rows = list(conformance_rows(SideTargets(base=(base,), head=(head,)), DAY))

    assert [(row.verdict, row.measure) for row in rows] == [
        ("INCONCLUSIVE", "A-03"),
        ("IMPROVEMENT", "A-04"),
        ("INCONCLUSIVE", "held in base, and could not be concluded in head"),
        ("INCONCLUSIVE", "held in base, and were not checked in head"),
        ("PASS", "requirements that hold on both sides: 2"),
    ]


def test_targets_beside_each_other() -> None:
    """Target by target, base before head; one that a side lacks is there once."""
    both = SideTargets(base=(target({}), target({}, name="two")), head=(target({}, name="two"), target({}, name="new")))

    names = [each.name for each in both_sides(both, DAY)]
    assert names == ["one (base)", "two (base)", "two (head)", "new (head)"]


def test_counters_are_counted() -> None:
    """One row for a counter that differs, and one with the number of those that do not."""
    base = Counted(statements=("INSERT",), bytecodes=(100, 100, 100), calls=(9, 9, 9), pickle_bytes=50)
    head = Counted(statements=("INSERT", "SELECT"), bytecodes=(100, 100, 101), calls=(9, 9, 9), bytes_per_object=8)
    ledger = Ledger(base={"put": base, "get": base}, head={"put": head}, missing={"head": {"get": "it is gone"}})
    rows = list(ledger_rows(ledger, REPEAT))

    assert [(row.operation, row.verdict, row.measure, row.estimate) for row in rows] == [
        ("get", "REGRESSION", "the operation", "gone"),
        ("put", "REGRESSION", "statements", "1 -> 2"),
        ("put", "INCONCLUSIVE", "pickle_bytes", "gone"),
        ("put", "PASS", "bytes_per_object", "new"),
        ("put", "PASS", "2 counters", ""),
    ]
    assert list(ledger_rows(ledger, REPEAT, {("head", "get")})) == rows[1:]


@pytest.mark.parametrize(
    ("problem", "others", "verdict"),
    [
        ({"side": "head", "kind": "crashes"}, (), "REGRESSION"),
        ({"side": "head", "kind": "crashes", "once": True}, (), "INCONCLUSIVE"),
        ({"side": "base", "kind": "crashes"}, (), "FAILED"),
        ({"side": "head", "kind": "cannot be prepared"}, (), "FAILED"),
        ({"side": "head", "kind": "hangs"}, ({"side": "base", "kind": "crashes"},), "FAILED"),
        ({"side": "head", "kind": "hangs"}, ({"side": "base", "kind": "crashes", "operation": "get"},), "REGRESSION"),
    ],
)
def test_problems(problem: dict[str, Any], others: tuple[dict[str, Any], ...], verdict: str) -> None:
    """One that lasts counts against head only where head alone has it."""
    made = [Problem(**({"part": "duet", "text": "why", "operation": "put"} | each)) for each in (problem, *others)]

    assert next(problem_rows(made, (), REPEAT)).verdict == verdict


def test_parts_that_failed() -> None:
    """A part without a problem of its own says why it failed; one with a problem has said so."""
    parts = [PartRecord(name=name, state="failed", reason="it broke") for name in ("duet", "ledger")]
    rows = list(problem_rows([Problem(part="duet", kind="hangs", text="why", side="base")], parts, REPEAT))

    assert [(row.operation, row.verdict, row.details) for row in rows] == [
        ("duet", "FAILED", ("why",)),
        ("ledger", "FAILED", ("it broke",)),
    ]


def test_order_and_sentence() -> None:
    """The worst verdict comes first, then the largest; two rows are named, the rest is a number."""
    sizes: list[tuple[RowVerdict, float]] = [("PASS", 9), ("REGRESSION", 1), ("IMPROVEMENT", 0), ("REGRESSION", 2)]
    rows = [GateRow(part="duet", operation=f"{size}", measure="time", verdict=word, size=size) for word, size in sizes]
    found = worst_first([*rows, GateRow(part="duet", operation="3", measure="time", verdict="REGRESSION", size=3)])

    assert [row.operation for row in found] == ["3", "2", "1", "0", "9"]
    said = sentence(GateVerdict.REGRESSION, found, None, ())
    assert said == "REGRESSION: head is worse than base: 3 time, 2 time, and 1 more; better: 0 time."
