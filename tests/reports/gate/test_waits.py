"""Waits that CPU time does not show make an operation inconclusive."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from taskgauge.reports.judging.gate.hidden_waits import unseen_waits
from taskgauge.reports.judging.gate.judge import judge
from taskgauge.reports.run_folder.duet_pairs import DUET, read_pairs
from taskgauge.reports.run_folder.gate_folder import read_gate_folder

type MakeGate = Callable[..., Path]


def waiting(folder: Path, *, base: int, head: int, clock: str = "cpu") -> Path:
    """Have so many of the five slices of each line wait."""
    lines = [json.loads(line) for line in (folder / DUET).read_text().splitlines()]
    for line in lines:
        line["clock"] = clock
        line["base_waits"], line["head_waits"] = ([1] * waits + [0] * (5 - waits) for waits in (base, head))
    (folder / DUET).write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def test_a_head_that_waits_unseen_is_inconclusive(make_gate: MakeGate) -> None:
    """Its CPU time is the same; what it waits for is in no number."""
    judged = judge(read_gate_folder(waiting(make_gate(), base=0, head=1)))

    assert judged.verdict.value == "INCONCLUSIVE"
    assert judged.rows[0].details[-1].startswith("head waited in 10 of 50 slices, base in 0: ")


@pytest.mark.parametrize(("base", "head", "clock"), [(0, 0, "cpu"), (1, 3, "cpu"), (2, 0, "cpu"), (0, 5, "wall")])
def test_what_both_do_or_the_wall_shows_is_none(make_gate: MakeGate, base: int, head: int, clock: str) -> None:
    """Nor what base waits for; and a line that says nothing of waits has none."""
    folder = make_gate()
    assert unseen_waits(read_pairs(folder / DUET)) == {}

    assert judge(read_gate_folder(waiting(folder, base=base, head=head, clock=clock))).verdict.value == "PASS"


def test_a_slow_down_stays_one(make_gate: MakeGate) -> None:
    """Whatever else head waits for."""
    slow = make_gate(effects={"enqueue": 0.2}, spread=0.01, rounds=("first", "confirm"))

    assert judge(read_gate_folder(waiting(slow, base=0, head=2))).verdict.value == "REGRESSION"
