"""What hypothesis makes goes through the target; what does not come out as JSON has it is shrunk and recorded."""

from collections.abc import Sequence
from typing import Any

from taskgauge.suites.conformance.exact import LESSER, shown
from taskgauge.suites.conformance.generated import generated
from taskgauge.suites.conformance.marks import requirement
from taskgauge.suites.conformance.outcomes import Deviation
from taskgauge.suites.conformance.reducing import size, smallest
from taskgauge.suites.conformance.running import RunningTarget
from taskgauge.suites.conformance.trips import Send, Trip, as_arguments, as_return_values

JUDGED = "plain"
"""The kind of values of which the requirements speak: no keys but strings, and no NUL."""
RECORDED = ("with NUL", "other keys")
_KINDS_OF_DEVIATION = 4
"""So many are recorded of each kind of values."""


@requirement("ARG-01")
def test_arguments_come_as_json_has_them(working: RunningTarget) -> None:
    """Equal, and of the same types; the sign of zero and the order of keys are recorded only."""
    _go_round(working, "argument", as_arguments)


@requirement("RET-01")
def test_return_values_come_as_json_has_them(working: RunningTarget) -> None:
    """Equal, and of the same types; the sign of zero and the order of keys are recorded only."""
    _go_round(working, "return value", as_return_values)


def _go_round(target: RunningTarget, what: str, send: Send) -> None:
    found = {kind: _smallest(target, kind, send) for kind in (JUDGED, *RECORDED)}
    target.round_trip += [
        {"what": what, "example": shown(trip.sent), "expected": shown(trip.expected), "seen": trip.seen}
        for trips in found.values()
        for trip in trips
    ]
    for trip in found[JUDGED]:
        if trip.deviation not in LESSER:
            raise Deviation(f"{shown(trip.sent)} as {what}", expected=shown(trip.expected), seen=trip.seen)


def _smallest(target: RunningTarget, kind: str, send: Send) -> list[Trip]:
    """Return the smallest example of each way in which values of a kind deviate."""

    def attempt(values: Sequence[Any]) -> list[Trip]:
        return send(target, values)

    deviating: dict[str, list[Trip]] = {}
    for trip in attempt(generated(kind, target.project.folder)):
        if trip.deviation:
            deviating.setdefault(trip.deviation, []).append(trip)
    ways = sorted(deviating.values(), key=lambda trips: min(size(trip.sent) for trip in trips))
    return [smallest(trips, attempt) for trips in ways[:_KINDS_OF_DEVIATION]]
