"""What a run of the gate is asked to measure next."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from taskgauge.reports.judging.gate import rounds
from taskgauge.reports.judging.gate.decision import Round
from taskgauge.reports.run_folder.errors import RunFileBroken, RunFolderNewer
from taskgauge.reports.run_folder.gate_folder import read_gate_folder

type MakeGate = Callable[..., Path]

SLOW = math.log(1.15)


def next_round(folder: Path) -> Round | None:
    """Return the round that follows from the pairs of a run folder."""
    run = read_gate_folder(folder)
    return rounds.next_round(run.pairs, run.options, run.problems)


def test_nothing_seen_needs_no_more(make_gate: MakeGate) -> None:
    """Ten pairs are enough where nothing is seen."""
    assert next_round(make_gate(effects={"enqueue": 0.0, "get": 0.0})) is None


def test_what_is_slower_is_confirmed_with_sides_swapped(make_gate: MakeGate) -> None:
    """Only the operation that is, and only head against base."""
    folder = make_gate(effects={"enqueue": SLOW, "get": 0.0}, spread=0.01)

    assert next_round(folder) == Round(name="confirm", operations=("enqueue",), swapped=True, comparisons=("head",))


def test_what_is_open_is_looked_at_again_once(make_gate: MakeGate) -> None:
    """After the second look there is no third, and nothing to confirm where nothing is called."""
    effects = {"enqueue": math.log(1.05), "get": 0.0}

    assert next_round(make_gate(effects=effects)) == Round(name="second", operations=("enqueue",))
    assert next_round(make_gate("again", effects=effects, rounds=("first", "second"), spread=0.01)) is None


def test_after_the_confirmation_nothing_is_needed(make_gate: MakeGate) -> None:
    """Whatever it says."""
    assert next_round(make_gate(effects={"enqueue": SLOW}, spread=0.01, rounds=("first", "confirm"))) is None


@pytest.mark.parametrize(
    ("change", "comparison"), [({"control": 0.04}, "control"), ({"positive_control": 0.0}, "positive control")]
)
def test_what_is_not_believed_is_looked_at_again(
    make_gate: MakeGate, change: dict[str, float], comparison: str
) -> None:
    """Once; then the run is not believed, and nothing of it is confirmed."""
    folder = make_gate(effects={"enqueue": SLOW}, spread=0.005, **change)
    assert next_round(folder) == Round(name="second", operations=("enqueue",), comparisons=(comparison,))

    folder = make_gate("again", effects={"enqueue": SLOW}, spread=0.005, rounds=("first", "second"), **change)
    assert next_round(folder) is None


@pytest.mark.parametrize("comparisons", [("head",), ("head", "control"), ("head", "positive control")])
def test_without_control_and_positive_control_nothing_is_confirmed(
    make_gate: MakeGate, comparisons: tuple[str, ...]
) -> None:
    """A run without them can come to no verdict, so that more pairs are lost time."""
    assert next_round(make_gate(effects={"enqueue": SLOW}, spread=0.005, comparisons=comparisons)) is None


def test_a_problem_ends_the_duet(make_gate: MakeGate) -> None:
    """A head that crashed twice would crash again, and no round is asked for twice; once may have been the machine."""
    problem = {"part": "duet", "side": "head", "kind": "crashes", "operation": "enqueue", "text": "exit code 1"}

    assert next_round(make_gate(effects={"enqueue": SLOW}, problems=[problem])) is None
    once = make_gate("once", effects={"enqueue": SLOW}, spread=0.01, problems=[problem | {"once": True}])
    assert next_round(once) is not None


def test_no_pairs_need_no_more(make_gate: MakeGate) -> None:
    """A run that timed nothing is not told to."""
    assert next_round(make_gate(effects={})) is None


def test_each_operation_has_its_own_margin(make_gate: MakeGate) -> None:
    """A margin of 30 % lets 15 % pass."""
    folder = make_gate(effects={"enqueue": SLOW}, options={"margins": {"enqueue": 0.3}}, positive_control=0.5)

    assert next_round(folder) is None


@pytest.mark.parametrize(
    "options",
    [{"margin": 0}, {"margin": -0.1}, {"margin": "wide"}, {"margins": {"enqueue": 0}}, {"margin": float("nan")}],
    ids=str,
)
def test_margins_that_are_none_are_refused(make_gate: MakeGate, options: dict[str, object]) -> None:
    """They are named by their file."""
    with pytest.raises(RunFileBroken, match=r"options\.json"):
        next_round(make_gate(options=options))


def test_newer_options_are_refused(make_gate: MakeGate) -> None:
    """A file of a later version is not guessed at."""
    with pytest.raises(RunFolderNewer, match="upgrade"):
        next_round(make_gate(options={"format": 3}))
