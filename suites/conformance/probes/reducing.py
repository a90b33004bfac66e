"""Finds the smallest value that still deviates; one task tries many values, since a worker may poll once a second."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from taskgauge.suites.conformance.probes.round_trips import LOST, RoundTrip

_ROUNDS = 25
_ATTEMPTS = 300
"""The largest number of values in one round, for each deviation."""


def size(value: Any) -> tuple[int, int, str]:
    """Return a sort key that puts simple values first: number of parts, then length of the text, then the text."""
    text = repr(value)
    return _parts(value), len(text), text


def smallest(
    ways: Mapping[str, Sequence[RoundTrip]], send: Callable[[Sequence[Any]], Sequence[RoundTrip]]
) -> list[RoundTrip]:
    """Return the smallest value for each deviation: one of the values of `ways`, or a simpler one."""
    best = {way: min(trips, key=_by_size) for way, trips in ways.items()}
    # Each attempt with a lost value would take a full timeout.
    active = set(best) - {LOST}
    for _ in range(_ROUNDS):
        attempts = {repr(value): value for way in sorted(active) for value in _attempts(best[way].sent)}
        if not attempts:
            break
        trips = send(list(attempts.values()))
        improved = {way: _better(best[way], trips) for way in active}
        active = {way for way, trip in improved.items() if trip is not best[way]}
        best |= improved
    return sorted(best.values(), key=_by_size)


def _attempts(value: Any) -> list[Any]:
    simpler = {repr(candidate): candidate for candidate in simplified(value) if size(candidate) < size(value)}
    return sorted(simpler.values(), key=size)[:_ATTEMPTS]


def _better(best: RoundTrip, trips: Sequence[RoundTrip]) -> RoundTrip:
    return min((best, *(trip for trip in trips if trip.deviation == best.deviation)), key=_by_size)


def _by_size(trip: RoundTrip) -> tuple[int, int, str]:
    return size(trip.sent)


def simplified(value: Any) -> Iterator[Any]:
    """Yield values with a part left out or made simpler."""
    match value:
        case bool() | None:
            pass
        case int():
            yield from _simpler_integers(value)
        case float():
            yield from _simpler_floats(value)
        case str():
            yield from _simpler_texts(value)
        case list() | tuple():
            kind = type(value)
            yield from value
            for index, part in enumerate(value):
                yield kind((*value[:index], *value[index + 1 :]))
                yield from (kind((*value[:index], simple, *value[index + 1 :])) for simple in (0, *simplified(part)))
        case dict():
            yield from value.values()
            yield from _simpler_dictionaries(value)


def _parts(value: Any) -> int:
    match value:
        case list() | tuple():
            return 1 + sum(map(_parts, value))
        case dict():
            return 1 + sum(_parts(key) + _parts(part) for key, part in value.items())
    return 1


def _simpler_integers(value: int) -> Iterator[int]:
    magnitude = abs(value)
    yield magnitude
    step = 1
    while step <= magnitude:
        for times in range(1, 16):
            if times * step <= magnitude:
                yield (magnitude - times * step) * (1 if value > 0 else -1)
        step *= 16


def _simpler_floats(value: float) -> Iterator[float]:
    yield from (0.0, -0.0, 1.0, abs(value))
    for digits in range(17):
        yield float(f"{value:.{digits}e}")
    mantissa, _, exponent = f"{value:.0e}".partition("e")
    power = int(exponent)
    for smaller in {power - 1, power + 1, power // 2, (3 * power) // 4, (15 * power) // 16}:
        yield float(f"{mantissa}e{smaller}")
    yield float(f"1e{power}")


def _simpler_texts(value: str) -> Iterator[str]:
    half = len(value) // 2
    yield from ("", value[:half], value[half:])
    for index in range(min(len(value), 40)):
        yield value[:index] + value[index + 1 :]
        yield value[:index] + "a" + value[index + 1 :]


def _simpler_dictionaries(value: dict[Any, Any]) -> Iterator[dict[Any, Any]]:
    items = list(value.items())
    for pair in itertools.combinations(value, 2):
        yield dict.fromkeys(pair, 0)
    for index, (key, part) in enumerate(items):
        before, after = items[:index], items[index + 1 :]
        yield dict([*before, *after])
        yield from (dict([*before, (key, simple), *after]) for simple in (0, *simplified(part)))
        yield from (dict([*before, (simple, part), *after]) for simple in simplified(key))
