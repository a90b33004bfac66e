"""Observes the round trips of edge values: those on which backends may differ, and those that may do harm."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.probes.round_trips import RoundTrip, each_as_argument, each_as_return_value
from taskgauge.suites.conformance.tasks.values import TAME, WILD

_KINDS: Mapping[str, Mapping[str, Any]] = {"tame": TAME, "wild": WILD}
_NOT_CARRIED = frozenset({"mappingproxy"})
"""Values that cannot be pickled, so that no text carries them to the task that returns them."""


def observe_arguments(target: TargetHarness, kind: str) -> dict[str, RoundTrip]:
    """Send each value of a kind to its own task; return the round trips by name."""
    values = _KINDS[kind]
    return dict(zip(values, each_as_argument(target, tuple(values.values())), strict=True))


def observe_return_values(target: TargetHarness, kind: str) -> dict[str, RoundTrip]:
    """Let each value of a kind be returned by its own task; return the round trips by name."""
    values = {name: value for name, value in _KINDS[kind].items() if name not in _NOT_CARRIED}
    return dict(zip(values, each_as_return_value(target, tuple(values.values())), strict=True))


DIRECTIONS: Mapping[str, Callable[[TargetHarness, str], dict[str, RoundTrip]]] = {
    "argument": observe_arguments,
    "return value": observe_return_values,
}


def edge_round_trips(target: TargetHarness, direction: str, names: Iterable[str]) -> dict[str, RoundTrip]:
    """Return the round trips of the values of these names, by name; each value is sent only once in a run."""
    kinds = {name: next(kind for kind, values in _KINDS.items() if name in values) for name in names}
    trips = {kind: target.observe_once(DIRECTIONS[direction], kind) for kind in set(kinds.values())}
    return {name: trips[kind][name] for name, kind in kinds.items() if name in trips[kind]}


def record(target: TargetHarness, question: str, direction: str, names: Iterable[str]) -> None:
    """Record the round trips of the values of these names."""
    for name, trip in edge_round_trips(target, direction, names).items():
        target.answer(question, f"{name} as {direction}", trip.summary, trip.trouble)
