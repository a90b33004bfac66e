"""Run folders of the gate, judged: each ending has its verdict, its line and its exit code."""

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from taskgauge.reports.judging.gate.gate_verdict import WORST_FIRST, Judged
from taskgauge.reports.judging.gate.judge import judge
from taskgauge.reports.run_folder.errors import (
    NotARunFolder,
    ReportError,
    RunFileBroken,
    RunFolderNewer,
    RunFolderNotFound,
)
from taskgauge.reports.run_folder.gate_errors import NotAGateRun, PairsDoNotCompare
from taskgauge.reports.run_folder.gate_folder import read_gate_folder

type MakeGate = Callable[..., Path]

SLOW = {"enqueue": math.log(1.15), "get": 0.0}
CONFIRMED = {"effects": SLOW, "spread": 0.01, "rounds": ("first", "confirm")}
COUNTED = {"enqueue": {"statements": ["INSERT"], "bytecodes": [800, 801, 802], "bytes_per_object": 352}}
ALIKE = {side: {"asked": side} for side in ("base", "head")} | {"alike": True}
CRASH = {"part": "duet", "side": "head", "kind": "crashes", "operation": "enqueue", "text": "killed by SIGSEGV"}


def counted(**changes: object) -> dict[str, Any]:
    """Return a ledger in which head differs from base in these counters."""
    return {"base": COUNTED, "head": {"enqueue": COUNTED["enqueue"] | changes}, "missing": {"base": {}, "head": {}}}


def ending(judged: Judged) -> tuple[str, int, int]:
    """Return the verdict and both exit codes."""
    return judged.verdict.value, judged.exit_code(strict=False), judged.exit_code(strict=True)


def test_no_difference_passes(make_gate: MakeGate) -> None:
    """It says what was compared, and what was not."""
    judged = judge(read_gate_folder(make_gate(effects={"enqueue": 0.0, "get": 0.0}, ledger=counted())))

    assert ending(judged) == ("PASS", 0, 0)
    assert judged.sentence == (
        "PASS: head (django 6.1.3, on django-immediate) is not slower or bigger than its margins allow: 2 "
        "operations timed, 1 operation counted; "
        "not compared: requirements."
    )
    assert judged.notes == ("No requirements were compared.",)
    assert {row.verdict for row in judged.rows} == {"PASS"}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            {"effects": {}, "ledger": True},
            "not bigger than its margins allow: 1 operation counted; not compared: times, requ",
        ),
        ({}, "not slower than its margins allow: 1 operation timed; not compared: counters, requirements."),
    ],
)
def test_a_pass_says_no_more_than_was_compared(make_gate: MakeGate, asked: dict[str, Any], said: str) -> None:
    """What did not run cannot be better or worse."""
    judged = judge(read_gate_folder(make_gate(**asked | ({"ledger": counted()} if "ledger" in asked else {}))))

    assert judged.verdict.value == "PASS"
    assert said in judged.sentence


def test_a_operation_that_only_head_has_is_compared_with_nothing(make_gate: MakeGate) -> None:
    """Alone it is no pass."""
    judged = judge(read_gate_folder(make_gate(effects={}, ledger={"base": {}, "head": COUNTED})))

    assert ending(judged) == ("NOTHING MEASURED", 5, 5)


def test_a_slow_down_that_is_confirmed_is_a_regression(make_gate: MakeGate) -> None:
    """The sentence has the figures, the row the command that repeats it."""
    judged = judge(read_gate_folder(make_gate(**CONFIRMED)))

    assert ending(judged) == ("REGRESSION", 1, 1)
    assert judged.sentence.startswith("REGRESSION: head is worse than base: enqueue time (CPU) +1")
    row = judged.rows[0]
    assert (row.operation, row.verdict, row.margin) == ("enqueue", "REGRESSION", "5 %")
    assert row.command == (
        "taskgauge gate --base django==6.0.10 --head django==6.1.3 --target django-immediate --only enqueue"
    )


def test_a_slow_down_that_is_not_confirmed_is_inconclusive(make_gate: MakeGate) -> None:
    """Never red."""
    judged = judge(read_gate_folder(make_gate(effects=SLOW, spread=0.01)))

    assert ending(judged) == ("INCONCLUSIVE", 0, 3)
    assert "not confirmed" in judged.rows[0].details[0]


def test_an_improvement_is_told(make_gate: MakeGate) -> None:
    """It passes, and the sentence says what is better."""
    judged = judge(read_gate_folder(make_gate(effects={"enqueue": -0.15}, spread=0.01, rounds=("first", "confirm"))))

    assert ending(judged) == ("PASS", 0, 0)
    assert "; better: enqueue time (CPU) -1" in judged.sentence
    assert [row.operation for row in judged.of("IMPROVEMENT")] == ["enqueue"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"control": 0.05}, "base differs from itself"),
        ({"positive_control": 0.0}, "not found"),
        ({"comparisons": ("head", "positive control")}, "no A/A control was run"),
        ({"comparisons": ("head", "control")}, "no positive control was run"),
    ],
)
def test_times_that_are_not_believed_are_inconclusive(make_gate: MakeGate, change: dict[str, Any], said: str) -> None:
    """Also where something was found, and confirmed."""
    judged = judge(read_gate_folder(make_gate(**CONFIRMED | change)))

    assert ending(judged) == ("INCONCLUSIVE", 0, 3)
    assert said in judged.sentence
    assert all(row.verdict == "INCONCLUSIVE" for row in judged.rows)


def test_the_ledger_is_believed_without_a_control(make_gate: MakeGate) -> None:
    """Counters have no noise: a statement more is red in a run whose times mean nothing."""
    judged = judge(read_gate_folder(make_gate(control=0.05, ledger=counted(statements=["INSERT", "SELECT 1"]))))

    assert ending(judged) == ("REGRESSION", 1, 1)
    assert "enqueue statements 1 -> 2" in judged.sentence
    assert judged.rows[0].details == ("new: SELECT 1",)


@pytest.mark.parametrize(
    ("change", "measure"),
    [
        ({"bytecodes": [825, 826, 827]}, "bytecodes"),
        ({"bytes_per_object": 360}, "bytes_per_object"),
        ({"statements": ["INSERT", "INSERT"]}, "statements"),
    ],
)
def test_each_counter_is_a_row_of_its_own(make_gate: MakeGate, change: dict[str, Any], measure: str) -> None:
    """And what is the same is one row together."""
    judged = judge(read_gate_folder(make_gate(effects={}, ledger=counted(**change))))

    assert judged.verdict.value == "REGRESSION"
    assert [(row.measure, row.verdict) for row in judged.rows] == [(measure, "REGRESSION"), ("2 counters", "PASS")]


def test_a_changed_statement_is_told_and_passes(make_gate: MakeGate) -> None:
    """As many others are no verdict."""
    judged = judge(read_gate_folder(make_gate(effects={}, ledger=counted(statements=["INSERT RETURNING"]))))

    assert ending(judged) == ("PASS", 0, 0)
    assert [row.verdict for row in judged.rows] == ["CHANGED", "PASS"]


def test_a_counter_that_head_lacks_is_inconclusive(make_gate: MakeGate) -> None:
    """It is not passed over; one that base lacks is new."""
    judged = judge(read_gate_folder(make_gate(effects={}, ledger=counted(bytes_per_object=None))))
    assert ending(judged) == ("INCONCLUSIVE", 0, 3)
    assert (judged.rows[0].measure, judged.rows[0].estimate) == ("bytes_per_object", "gone")

    judged = judge(read_gate_folder(make_gate("new", effects={}, ledger=counted(pickle_bytes=300))))
    assert ending(judged) == ("PASS", 0, 0)
    assert [row.estimate for row in judged.rows] == ["new", ""]


def test_what_no_side_counts_is_told(make_gate: MakeGate) -> None:
    """A reader who looks for it finds that it was not counted, and not that it is the same."""
    (row,) = judge(read_gate_folder(make_gate(effects={}, ledger=counted()))).rows

    assert row.measure == "3 counters"
    assert "not counted on either side: pickle_bytes" in row.details[0]


@pytest.mark.parametrize("change", [{"statements": ["INSERT", "SELECT"]}, {"bytes_per_object": 344}], ids=str)
def test_sides_that_install_the_same_files_never_differ(make_gate: MakeGate, change: dict[str, Any]) -> None:
    """A change of words alone can neither have done harm nor good: what moves, moves by itself."""
    judged = judge(read_gate_folder(make_gate(effects={}, sides=ALIKE, ledger=counted(**change))))

    assert ending(judged) == ("INCONCLUSIVE", 0, 3)
    assert judged.rows[0].details[-1].startswith("both sides install the same files")


def test_a_crash_between_sides_that_are_alike_is_no_regression(make_gate: MakeGate) -> None:
    """Base would have done the same: the measuring failed."""
    assert ending(judge(read_gate_folder(make_gate(effects={}, sides=ALIKE, problems=[CRASH])))) == ("FAILED", 4, 4)


def test_a_operation_that_head_lacks_is_a_regression(make_gate: MakeGate) -> None:
    """With its reason; one that base lacks is new, and no verdict."""
    missing = {"head": {"get": "NotImplementedError"}, "base": {"aget": "AttributeError"}}
    ledger = {"base": COUNTED | {"get": {}}, "head": COUNTED | {"aget": {}}, "missing": missing}

    judged = judge(read_gate_folder(make_gate(effects={}, ledger=ledger)))

    assert ending(judged) == ("REGRESSION", 1, 1)
    assert (judged.rows[0].operation, judged.rows[0].estimate) == ("get", "gone")
    assert judged.rows[0].details == ("NotImplementedError",)
    assert [row.verdict for row in judged.rows if row.operation == "aget"] == ["PASS"]


def test_a_missing_operation_is_told_once(make_gate: MakeGate) -> None:
    """Where a problem says why, the ledger need not."""
    ledger = {"base": COUNTED | {"get": {}}, "head": COUNTED, "missing": {"head": {"get": "killed"}, "base": {}}}
    problems = [
        CRASH | {"part": "ledger", "operation": "get"},
        CRASH | {"part": "ledger", "operation": "put", "side": "base"},
    ]

    judged = judge(
        read_gate_folder(make_gate(effects={}, ledger=ledger | {"head": COUNTED | {"put": {}}}, problems=problems))
    )

    assert [(row.operation, row.verdict) for row in judged.rows if row.operation != "enqueue"] == [
        ("get", "REGRESSION"),
        ("put", "FAILED"),
    ]


@pytest.mark.parametrize("kind", ["cannot import", "crashes", "hangs", "lacks an operation", "raises"])
def test_what_only_head_cannot_do_is_a_regression(make_gate: MakeGate, kind: str) -> None:
    """Base does it well on the same machine, a moment before."""
    judged = judge(read_gate_folder(make_gate(problems=[CRASH | {"kind": kind}])))

    assert ending(judged) == ("REGRESSION", 1, 1)
    assert f"enqueue: head {kind}" in judged.sentence
    assert judged.rows[0].details == ("killed by SIGSEGV",)


@pytest.mark.parametrize("side", ["base", "head"])
def test_what_happened_once_is_inconclusive(make_gate: MakeGate, side: str) -> None:
    """And was well when it was tried again: told, and never red."""
    judged = judge(read_gate_folder(make_gate(ledger=counted(), problems=[CRASH | {"side": side, "once": True}])))

    assert ending(judged) == ("INCONCLUSIVE", 0, 3)
    assert f"enqueue: {side} crashes once" in judged.sentence


@pytest.mark.parametrize(
    "problems",
    [
        [CRASH | {"side": "base"}],
        [CRASH, CRASH | {"side": "base"}],
        [CRASH, CRASH | {"side": "base", "once": True}],
        [CRASH, CRASH | {"side": "base", "operation": None}],
        [CRASH | {"side": None}],
        [CRASH | {"kind": "cannot be prepared"}],
        [CRASH | {"part": "sides"}],
    ],
    ids=range(7),
)
def test_what_is_not_heads_own_fails_the_run(make_gate: MakeGate, problems: list[dict[str, Any]]) -> None:
    """The measuring did not succeed, which is no verdict on head."""
    judged = judge(read_gate_folder(make_gate(problems=problems)))

    assert ending(judged) == ("FAILED", 4, 4)


def test_problems_may_come_in_an_object(make_gate: MakeGate) -> None:
    """A list, or an object with a list and a format."""
    judged = judge(read_gate_folder(make_gate(problems={"format": 1, "problems": [CRASH]})))

    assert judged.verdict.value == "REGRESSION"


def test_sides_that_were_never_made_are_told(make_gate: MakeGate) -> None:
    """There is no sides.json then, and the problem says why."""
    problem = {"part": "sides", "side": "head", "kind": "does not build", "operation": None, "text": "no such package"}
    judged = judge(read_gate_folder(make_gate(effects={}, sides=None, problems=[problem])))

    assert ending(judged) == ("FAILED", 4, 4)
    assert "head does not build" in judged.sentence


def test_sides_that_are_the_same_are_never_a_pass(make_gate: MakeGate) -> None:
    """Whatever was measured."""
    sides = json.loads((make_gate("other") / "gate/sides.json").read_text()) | {"same": True}
    judged = judge(read_gate_folder(make_gate(sides=sides)))

    assert ending(judged) == ("NOTHING MEASURED", 5, 5)
    assert "the same" in judged.sentence


def test_nothing_measured_is_never_a_pass(make_gate: MakeGate) -> None:
    """No pair, no counter, no requirement."""
    assert ending(judge(read_gate_folder(make_gate(effects={})))) == ("NOTHING MEASURED", 5, 5)
    assert ending(judge(read_gate_folder(make_gate("empty", effects={}, ledger={"base": {}, "head": {}})))) == (
        "NOTHING MEASURED",
        5,
        5,
    )


def test_an_interrupted_run_is_no_pass(make_gate: MakeGate) -> None:
    """What was finished before is judged, and the whole is not."""
    assert ending(judge(read_gate_folder(make_gate(run={"state": "interrupted"})))) == ("INCONCLUSIVE", 0, 3)
    assert ending(judge(read_gate_folder(make_gate("killed", run={"state": "running"})))) == ("INCONCLUSIVE", 0, 3)
    judged = judge(read_gate_folder(make_gate("slow", **CONFIRMED, run={"state": "interrupted"})))
    assert judged.verdict.value == "REGRESSION"


def test_a_part_that_failed_is_told(make_gate: MakeGate) -> None:
    """Unless a problem of that part says it already."""
    parts = [{"name": "duet", "state": "failed", "reason": "no space left"}]

    judged = judge(read_gate_folder(make_gate(run={"parts": parts})))
    assert ending(judged) == ("FAILED", 4, 4)
    assert judged.rows[0].details == ("no space left",)

    judged = judge(read_gate_folder(make_gate("told", run={"parts": parts}, problems=[CRASH])))
    assert ending(judged) == ("REGRESSION", 1, 1)


def test_too_few_pairs_are_inconclusive_and_told(make_gate: MakeGate) -> None:
    """A duet that was cut has its numbers, and no bound."""
    judged = judge(read_gate_folder(make_gate(pairs=5, options={"pairs": 10})))

    assert ending(judged) == ("INCONCLUSIVE", 0, 3)
    assert "enqueue: 5 of 10 pairs finished." in judged.notes


def test_a_load_that_jumps_is_told(make_gate: MakeGate) -> None:
    """The A/A control decides; the reader knows."""
    folder = make_gate()
    path = folder / "gate/duet.jsonl"
    first, *rest = path.read_text().splitlines(keepends=True)
    path.write_text("".join([first.replace("[0.4, 0.5]", "[0.4, 3.5]"), *rest]))

    judged = judge(read_gate_folder(folder))

    assert "The load of the machine went from 0.4 to 3.5 while pairs ran." in judged.notes
    assert judged.verdict.value == "PASS"


def test_what_was_left_out_is_told(make_gate: MakeGate) -> None:
    """With the reason that the run had."""
    left_out = [{"what": "duet", "why": "both sides install the same files"}]
    judged = judge(read_gate_folder(make_gate(effects={}, ledger=counted(), run={"left_out": left_out})))

    assert judged.verdict.value == "PASS"
    assert "Left out: duet (both sides install the same files)." in judged.notes


def test_rows_come_worst_first(make_gate: MakeGate) -> None:
    """By verdict, and of the same verdict the larger effect."""
    effects = {"get": 0.0, "small": math.log(1.15), "large": math.log(1.5), "better": -0.3}
    ledger = counted(bytecodes=[830, 831, 832], statements=["UPDATE"])
    folder = make_gate(effects=effects, spread=0.005, rounds=("first", "confirm"), ledger=ledger)
    judged = judge(read_gate_folder(folder))

    found = [row.verdict for row in judged.rows]
    assert found == sorted(found, key=WORST_FIRST.index)
    assert [row.operation for row in judged.of("REGRESSION")] == ["large", "small", "enqueue"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("run.json", "{"),
        ("run.json", '{"format": 1, "parts": 3}'),
        ("run.json", '{"format": 1, "parts": [], "steal_seconds": NaN}'),
        ("gate/sides.json", "[]"),
        ("gate/sides.json", '{"base": {"asked": "a"}}'),
        ("gate/sides.json", '{"base": {"asked": ""}, "head": {"asked": "b"}}'),
        ("gate/options.json", '{"margin": 0}'),
        ("gate/options.json", '{"margin": NaN}'),
        ("gate/problems.json", "3"),
        ("gate/problems.json", '[{"part": "duet"}]'),
        ("gate/problems.json", '[{"part": "duet", "kind": "x", "text": "y", "side": "left"}]'),
        ("gate/ledger.json", '{"base": {"enqueue": {"bytecodes": []}}}'),
        ("gate/ledger.json", '{"base": {"enqueue": {"bytecodes": [NaN]}}}'),
        ("gate/ledger.json", '{"missing": {"left": []}}'),
        ("gate/duet.jsonl", ""),
        ("gate/duet.jsonl", '{"round": "first", "pai'),
        ("gate/conformance/head/one.json", "{}"),
    ],
    ids=range(17),
)
def test_broken_files_are_named_in_one_line(make_gate: MakeGate, path: str, text: str) -> None:
    """Cut short, edited, not ours: the file is named, and there is no verdict."""
    folder = make_gate()
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text)

    with pytest.raises(RunFileBroken, match=Path(path).name.replace(".", r"\.")) as caught:
        judge(read_gate_folder(folder))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["run", "gate/sides", "gate/options", "gate/ledger", "gate/problems"])
def test_newer_files_are_refused(make_gate: MakeGate, name: str) -> None:
    """They are not guessed at."""
    folder = make_gate()
    (folder / f"{name}.json").write_text('{"format": 3}')

    with pytest.raises(RunFolderNewer, match="upgrade"):
        judge(read_gate_folder(folder))


def test_mixed_loops_are_refused(make_gate: MakeGate) -> None:
    """Two runs in one file are none."""
    folder = make_gate()
    path = folder / "gate/duet.jsonl"
    first, *rest = path.read_text().splitlines(keepends=True)
    path.write_text("".join([first.replace('"loops": 1000', '"loops": 500'), *rest]))

    with pytest.raises(PairsDoNotCompare, match="loops"):
        judge(read_gate_folder(folder))


def test_other_folders_are_no_runs_of_the_gate(make_gate: MakeGate, make_run: MakeGate, tmp_path: Path) -> None:
    """Nothing there, no run, another run, a run without sides: each has its own line, and each is a ReportError."""
    (tmp_path / "empty").mkdir()
    without = make_gate(sides=None)
    cases: Mapping[Path, type[ReportError]] = {
        tmp_path / "nowhere": RunFolderNotFound,
        tmp_path / "empty": NotARunFolder,
        make_run("bench", parts=["transport"]): NotAGateRun,
        without: RunFileBroken,
    }

    for folder, error in cases.items():
        with pytest.raises(error):
            judge(read_gate_folder(folder))
