"""The evidence of whole backends for a claim: whether a metric stays on one side of a bound in every session."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from taskgauge.reports.judging.claims.claim import Claim, Expect, Level
from taskgauge.reports.judging.claims.evidence import ClaimEvidence
from taskgauge.reports.judging.claims.row_outcome import RowOutcome
from taskgauge.reports.judging.standings import OWN, SESSIONS, Spread, Standing, is_withheld
from taskgauge.reports.run_folder.commands import target_command
from taskgauge.reports.run_folder.reader import RunFolder


def is_measured(claim: Claim, standings: Sequence[Standing]) -> bool:
    """Return True if a part that decides the claim measured a target that may decide it.

    Floors and Taskgauge's own backends alone decide no claim on whole backends, unless a level names them.
    """
    named = [target for level in claim.levels for target in level.targets]
    return any(
        standing.part in claim.parts_of_targets and not standing.is_floor and _may_decide(standing.target, named)
        for standing in standings
    )


def read_level(row: Level, run: RunFolder, standings: Sequence[Standing]) -> list[ClaimEvidence]:
    """Return what the run says of a level: one piece for each target and workload that it is about.

    The smallest and the largest value of all sessions decide, and never the median alone. Fewer sessions than an order
    needs decide nothing. Taskgauge's own backends are figures beside the others, unless the level names them.
    """
    wanted = [standing for standing in standings if _is_about(row, standing)]
    cells = Counter(standing.target for standing in wanted)
    pieces = [_piece(row, run, standing, is_alone=cells[standing.target] == 1) for standing in wanted]
    if not row.decides or any(piece.reading is not None for piece in pieces):
        return pieces
    part = run.part(row.part)
    reason = f"no {'other ' if pieces else ''}target has a figure"
    if part.state != "finished":
        reason = f"part {row.part}: {part.reason or part.state}"
    return [replace(_blank(row, run, "targets"), reading=RowOutcome.MISSING, reason=reason), *pieces]


def _may_decide(target: str, named: Sequence[str]) -> bool:
    return target in named or not target.startswith(OWN)


def _is_about(row: Level, standing: Standing) -> bool:
    load = standing.workload
    return (
        standing.part == row.part
        and (not row.targets or standing.target in row.targets)
        and standing.is_floor == row.floors
        and load.workers == row.workers
        and load.share == row.share
        and row.arrival in {None, load.arrival}
        # Other cells of a target are about something else: its row as installed, or another shape of its worker.
        and load.row == "production"
        and (load.processes, load.concurrency, load.read_ahead) == (None, None, None)
        and not load.transaction
    )


def _blank(row: Level, run: RunFolder, target: str) -> ClaimEvidence:
    command = target_command(run.registry.part(row.part), [target], run.run)
    return ClaimEvidence(words=f"{row.words}, {target}", command=command, arm=target)


def _piece(row: Level, run: RunFolder, standing: Standing, *, is_alone: bool) -> ClaimEvidence:
    blank = _blank(row, run, standing.target)
    if not is_alone:
        blank = replace(blank, words=f"{blank.words}, {standing.workload.tasks:,} tasks")
    spread = standing.spreads.get(row.measure)
    decides = row.decides and _may_decide(standing.target, row.targets)
    if spread is None or standing.hidden:
        outcome = RowOutcome.MISSING if decides else None
        return replace(blank, reading=outcome, reason=standing.hidden or f"no {row.measure}")
    metric = run.registry.metric(row.measure)
    middle = None if is_withheld(standing, row.measure) else spread.middle
    shown = replace(blank, value=middle, spread=spread, unit=metric.unit)
    if not decides:
        return replace(shown, reason="a backend of Taskgauge is not counted") if row.decides else shown
    if standing.sessions < SESSIONS:
        return replace(shown, reading=RowOutcome.NOISY, reason=f"{standing.sessions} of {SESSIONS} sessions")
    size = standing.spreads.get("reached")
    if row.reached and (size is None or size.low < row.reached):
        return replace(shown, reading=RowOutcome.NOISY, reason=f"a session reached less than {row.reached:,.0f} tasks")
    return replace(shown, reading=_side(row, spread), reason=f"{row.expect.value} {row.bound:,.9g} {metric.unit}")


def _side(row: Level, spread: Spread) -> RowOutcome:
    low, high = spread.low, spread.high
    if row.expect is Expect.AT_LEAST:
        low, high = -high, -low
    bound = row.bound if row.expect is Expect.AT_MOST else -row.bound
    if high <= bound:
        return RowOutcome.FOR
    return RowOutcome.AGAINST if low > bound else RowOutcome.NEAR
