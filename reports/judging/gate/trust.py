"""Checks the controls of a duet: the A/A control must show nothing, and the positive control must be detected.

The A/A control is base against base. The positive control is head with known extra work. If either fails, all
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
    """One operation of the A/A control or the positive control; ratios, None where pairs are too few."""

    comparison: Comparison
    operation: str
    holds: bool
    pairs: int
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str = ""


def check_control(evidence: Mapping[str, Evidence]) -> tuple[Check, ...]:
    """Return whether base against base stays within 3 %, with 0 in its interval after Holm's step-down over operations.

    Raises StatisticUndefined for log-ratios that are not finite.
    """
    measured = {operation: of_operation.values for operation, of_operation in evidence.items() if of_operation.values}
    off = holm({operation: chance_above(values, 0) for operation, values in measured.items()}, 1 - LEVEL)
    off |= holm({operation: chance_below(values, 0) for operation, values in measured.items()}, 1 - LEVEL)
    return tuple(_control(operation, values, off=operation in off) for operation, values in measured.items())


def _control(operation: str, values: tuple[float, ...], *, off: bool) -> Check:
    estimate = location(values)
    low, high, reason = _interval(values)
    if abs(estimate) > math.log1p(CONTROL_LIMIT):
        reason = f"base differs from itself by more than {CONTROL_LIMIT:.0%}"
    elif off:
        reason = "base differs from itself"
    return _check("control", operation, values, (low, high), reason)


def check_positive_control(positive_control: Mapping[str, Evidence], head: Mapping[str, Evidence]) -> tuple[Check, ...]:
    """Return whether the extra work is found by the rule that finds a slow-down.

    The extra work is a share of what head takes by itself, so it is looked for on top of head's own estimate: a faster
    head would hide it, and a slower one stand in for it. Raises StatisticUndefined for log-ratios that are not finite.
    """
    return tuple(
        _positive_control(operation, of_operation, head.get(operation, Evidence(margin=of_operation.margin, first=())))
        for operation, of_operation in positive_control.items()
        if of_operation.values
    )


def _positive_control(operation: str, evidence: Evidence, head: Evidence) -> Check:
    alone = location(head.values) if head.values else 0.0
    values = tuple(value - alone for value in evidence.values)
    low, high, reason = _interval(values)
    if low is not None and low <= evidence.limit:
        reason = "extra work that is known to be there was not found"
    return _check("positive control", operation, values, (low, high), reason)


def _interval(values: tuple[float, ...]) -> tuple[float | None, float | None, str]:
    try:
        return lower_bound(values, LEVEL), upper_bound(values, LEVEL), ""
    except StatisticUndefined as error:
        return None, None, str(error)


def _check(
    comparison: Comparison,
    operation: str,
    values: tuple[float, ...],
    interval: tuple[float | None, float | None],
    reason: str,
) -> Check:
    low, high = (None if end is None else math.exp(end) for end in interval)
    return Check(
        comparison=comparison,
        operation=operation,
        holds=not reason,
        pairs=len(values),
        ratio=math.exp(location(values)),
        low=low,
        high=high,
        reason=reason,
    )
