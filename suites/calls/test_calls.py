"""Calls: one item for each function, called in every style; the styles are interleaved slice by slice."""

from dataclasses import replace
from pathlib import Path

import pytest

from taskgauge.suites.calls.call_styles import ARMS, way
from taskgauge.suites.calls.functions import FUNCTIONS
from taskgauge.suites.calls.rounds import CallRounds
from taskgauge.suites.calls.scale import slices_of
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.shapes.time.rounds import START

SLICE = 0.017
"""The seconds of a slice of few calls, including the garbage collection before it."""


@pytest.fixture(scope="module")
def rounds(request: pytest.FixtureRequest, options: Options, run_folder: Path) -> CallRounds:
    """Return the processes of this run, which measure the functions of all selected items."""
    chosen: list[str] = [
        str(item.callspec.params["function"])
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.module is request.module
    ]
    return CallRounds(functions=chosen, options=replace(options, run_folder=run_folder))


def predicted_seconds(options: Options, _name: str, **_parameters: object) -> float:
    """Return the predicted seconds of an item: an equal share of the time that the first item takes for all."""
    slices = sum(slices_of(options.scale).values())
    return options.scale.processes * (START / len(FUNCTIONS) + len(ARMS) * slices * SLICE)


@pytest.mark.measures("call-rate", "call-p50", "call-p99", "loop-stall", "overlap")
@pytest.mark.parametrize("function", FUNCTIONS)
def test_calls(function: str, rounds: CallRounds, progress: Progress) -> None:
    """Measure rate, latency, longest stall of the loop and overlapping bodies; the first item measures for all."""
    rounds.run(progress)
    able = {arm for arm in ARMS if way(arm, FUNCTIONS[function]) is not None}
    assert rounds.arms_measured(function) == able
