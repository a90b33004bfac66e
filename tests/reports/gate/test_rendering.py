"""The verdict in words, in every form."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from taskgauge.reports.judging.gate.judge import judge
from taskgauge.reports.judging.gate.rounds import next_round
from taskgauge.reports.pages.gate.rendering import render, write
from taskgauge.reports.pages.report import read_report, write_report
from taskgauge.reports.run_folder.errors import ReportNotWritable
from taskgauge.reports.run_folder.gate_errors import CalibrationNotAlone
from taskgauge.reports.run_folder.gate_files import GateOptions
from taskgauge.reports.run_folder.gate_folder import read_gate_folder

type MakeGate = Callable[..., Path]

REGRESSED = {"effects": {"enqueue": math.log(1.15), "get": 0.0}, "spread": 0.01, "rounds": ("first", "confirm")}
COMMAND = "taskgauge gate --base django==6.0.10 --head django==6.1.3 --target django-immediate --only enqueue"
HOSTILE = "x | <img src=y> `z`\n::error::no\x1b[31m%0A"


def test_a_terminal_has_the_sentence_first(make_gate: MakeGate) -> None:
    """Then the table, the worst row first, then the commands."""
    text = render(judge(read_gate_folder(make_gate(**REGRESSED))), "terminal")

    assert text.startswith("REGRESSION: head is worse than base: enqueue time (CPU) +1")
    (first, second) = [line.split()[0] for line in text.splitlines() if " time (CPU) " in line][1:3]
    assert (first, second) == ("enqueue", "get")
    assert f"  enqueue: {COMMAND}\n" in text
    assert "control" in text
    assert "positive control" in text


def test_markdown_has_the_command_beside_each_row(make_gate: MakeGate) -> None:
    """It is what a summary of GitHub takes."""
    text = render(judge(read_gate_folder(make_gate(**REGRESSED))), "markdown")

    assert text.startswith("# REGRESSION: ")
    (line,) = [line for line in text.splitlines() if "REGRESSION" in line and line.startswith("| enqueue")]
    assert f"| {COMMAND} " in line
    assert "| 5 % " in line


def test_json_has_every_number(make_gate: MakeGate) -> None:
    """And no number that JSON does not have."""
    told = json.loads(render(judge(read_gate_folder(make_gate(**REGRESSED))), "json"), parse_constant=pytest.fail)

    assert (told["format"], told["verdict"]) == (1, "REGRESSION")
    first = told["rows"][0]
    assert 1.1 < first["low"] < first["ratio"] < first["high"] < 1.2
    assert [each["standing"] for each in told["findings"]] == ["REGRESSION", "PASS"]
    assert {"control", "positive control"} == {check["comparison"] for check in told["checks"]}
    assert told["sides"]["head"]["asked"] == "django==6.1.3"


@pytest.mark.parametrize(
    ("asked", "begin"),
    [
        (REGRESSED, "::error title=Taskgauge gate::REGRESSION"),
        ({}, "::notice title=Taskgauge gate::PASS"),
        ({"control": 0.1}, "::warning title=Taskgauge gate::INCONCLUSIVE"),
        ({"effects": {}}, "::error title=Taskgauge gate::NOTHING MEASURED"),
    ],
)
def test_annotations_begin_with_the_verdict(make_gate: MakeGate, asked: dict[str, object], begin: str) -> None:
    """As an error, a warning or a notice."""
    assert render(judge(read_gate_folder(make_gate(**asked))), "annotations").startswith(begin)


def test_annotations_are_no_more_than_are_shown(make_gate: MakeGate) -> None:
    """GitHub shows ten of a kind."""
    base = {f"operation-{at}": {"statements": []} for at in range(30)}
    head = {f"operation-{at}": {"statements": ["SELECT"]} for at in range(30)}
    lines = render(
        judge(read_gate_folder(make_gate(effects={}, ledger={"base": base, "head": head}))), "annotations"
    ).splitlines()

    assert len(lines) == 10
    assert all(line.startswith("::error ") for line in lines)


def test_hostile_text_stays_text(make_gate: MakeGate) -> None:
    """A statement can end no cell, no fence, no line of a workflow's commands, and colour no terminal."""
    ledger = {"base": {"enqueue": {"statements": []}}, "head": {"enqueue": {"statements": [HOSTILE]}}}
    problem = {"part": "duet", "side": "head", "kind": HOSTILE, "operation": None, "text": HOSTILE}
    judged = judge(read_gate_folder(make_gate(effects={}, ledger=ledger, problems=[problem])))

    annotations = render(judged, "annotations")
    assert all(line.startswith(("::error title=", "::warning title=")) for line in annotations.splitlines())
    assert "%250A" in annotations
    for form in ("terminal", "markdown", "annotations", "json"):
        assert "\x1b" not in render(judged, form)
    rows = [line for line in render(judged, "markdown").splitlines() if line.startswith("|")]
    assert all("<img" not in line.replace("\\<", "") for line in rows)


def test_what_is_written_is_what_a_report_makes_again(make_gate: MakeGate) -> None:
    """gate.json, report.md and report.html come from the other files only, at any time."""
    folder = make_gate(**REGRESSED)
    write(judge(read_gate_folder(folder)))
    made = {name: (folder / name).read_text() for name in ("gate.json", "report.md", "report.html")}
    for name in made:
        (folder / name).unlink()

    report = write_report([folder])

    assert made == {name: (folder / name).read_text() for name in made}
    assert report.text == render(judge(read_gate_folder(folder)), "terminal")
    assert report.faults == (judge(read_gate_folder(folder)).sentence,)
    assert next_round(read_gate_folder(folder).pairs, GateOptions(), ()) is None


def test_a_report_goes_where_it_is_told(make_gate: MakeGate, tmp_path: Path) -> None:
    """The run folder is left as it is."""
    folder = make_gate()
    assert write(judge(read_gate_folder(folder)), tmp_path / "out") == tmp_path / "out"

    assert not (folder / "gate.json").exists()
    assert (tmp_path / "out/gate.json").exists()


def test_what_cannot_be_written_is_named(make_gate: MakeGate, tmp_path: Path) -> None:
    """One line."""
    (tmp_path / "file").touch()

    with pytest.raises(ReportNotWritable):
        write(judge(read_gate_folder(make_gate())), tmp_path / "file")


def test_gates_stand_beside_each_other_and_beside_other_runs(
    make_gate: MakeGate, make_checked: Callable[..., Path], tmp_path: Path
) -> None:
    """Each sentence comes first, and the sections say whose they are."""
    one, other = make_gate("one"), make_gate("other", **REGRESSED)
    both = read_report([one, other])
    assert both.gate is None
    assert len(both.faults) == 1
    assert {"Results: one", "Results: other"} <= {each.title for each in both.document.sections}
    assert "PASS: " in both.document.summary
    assert "REGRESSION: " in both.document.summary
    assert "Results: one" in both.terminal(tables=False)

    mixed = write_report([one, make_checked({"target": {"ENQ-01": "PASS"}})], tmp_path / "out")
    assert "Results: one" in mixed.text
    assert "keeps all 1 MUST" in mixed.text


def test_a_calibration_is_reported_alone(make_gate: MakeGate) -> None:
    """It is no run beside others."""
    folder = make_gate("calibration", pairs=12, comparisons=("control",), run={"kind": "calibration"})

    with pytest.raises(CalibrationNotAlone, match="alone"):
        read_report([folder, make_gate()])

    report = read_report([folder])
    assert report.text.startswith("No false alarms and no false improvements in 1 gates")
    assert set(report.files()) == {"calibration.json", "report.md", "report.html"}
    assert report.document.title in report.text
    again = make_gate("calibration-2", pairs=12, comparisons=("control",), run={"kind": "calibration"}, seed=2)
    assert read_report([folder, again]).text.startswith("No false alarms and no false improvements in 2 gates")
