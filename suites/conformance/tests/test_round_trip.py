"""Round trips of hypothesis' values through the target; deviations from JSON are shrunk and recorded."""

from collections.abc import Sequence
from typing import Any

from taskgauge.suites.conformance.exact import LESSER, shown
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import requirement
from taskgauge.suites.conformance.outcomes import Deviation
from taskgauge.suites.conformance.probes.generated import KINDS, generated
from taskgauge.suites.conformance.probes.reducing import smallest
from taskgauge.suites.conformance.probes.round_trips import (
    OF_RETURN_VALUES,
    RoundTrip,
    Send,
    as_arguments,
    as_return_values,
)

WAYS: dict[str, Send] = {"argument": as_arguments, "return value": as_return_values}


@requirement("ARG-01")
def test_arguments_come_as_json_has_them(working: TargetHarness) -> None:
    """Arguments keep value and type; the sign of zero and the order of keys are only recorded."""
    _judge(working, "argument", "plain")


@requirement("ARG-02")
def test_tuples_come_as_lists(working: TargetHarness) -> None:
    """Tuples arrive as lists at any depth."""
    _judge(working, "argument", "with tuples")


@requirement("RET-01")
def test_return_values_come_as_json_has_them(working: TargetHarness) -> None:
    """Values stay equal, tuples as lists; the sign of zero, the type of a number and the order of keys are recorded."""
    _judge(working, "return value", "plain")
    _judge(working, "return value", "with tuples")


def _judge(target: TargetHarness, direction: str, kind: str) -> None:
    lesser = OF_RETURN_VALUES if direction == "return value" else LESSER
    for trip in target.observe_once(observe_round_trip, direction)[kind]:
        if not trip.is_alike(lesser):
            raise Deviation(f"{shown(trip.sent)} as {direction}", expected=shown(trip.expected), seen=trip.seen)


def observe_round_trip(target: TargetHarness, direction: str) -> dict[str, list[RoundTrip]]:
    """Return and record the smallest value of each kind for each deviation."""
    deviating: dict[str, list[RoundTrip]] = {}
    for kind in KINDS:
        known = {trip.deviation for trips in deviating.values() for trip in trips}
        deviating[kind] = [trip for trip in _smallest(target, kind, WAYS[direction]) if trip.deviation not in known]
    target.recorder.round_trip += [
        {"what": direction, "example": shown(trip.sent), "expected": shown(trip.expected), "seen": trip.seen}
        for trips in deviating.values()
        for trip in trips
    ]
    return deviating


def _smallest(target: TargetHarness, kind: str, send: Send) -> list[RoundTrip]:
    def attempt(values: Sequence[Any]) -> list[RoundTrip]:
        return send(target, values)

    deviating: dict[str, list[RoundTrip]] = {}
    for trip in attempt(generated(kind, target.project.folder)):
        if trip.deviation:
            deviating.setdefault(trip.deviation, []).append(trip)
    return smallest(deviating, attempt) if deviating else []
