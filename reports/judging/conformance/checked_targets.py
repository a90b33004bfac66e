"""The targets of a report, each under a name of its own, and what of their verdicts counts against them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from taskgauge.reports.judging.claims.analysis import Analysis
from taskgauge.reports.judging.conformance.known_failures import KnownState, is_excused, known_state
from taskgauge.reports.run_folder.reader import RunFolder
from taskgauge.reports.run_folder.run_file import start_day
from taskgauge.reports.run_folder.target_results import RequirementRow, TargetResults


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A target as a report names it: with its run, where several runs have it. `day` is the day of the run."""

    name: str
    target: TargetResults
    run: str
    day: date

    @property
    def why(self) -> str:
        """The reason why it was not judged, or only in part."""
        return self.target.reason.removeprefix(f"{self.target.target}: ") or "no reason is given"

    @property
    def broken(self) -> list[RequirementRow]:
        """Return each MUST that does not hold, known failures included."""
        return [row for row in self.target.failing if row.is_broken]

    @property
    def breaking(self) -> list[RequirementRow]:
        """Return each MUST that does not hold and is no known failure, or no longer one."""
        return [row for row in self.broken if row.known is None or not is_excused(row.known.expires, self.day)]

    @property
    def known(self) -> list[RequirementRow]:
        """Return the rows for which a known failure was written down."""
        return [row for row in self.target.requirements if row.known] if self.target.is_judged else []

    def known_state(self, row: RequirementRow) -> KnownState | None:
        """Return the state of a known failure; None where none was written down."""
        return known_state(row.verdict, row.known.expires, self.day) if row.known else None

    @property
    def faults(self) -> list[str]:
        """Return one line for each thing that must not be: a broken MUST, a known failure that is none any more."""
        lines = []
        if breaking := self.breaking:
            lines.append(f"{self.name} breaks {len(breaking)} MUST: {named(breaking)}.")
        for row in self.known:
            match self.known_state(row):
                case KnownState.PASSES_AGAIN:
                    lines.append(f"{self.name}: the known failure of {row.id} passes again; take it off the list.")
                case KnownState.PAST_ITS_DATE if not row.is_broken:
                    lines.append(f"{self.name}: the known failure of {row.id} is past its date; look at it again.")
                case _:
                    pass
        return lines


def checked(analyses: Sequence[Analysis], today: date) -> tuple[Checked, ...]:
    """Return all targets of these runs, run by run; a run that does not say its day is judged as of today."""
    pairs = [(analysis, target) for analysis in analyses for target in analysis.run.targets]
    alike = Counter(target.target for _, target in pairs)
    return tuple(
        Checked(
            name=target.target if alike[target.target] == 1 else f"{target.target} ({analysis.label})",
            target=target,
            run=analysis.label,
            day=_day(analysis.run, today),
        )
        for analysis, target in pairs
    )


def _day(run: RunFolder, today: date) -> date:
    try:
        return start_day(run.provenance.get("started"))
    except ValueError:
        return today


def named(rows: Sequence[RequirementRow]) -> str:
    """Return the ids of rows, grouped by verdict: FAIL RES-03, RES-04; OVERCLAIM PRI-01."""
    groups: dict[str, list[str]] = {}
    for row in rows:
        groups.setdefault(row.verdict, []).append(row.id)
    return "; ".join(f"{verdict} {', '.join(ids)}" for verdict, ids in groups.items())
