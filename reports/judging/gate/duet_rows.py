"""The rows of what was timed."""

import math
from collections.abc import Iterator

from taskgauge.reports.judging.gate.decision import Finding, FindingStatus
from taskgauge.reports.judging.gate.gate_verdict import GateRow
from taskgauge.reports.judging.gate.hidden_waits import unseen_waits
from taskgauge.reports.judging.gate.repeat_command import Repeat
from taskgauge.reports.judging.gate.rounds import DuetResult


def duet_rows(duet: DuetResult, repeat: Repeat) -> Iterator[GateRow]:
    """Yield one row an operation. In a run that is not believed, what would be a verdict is inconclusive.

    So is an operation in which head waits unseen.
    """
    clocks = {pair.operation: pair.clock for pair in duet.pairs}
    unseen = unseen_waits(duet.pairs)
    for finding in duet.decision.findings:
        believed = not duet.distrusted
        details = [finding.reason] if finding.reason else []
        if finding.operation in unseen:
            details.append(unseen[finding.operation])
        if not believed:
            details.append("the run is not believed: see the A/A control and the positive control")
        if finding.confirmed is not None and finding.ratio is not None:
            side = "at least" if finding.ratio > 1 else "at most"
            details.append(f"with the sides swapped: {side} {percent(finding.confirmed)}")
        yield GateRow(
            part="duet",
            operation=finding.operation,
            measure=f"time ({'CPU' if clocks[finding.operation] == 'cpu' else 'wall'})",
            verdict=_standing(finding, hidden=finding.operation in unseen).value
            if believed
            else FindingStatus.OPEN.value,
            estimate=percent(finding.ratio),
            interval=interval(finding.low, finding.high),
            margin=share(finding.margin),
            details=tuple(details),
            command=repeat.only(finding.operation),
            size=_size(finding),
            ratio=finding.ratio,
            low=finding.low,
            high=finding.high,
        )


def _standing(finding: Finding, *, hidden: bool) -> FindingStatus:
    """Return how an operation stands where something that head takes is hidden: slower it is all the same."""
    return FindingStatus.OPEN if hidden and finding.standing is not FindingStatus.SLOWER else finding.standing


def _size(finding: Finding) -> float:
    return math.log(finding.ratio) if finding.ratio else 0.0


def percent(ratio: float | None) -> str:
    """Return how much a ratio is more or less than 1: +10.2 %. Empty where there is none."""
    return "" if ratio is None else f"{100 * (ratio - 1):+.1f} %".replace("-0.0", "+0.0")


def interval(low: float | None, high: float | None) -> str:
    """Return the bounds, each one-sided at 99 %."""
    return "too few pairs" if low is None or high is None else f"{percent(low)} to {percent(high)}"


def share(margin: float) -> str:
    """Return a margin: 5 %."""
    return f"{100 * margin:.3g} %"
