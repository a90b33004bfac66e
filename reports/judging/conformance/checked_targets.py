"""The targets of a report, each under a name of its own, and what of their verdicts counts against them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from taskgauge.reports.judging.claims.analysis import Analysis
from taskgauge.reports.run_folder.target_results import Row, Target

PASSES_AGAIN = "passes again"
PAST_ITS_DATE = "past its date"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A target as a report names it: with its run, where several runs have it. `day` is when it was checked."""

    name: str
    target: Target
    run: str
    day: date

    @property
    def why(self) -> str:
        """Why it was not judged, or not to the end."""
        return self.target.reason.removeprefix(f"{self.target.target}: ") or "no reason is given"

    @property
    def broken(self) -> list[Row]:
        """Return each MUST that does not hold, known failures included."""
        return [row for row in self.target.rows("FAIL", "OVERCLAIM") if row.is_broken]

    @property
    def breaking(self) -> list[Row]:
        """Return each MUST that does not hold and is no known failure, or no longer one."""
        return [row for row in self.broken if row.known is None or self.standing(row) == PAST_ITS_DATE]

    @property
    def known(self) -> list[Row]:
        """Return the rows for which a known failure was written down."""
        return [row for row in self.target.requirements if row.known] if self.target.is_judged else []

    def standing(self, row: Row) -> str:
        """Return how a known failure stands; empty where none was written down."""
        if row.known is None:
            return ""
        if row.verdict in {"PASS", "DECLINED", "UNDERCLAIM"}:
            return PASSES_AGAIN
        if self.day > row.known.expires:
            return PAST_ITS_DATE
        return {"UNKNOWN": "not concluded", "N/A": "does not apply"}.get(row.verdict, "still fails")

    @property
    def faults(self) -> list[str]:
        """Return one line for each thing that must not be: a broken MUST, a known failure that is none any more."""
        lines = []
        if breaking := self.breaking:
            lines.append(f"{self.name} breaks {len(breaking)} MUST: {named(breaking)}.")
        for row in self.known:
            match self.standing(row):
                case "passes again":
                    lines.append(f"{self.name}: the known failure of {row.id} passes again; take it off the list.")
                case "past its date" if not row.is_broken:
                    lines.append(f"{self.name}: the known failure of {row.id} is past its date; look at it again.")
                case _:
                    pass
        return lines


def checked(analyses: Sequence[Analysis]) -> tuple[Checked, ...]:
    """Return all targets of these runs, run by run."""
    found = [(analysis, target) for analysis in analyses for target in analysis.run.targets]
    alike = Counter(target.target for _, target in found)
    return tuple(
        Checked(
            name=target.target if alike[target.target] == 1 else f"{target.target} ({analysis.label})",
            target=target,
            run=analysis.label,
            day=day_of(analysis.run.provenance),
        )
        for analysis, target in found
    )


def named(rows: Sequence[Row]) -> str:
    """Return the ids of rows, grouped by verdict: FAIL RES-03, RES-04; OVERCLAIM PRI-01."""
    groups: dict[str, list[str]] = {}
    for row in rows:
        groups.setdefault(row.verdict, []).append(row.id)
    return "; ".join(f"{verdict} {', '.join(ids)}" for verdict, ids in groups.items())


def day_of(provenance: Mapping[str, object]) -> date:
    """Return the day of a run by its provenance, so that its report says the same on every later day."""
    for key in ("finished", "started"):
        try:
            return datetime.fromisoformat(str(provenance.get(key))).date()
        except ValueError:
            continue
    return datetime.now(UTC).date()
