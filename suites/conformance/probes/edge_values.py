"""Observes what becomes of values on which opinions differ, and of those that may do harm, all of a kind at once."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.probes.round_trips import RoundTrip, each_as_argument, each_as_return_value
from taskgauge.suites.conformance.tasks.values import TAME, WILD

_KINDS: Mapping[str, Mapping[str, Any]] = {"tame": TAME, "wild": WILD}
_NOT_CARRIED = frozenset({"mappingproxy"})
"""What no text can carry to the task that shall return it."""


def observe_arguments(target: TargetHarness, kind: str) -> dict[str, RoundTrip]:
    """Send each value of a kind to a task of its own; return what became of it, by its name."""
    values = _KINDS[kind]
    return dict(zip(values, each_as_argument(target, tuple(values.values())), strict=True))


def observe_return_values(target: TargetHarness, kind: str) -> dict[str, RoundTrip]:
    """Have each value of a kind returned by a task of its own; return what became of it, by its name."""
    values = {name: value for name, value in _KINDS[kind].items() if name not in _NOT_CARRIED}
    return dict(zip(values, each_as_return_value(target, tuple(values.values())), strict=True))


WAYS: Mapping[str, Callable[[TargetHarness, str], dict[str, RoundTrip]]] = {
    "argument": observe_arguments,
    "return value": observe_return_values,
}


def odd_trips(target: TargetHarness, way: str, names: Iterable[str]) -> dict[str, RoundTrip]:
    """Return what became of the values of these names, by name; they are sent once in a run."""
    kinds = {name: next(kind for kind, values in _KINDS.items() if name in values) for name in names}
    found = {kind: target.observe_once(WAYS[way], kind) for kind in set(kinds.values())}
    return {name: found[kind][name] for name, kind in kinds.items() if name in found[kind]}


def record(target: TargetHarness, question: str, way: str, names: Iterable[str]) -> None:
    """Record what became of the values of these names."""
    for name, trip in odd_trips(target, way, names).items():
        target.answer(question, f"{name} as {way}", trip.fate, trip.trouble)
