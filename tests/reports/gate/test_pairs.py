"""Pairs read from duet.jsonl, whole and broken."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from taskgauge.reports.judging.gate.evidence import evidence
from taskgauge.reports.run_folder.duet_pairs import read_pairs
from taskgauge.reports.run_folder.errors import RunFileBroken
from taskgauge.reports.run_folder.gate_errors import PairsDoNotCompare
from taskgauge.reports.run_folder.gate_files import GateOptions

type MakeGate = Callable[..., Path]

LINE = {
    "round": "first",
    "pair": 0,
    "comparison": "head",
    "operation": "enqueue",
    "clock": "cpu",
    "loops": 100,
    "swapped": False,
    "hash_seeds": [1, 2],
    "base_ns": [10, 20, 30],
    "head_ns": [11, 22, 36],
    "order": "ABBAAB",
    "load": [0.5, 0.6],
}


def written(folder: Path, *changes: dict[str, object]) -> Path:
    """Write a file with one line a change."""
    path = folder / "duet.jsonl"
    path.write_text("".join(json.dumps(LINE | change) + "\n" for change in changes))
    return path


def test_a_pair_is_the_median_over_its_slices(tmp_path: Path) -> None:
    """Slices pair in order, head over base."""
    (pair,) = read_pairs(written(tmp_path, {}))

    assert pair.log_ratio == pytest.approx(math.log(1.1))
    assert (pair.operation, pair.clock, pair.load) == ("enqueue", "cpu", (0.5, 0.6))


def test_no_file_is_no_pair(tmp_path: Path) -> None:
    """A run that timed nothing has none."""
    assert read_pairs(tmp_path / "duet.jsonl") == ()


def test_evidence_is_by_operation_and_round_in_the_order_of_pairs(tmp_path: Path) -> None:
    """However the file has them; each operation with its own margin, or everyone's."""
    twice = {"head_ns": [20, 40, 60]}
    pairs = read_pairs(
        written(
            tmp_path,
            twice | {"pair": 1},
            {"base_ns": [11, 22, 33]} | {"head_ns": [11, 22, 33]},
            twice | {"round": "second"},
            twice | {"round": "confirm", "swapped": True},
            twice | {"comparison": "control"},
            {"operation": "get"},
        )
    )

    found = evidence(pairs, "head", GateOptions(margins={"get": 0.08}))

    assert (found["enqueue"].first, found["enqueue"].second) == (pytest.approx((0, math.log(2))), (math.log(2),))
    assert found["enqueue"].confirm == (math.log(2),)
    assert (found["enqueue"].margin, found["get"].margin) == (0.05, 0.08)
    assert list(evidence(pairs, "positive control", GateOptions())) == []


@pytest.mark.parametrize(
    "change",
    [
        {"round": "third"},
        {"pair": -1},
        {"pair": 1.5},
        {"comparison": "tail"},
        {"operation": ""},
        {"operation": 3},
        {"operation": "en\x1b[31mqueue"},
        {"clock": "sun"},
        {"loops": 0},
        {"base_ns": []},
        {"base_ns": [10, 20]},
        {"base_ns": [10, 20, 0]},
        {"base_ns": [10, 20, -1]},
        {"base_ns": [10, 20, 1.5]},
        {"head_ns": [10, 20, float("nan")]},
        {"head_ns": [10, 20, float("inf")]},
        {"head_ns": None},
        {"load": ["low"]},
        {"round": "confirm"},
    ],
    ids=str,
)
def test_a_broken_line_is_named(tmp_path: Path, change: dict[str, object]) -> None:
    """Each key is checked; the text is one line with the line's number."""
    with pytest.raises(RunFileBroken, match="line 2") as caught:
        read_pairs(written(tmp_path, {}, {"pair": 1} | change))

    assert "\n" not in str(caught.value)


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    """A line that lacks one is no pair."""
    path = tmp_path / "duet.jsonl"
    path.write_text(json.dumps({key: value for key, value in LINE.items() if key != "head_ns"}) + "\n")

    with pytest.raises(RunFileBroken, match="head_ns"):
        read_pairs(path)


def test_a_cut_line_is_named(tmp_path: Path) -> None:
    """A file that ends within a line was cut, also where what is left can be read."""
    path = written(tmp_path, {}, {"pair": 1})
    whole = path.read_text()
    for cut in (whole[:-40], whole[:-1]):
        path.write_text(cut)
        with pytest.raises(RunFileBroken, match="line 2 is cut short"):
            read_pairs(path)


@pytest.mark.parametrize(("content", "fact"), [(b"", "empty"), (b"\n", "line 1"), (b"\xff\xfe\n", "line 1")])
def test_a_file_of_nothing_is_broken(tmp_path: Path, content: bytes, fact: str) -> None:
    """Empty, a blank line, no text."""
    path = tmp_path / "duet.jsonl"
    path.write_bytes(content)

    with pytest.raises(RunFileBroken, match=fact):
        read_pairs(path)


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        ({"pair": 1, "loops": 200}, "100 loops a slice, and 200"),
        ({"pair": 1, "clock": "wall"}, "cpu clock and the wall clock"),
        ({"comparison": "control", "loops": 200}, "100 loops a slice, and 200"),
        ({}, "twice"),
    ],
)
def test_pairs_that_contradict_each_other_are_refused(tmp_path: Path, change: dict[str, object], fact: str) -> None:
    """Loops are frozen, clocks are one, a pair ran once."""
    with pytest.raises(PairsDoNotCompare, match=fact):
        read_pairs(written(tmp_path, {}, change))


def test_a_folder_in_place_of_the_file_is_no_file(tmp_path: Path) -> None:
    """There is nothing to read."""
    (tmp_path / "duet.jsonl").mkdir()

    assert read_pairs(tmp_path / "duet.jsonl") == ()
