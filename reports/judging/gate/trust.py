"""Checks the controls of a duet: the A/A control must show nothing, and the positive control must be detected.

The A/A control is base against base. The positive control is head with a known burn of real work. If either fails, all
times of the run are inconclusive.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from taskgauge.reports.judging.gate.decision import LEVEL, Evidence
from taskgauge.reports.run_folder.duet_pairs import Comparison
from taskgauge.reports.statistics.bounds import chance_above, chance_below, holm, location, lower_bound, upper_bound
from taskgauge.reports.statistics.estimates import StatisticUndefined

CONTROL_LIMIT = 0.03
"""The largest distance of the A/A control's estimate from "no difference", as a share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One verb of the A/A control or the positive control; ratios, None where there are too few pairs for a figure."""

    comparison: Comparison
    verb: str
    holds: bool
    pairs: int
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str = ""


def check_control(evidence: Mapping[str, Evidence]) -> tuple[Check, ...]:
    """Return whether base against base stays within 3 %, with 0 in its interval after Holm's step-down over all verbs.

    Raises StatisticUndefined for log-ratios that are not finite.
    """
    measured = {verb: of_verb.values for verb, of_verb in evidence.items() if of_verb.values}
    off = holm({verb: chance_above(values, 0) for verb, values in measured.items()}, 1 - LEVEL)
    off |= holm({verb: chance_below(values, 0) for verb, values in measured.items()}, 1 - LEVEL)
    return tuple(_control(verb, values, off=verb in off) for verb, values in measured.items())


def _control(verb: str, values: tuple[float, ...], *, off: bool) -> Check:
    estimate = location(values)
    low, high, reason = _interval(values)
    if abs(estimate) > math.log1p(CONTROL_LIMIT):
        reason = f"base differs from itself by more than {CONTROL_LIMIT:.0%}"
    elif off:
        reason = "base differs from itself"
    return _check("control", verb, values, (low, high), reason)


def check_positive_control(positive_control: Mapping[str, Evidence], head: Mapping[str, Evidence]) -> tuple[Check, ...]:
    """Return whether the burn is found by the rule that finds a slow-down.

    The burn is a share of what head takes by itself, so it is looked for on top of head's own estimate: a faster head
    would hide it, and a slower one stand in for it. Raises StatisticUndefined for log-ratios that are not finite.
    """
    return tuple(
        _positive_control(verb, of_verb, head.get(verb, Evidence(margin=of_verb.margin, first=())))
        for verb, of_verb in positive_control.items()
        if of_verb.values
    )


def _positive_control(verb: str, evidence: Evidence, head: Evidence) -> Check:
    alone = location(head.values) if head.values else 0.0
    values = tuple(value - alone for value in evidence.values)
    low, high, reason = _interval(values)
    if low is not None and low <= evidence.limit:
        reason = "a burn that is known to be there was not found"
    return _check("positive control", verb, values, (low, high), reason)


def _interval(values: tuple[float, ...]) -> tuple[float | None, float | None, str]:
    try:
        return lower_bound(values, LEVEL), upper_bound(values, LEVEL), ""
    except StatisticUndefined as error:
        return None, None, str(error)


def _check(
    comparison: Comparison,
    verb: str,
    values: tuple[float, ...],
    interval: tuple[float | None, float | None],
    reason: str,
) -> Check:
    low, high = (None if end is None else math.exp(end) for end in interval)
    return Check(
        comparison=comparison,
        verb=verb,
        holds=not reason,
        pairs=len(values),
        ratio=math.exp(location(values)),
        low=low,
        high=high,
        reason=reason,
    )
