"""A gate is calibrated by many pairs without a change."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from statistics import stdev

import pytest

from taskgauge.reports.judging.gate.calibration import calibrate, calibration
from taskgauge.reports.judging.gate.calibration_results import Calibrated
from taskgauge.reports.pages.gate.calibration_report import render_calibration, sentence, write_calibration
from taskgauge.reports.run_folder.errors import RunFileBroken, RunFolderNotFound
from taskgauge.reports.run_folder.gate_errors import NothingToCalibrate
from taskgauge.reports.run_folder.gate_files import GateOptions

type MakeGate = Callable[..., Path]

MARGINS = GateOptions()


def pairs(number: int, spread: float = 0.02, operations: int = 3, seed: int = 2) -> list[dict[str, float]]:
    """Return so many pairs of processes, each with the log-ratios of some operations."""
    source = random.Random(seed)  # noqa: S311 -- noise, not a secret
    return [{f"operation-{at}": source.gauss(0, spread) for at in range(operations)} for _ in range(number)]


def calibrated(found: list[dict[str, float]], margins: GateOptions = MARGINS) -> Calibrated:
    """Calibrate with few draws."""
    return calibrate(found, margins, dict.fromkeys(found[0], "cpu"), draws=10)


def test_gates_are_disjoint() -> None:
    """Ten pairs each; what is left over makes none."""
    found = calibrated(pairs(107, spread=0.005))

    assert (found.pairs, found.gates, found.looked_twice) == (107, 10, 0)
    assert (found.false_alarms, found.false_improvements, found.inconclusive) == (0, 0, 0)
    assert found.at_most == pytest.approx(1 - 0.05 ** (1 / 10))


def test_a_second_look_takes_its_pairs_from_the_same_store() -> None:
    """No pair is judged in two gates, and the last one may not come to its end."""
    found = calibrated(pairs(100, spread=0.05))

    assert found.looked_twice > 0
    assert 8 <= found.gates + found.looked_twice <= 10


def test_a_gate_that_came_to_no_end_is_none() -> None:
    """It looks twice, and there are no pairs for that: it has raised no alarm, and none can be said of it."""
    open_ones = [{operation: value + 0.05 for operation, value in pair.items()} for pair in pairs(10, spread=0.02)]
    assert (calibrated(open_ones).gates, calibrated(open_ones).at_most) == (0, 1)
    slow = [{operation: value + 0.2 for operation, value in pair.items()} for pair in pairs(20, spread=0.005)]
    assert (calibrated(slow).gates, calibrated(slow).inconclusive_share) == (0, 0)


def test_a_second_look_has_the_operations_that_need_it() -> None:
    """As in a run of the gate: what was within its margin is not judged again by pairs that it would not have had."""
    quiet = [{"open": value["operation-0"] + 0.05, "quiet": value["operation-1"]} for value in pairs(10, spread=0.005)]
    wild = [{"open": 0.0, "quiet": 0.5} for _ in range(10)]
    found = calibrate([*quiet, *wild], MARGINS, {"none": "cpu"}, draws=10)

    assert (found.gates, found.looked_twice, found.false_alarms) == (1, 1, 0)


def test_a_bias_of_the_machine_is_a_false_alarm() -> None:
    """Sides that are never alike are called, confirmed and counted; and would not do as an A/A control."""
    biased = [{operation: value + 0.2 for operation, value in pair.items()} for pair in pairs(90, spread=0.005)]
    found = calibrated(biased)

    assert (found.gates, found.false_alarms, found.unfit_as_control) == (3, 3, 3)
    assert found.at_most == 1
    assert sentence(found).startswith("3 false alarms and no false improvements in 3 gates")
    assert render_calibration(found, "annotations").startswith("::error ")


def test_the_deviation_is_that_of_estimates_from_ten_pairs() -> None:
    """About that of a pair divided by the root of ten, from tens or, where they are few, from single pairs."""
    many, few = calibrated(pairs(400, spread=0.03)), calibrated(pairs(40, spread=0.03))

    for found in (many, few):
        for operation in found.operations:
            assert operation.deviation == pytest.approx(0.03 / 10**0.5, rel=0.35)


def test_the_proposed_margin_is_three_deviations_and_no_less_than_five_per_cent() -> None:
    """Rounded up to half a per cent."""
    quiet, loud = (calibrated(pairs(100, spread)).operations[0] for spread in (0.01, 0.1))

    assert quiet.proposed == 0.05
    assert loud.proposed * 200 == pytest.approx(round(loud.proposed * 200))
    assert 3 * loud.deviation < loud.proposed < 3 * loud.deviation + 0.02


def test_a_operation_that_is_seldom_there_is_told(tmp_path: Path) -> None:
    """It is judged in the gates that have it, and no power is claimed for it."""
    found = pairs(30, spread=0.005)
    for pair in found[:3]:
        pair["seldom"] = 0.001
    result = calibrated(found)

    seldom = result.operations[-1]
    assert (seldom.operation, seldom.pairs, seldom.smallest, seldom.finds_10) == ("seldom", 3, None, None)
    write_calibration(result, tmp_path)
    assert "too few pairs" in (tmp_path / "report.md").read_text()


def test_run_folders_and_files_are_taken_together(make_gate: MakeGate) -> None:
    """Several folders, or the files of pairs alone; heads and positive controls are not base against base."""
    one, other = make_gate("one", pairs=10), make_gate("other", pairs=10, seed=2)

    found = calibration(one, other / "gate/duet.jsonl")

    assert (found.pairs, found.gates) == (20, 2)
    assert [operation.operation for operation in found.operations] == ["enqueue"]


def test_margins_of_the_run_are_used(make_gate: MakeGate) -> None:
    """As a gate would."""
    (operation,) = calibration(make_gate(options={"margins": {"enqueue": 0.08}})).operations

    assert (operation.margin, operation.proposed >= 0.05) == (0.08, True)


def test_every_form_says_the_same(tmp_path: Path) -> None:
    """The sentence first, every number as JSON, and where they came from if that is known."""
    found = calibrated(pairs(60))
    write_calibration(found, tmp_path, {"started": "2026-11-22", "parts": []})

    told = json.loads((tmp_path / "calibration.json").read_text())
    assert (told["format"], told["gates"], told["sentence"]) == (1, found.gates, sentence(found))
    assert render_calibration(found, "terminal").startswith(sentence(found))
    assert render_calibration(found, "markdown").startswith(f"# {sentence(found)}")
    assert render_calibration(found, "annotations").startswith("::notice ")
    assert json.loads(render_calibration(found, "json")) == told
    assert "2026-11-22" in (tmp_path / "report.md").read_text()
    assert "Only times are judged here" in (tmp_path / "report.md").read_text()


def test_too_few_pairs_are_refused(make_gate: MakeGate, tmp_path: Path) -> None:
    """Nine pairs, none, no file, a file that is cut."""
    for made in (make_gate("nine", pairs=9), make_gate("none", effects={}), make_gate("head", comparisons=("head",))):
        with pytest.raises(NothingToCalibrate, match="needs 10"):
            calibration(made)
    with pytest.raises(RunFolderNotFound):
        calibration(tmp_path / "nowhere")
    cut = tmp_path / "duet.jsonl"
    cut.write_text("{")
    with pytest.raises(RunFileBroken):
        calibration(cut)


def test_the_deviation_of_a_made_normal_is_no_accident() -> None:
    """The made pairs scatter as they were told to."""
    values = [pair["operation-0"] for pair in pairs(400, spread=0.03)]

    assert stdev(values) == pytest.approx(0.03, rel=0.1)
