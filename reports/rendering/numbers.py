"""Formats of numbers, the same in all reports."""

import math

from taskgauge.reports.statistics.estimates import CONFIDENCE, Estimate

INTERVAL = f"{CONFIDENCE:.0%}".replace("%", " %") + " interval"


def value(number: float) -> str:
    """Return the number with four significant digits and separated thousands: 1,234 or 12.34 or 0.01234."""
    if number == 0:
        return "0"
    if not math.isfinite(number):
        return "infinite"
    digits = max(0, 3 - math.floor(math.log10(abs(number))))
    return f"{number:,.{min(digits, 9)}f}"


def ratio(number: float) -> str:
    """Return a ratio with three digits after the point, or with four significant digits if it is large or tiny."""
    if math.isinf(number):
        return "from zero"
    return f"{number:.3f}" if 0.01 <= number < 10 else value(number)


def percent(share: float) -> str:
    """Return a share such as 0.0312 as 3.1 %."""
    return f"{100 * share:.1f} %"


def interval(estimate: Estimate) -> str:
    """Return the interval in words, with its confidence if that is lower than usual."""
    if estimate.exact:
        return "exact"
    if estimate.processes == 1:
        return "none: one process"
    ends = f"{ratio(estimate.low)} to {ratio(estimate.high)}"
    if estimate.confidence is not None and estimate.confidence < CONFIDENCE:
        ends += f" (at {percent(estimate.confidence)})"
    return ends


def exponent(number: float) -> str:
    """Return an exponent with its sign."""
    return f"{round(number, 3) + 0.0:+.3f}"


def seconds(number: float | None) -> str:
    """Return seconds with one decimal, or words if they are not known."""
    return "not known" if number is None else f"{number:,.1f}"
