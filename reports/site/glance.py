"""Results at a glance: the counts of each target, and the features that it announces and keeps."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from taskgauge.reports.judging.conformance.checked_targets import Checked
from taskgauge.reports.run_folder.target_results import RequirementRow
from taskgauge.reports.run_folder.verdict import Verdict
from taskgauge.reports.site.names import safe_name

FEATURES = {
    "Priority": ("supports_priority", "PRI"),
    "Deferral": ("supports_defer", "DEF"),
    "Async tasks": ("supports_async_task", "ASY"),
    "Results": ("supports_get_result", "RES"),
}
"""The features of a backend: the flag that announces it, and the area of its requirements."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The requirements that apply to a target, and those that it keeps."""

    kept: int
    apply: int
    by_verdict: dict[str, int]

    @property
    def words(self) -> str:
        """The count in words: 118 of 132."""
        return f"{self.kept} of {self.apply}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """A target on the start page; a target without verdicts has a reason."""

    name: str
    backend: str
    page: str
    counts: Counts | None
    features: tuple[tuple[str, str], ...]
    reason: str


def backend_of(target: str) -> str:
    """Return the name of a target's backend."""
    return target.partition("@")[0]


def backend_page(backend: str) -> str:
    """Return the page of a backend, relative to the pages of its run."""
    return f"backends/{safe_name(backend)}.html"


def counts_of(rows: Sequence[RequirementRow]) -> Counts:
    """Return the counts of some rows of a target; declined features and what does not apply are not counted."""
    by_verdict = Counter(row.verdict.value for row in rows)
    return Counts(
        kept=by_verdict[Verdict.PASS.value], apply=sum(row.is_judged for row in rows), by_verdict=dict(by_verdict)
    )


def glances(targets: Sequence[Checked]) -> tuple[Glance, ...]:
    """Return each target, by name."""
    return tuple(_glance(checked) for checked in sorted(targets, key=lambda checked: checked.name))


def _glance(checked: Checked) -> Glance:
    backend = backend_of(checked.target.target)
    judged = checked.target.is_judged
    return Glance(
        name=checked.name,
        backend=backend,
        page=backend_page(backend),
        counts=counts_of(checked.target.requirements) if judged else None,
        features=tuple((title, feature(checked, *known)) for title, known in FEATURES.items()) if judged else (),
        reason="" if checked.target.state == "finished" else f"{checked.target.state}: {checked.why}",
    )


def feature(checked: Checked, flag: str, area: str) -> str:
    """Return in words if a target announces a feature, and if it keeps the requirements of its area."""
    every = [row for row in checked.target.requirements if row.area == area]
    rows = [row for row in every if row.verdict is not Verdict.NOT_APPLICABLE]
    announced = checked.target.flags.get(flag)
    broken = [row.id for row in rows if row.is_broken]
    outside = len(every) - len(rows)
    beside = f"; {outside} {'does' if outside == 1 else 'do'} not apply" if outside else ""
    kept = f"kept: {counts_of(rows).words}{beside}"
    if announced is False:
        works = [row.id for row in rows if row.verdict is Verdict.UNDERCLAIM]
        return f"not offered, but works ({', '.join(works)})" if works else "not offered"
    if not rows:
        return "does not apply" if every else "not checked"
    if broken:
        return f"breaks {', '.join(broken)} ({kept})"
    if unknown := [row.id for row in rows if row.verdict is Verdict.UNKNOWN]:
        return f"not concluded: {', '.join(unknown)} ({kept})"
    if advisory := [row.id for row in rows if row.verdict is Verdict.ADVISORY]:
        return f"every MUST kept, not the recommended {', '.join(advisory)} ({kept})"
    return kept
