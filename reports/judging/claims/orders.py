"""The evidence of the published chart for a claim: whether one target is faster than another in every session."""

from collections.abc import Sequence
from dataclasses import replace

from taskgauge.reports.judging.claims.claim import Order
from taskgauge.reports.judging.claims.evidence import ClaimEvidence
from taskgauge.reports.judging.claims.row_outcome import RowOutcome
from taskgauge.reports.judging.published_chart import PART, at_step, is_apart, rates
from taskgauge.reports.judging.standings import SESSIONS, Standing
from taskgauge.reports.run_folder.commands import target_command
from taskgauge.reports.run_folder.reader import RunFolder


def read_order(row: Order, run: RunFolder, standings: Sequence[Standing]) -> ClaimEvidence:
    """Return what the run says of two targets of the chart.

    Ranges over sessions that overlap give no order. Fewer sessions than an order needs, or sessions during which the
    machine changed, decide nothing.
    """
    pair = row.arm, row.baseline
    command = target_command(run.registry.part(PART), pair, run.run)
    blank = ClaimEvidence(words=row.words, command=command, arm=row.arm, baseline=row.baseline)
    rows = [at_step(standings, target, row.step) for target in pair]
    first, second = map(rates, rows)
    if first is None or second is None:
        missing = [target for target, spread in zip(pair, (first, second), strict=True) if spread is None]
        return replace(blank, reading=RowOutcome.MISSING, reason=f"no rate of {' and '.join(missing)}")
    shown = replace(blank, value=first.middle / second.middle, unit="times as fast")
    few = min(len(first.values), len(second.values))
    if few < SESSIONS:
        return replace(shown, reading=RowOutcome.NOISY, reason=f"{few} of {SESSIONS} sessions")
    if unstable := next((entry.unstable for entry in rows if entry is not None and entry.unstable), ""):
        return replace(shown, reading=RowOutcome.NOISY, reason=unstable)
    if not is_apart(first, second):
        return replace(shown, reading=RowOutcome.NEAR, reason="no order: the ranges overlap")
    return replace(shown, reading=RowOutcome.FOR if first.low > second.high else RowOutcome.AGAINST)
