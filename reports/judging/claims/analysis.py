"""One run, worked out: verdicts, measurements, A/A control and growth."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from taskgauge.reports.judging.claims.claim import Claim
from taskgauge.reports.judging.claims.levels import is_measured
from taskgauge.reports.judging.claims.measurements import Control, Growth, Measurement, controls, growths, measurements
from taskgauge.reports.judging.claims.verdict import ClaimVerdict, judge
from taskgauge.reports.judging.standings import Standing, standings
from taskgauge.reports.metrics.accounting import accounted
from taskgauge.reports.metrics.comparison import Rows
from taskgauge.reports.metrics.session import session
from taskgauge.reports.run_folder.reader import RunFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """The analysis of one run folder; `label` distinguishes it from other runs of the report."""

    run: RunFolder
    label: str
    verdicts: tuple[ClaimVerdict, ...]
    measurements: tuple[Measurement, ...]
    controls: tuple[Control, ...]
    growths: tuple[Growth, ...]
    faults: tuple[str, ...]
    standings: tuple[Standing, ...] = ()


def analyse(runs: Sequence[RunFolder], claims: Sequence[Claim]) -> tuple[Analysis, ...]:
    """Return one analysis a run, in the order given.

    A claim about whole backends has a verdict only on a run that measured a target that may decide it, and any other
    claim unless all runs measured whole backends alone.
    """
    of_shapes = any(map(has_shapes, runs))
    claims = [claim for claim in claims if claim.parts_of_targets or of_shapes]
    alike = Counter(run.label for run in runs)
    return tuple(
        _analyse(run, run.label if alike[run.label] == 1 else f"{run.label} ({run.path.resolve().name})", claims)
        for run in runs
    )


def has_shapes(run: RunFolder) -> bool:
    """Return True if a run measured result types, or was meant to: unless it has nothing but sessions."""
    return bool(run.samples or run.answers) or not run.session_count


def _analyse(run: RunFolder, label: str, claims: Sequence[Claim]) -> Analysis:
    samples, faults = accounted(run.samples)
    rows = Rows(samples, run.registry, run.path)
    ordered = standings([*map(session, run.traces), *run.sessions], run.registry)
    return Analysis(
        run=run,
        label=label,
        verdicts=tuple(
            judge(claim, run, rows, ordered)
            for claim in claims
            if not claim.parts_of_targets or is_measured(claim, ordered)
        ),
        measurements=tuple(measurements(rows)),
        controls=tuple(controls(rows)),
        growths=tuple(growths(rows)),
        faults=(*faults, *(f"{row.part}: {row.target}: {fault}." for row in ordered for fault in row.faults)),
        standings=tuple(ordered),
    )
