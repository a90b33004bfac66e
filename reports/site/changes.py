"""The difference between a run and the run before it, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from taskgauge.reports.judging.conformance.checked_targets import Checked
from taskgauge.reports.run_folder.target_results import RequirementRow
from taskgauge.reports.site.site_run import SiteRun

_LONGEST = 12
"""The largest number of changed verdicts of a target that are spelled out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The sentences on what is new since another run, and on what did not change."""

    before: str
    new: tuple[str, ...]
    same: tuple[str, ...]


def changes(run: SiteRun, earlier: Sequence[SiteRun]) -> tuple[Changes, ...]:
    """Return the changes of verdicts since the newest earlier run with targets, and those of claims.

    A run is compared with its like: a quick one with a quick one, a selection with a selection.
    """
    said = []
    checked = [other for other in earlier if other.is_conformance and other.is_whole == run.is_whole]
    measured = [other for other in earlier if other.is_bench and other.is_quick == run.is_quick]
    if run.is_conformance and (before := _newest(run, checked)):
        said.append(_verdicts(before, run))
    if run.is_bench and (before := _newest(run, measured)):
        said.append(_claims(before, run))
    return tuple(said)


def _newest(run: SiteRun, others: Sequence[SiteRun]) -> SiteRun | None:
    return max((other for other in others if other.order < run.order), key=lambda other: other.order, default=None)


def _verdicts(before: SiteRun, after: SiteRun) -> Changes:
    old = {checked.target.target: checked for checked in before.checked}
    new = {checked.target.target: checked for checked in after.checked}
    added, gone = [name for name in new if name not in old], [name for name in old if name not in new]
    lines = [f"New: {', '.join(added)}."] if added else []
    lines += [f"Not in this run: {', '.join(gone)}."] if gone else []
    steady, kept = [], 0
    for name in sorted(set(old) & set(new)):
        changed = _changed(old[name], new[name])
        versions = _versions(old[name], new[name])
        kept += sum(row.id in {other.id for other in old[name].target.requirements} for row in _rows(new[name]))
        kept -= len(changed)
        if changed or versions:
            lines.append(_line(name, changed, versions))
        else:
            steady.append(name)
    same = [f"{kept:,} verdicts did not change."]
    if steady:
        same.append(f"Unchanged in every verdict and version: {', '.join(steady)}.")
    return Changes(before=before.name, new=tuple(lines), same=tuple(same))


def _rows(checked: Checked) -> Sequence[RequirementRow]:
    return checked.target.requirements if checked.target.is_judged else ()


def _changed(old: Checked, new: Checked) -> list[str]:
    was = {row.id: row.verdict for row in _rows(old)}
    return [
        f"{row.id} is {row.verdict}, was {was[row.id]}"
        for row in _rows(new)
        if row.id in was and row.verdict is not was[row.id]
    ]


def _versions(old: Checked, new: Checked) -> list[str]:
    was = old.target.versions
    return [
        f"{name} {was[name]} became {version}"
        for name, version in new.target.versions.items()
        if name in was and was[name] != version
    ]


def _line(name: str, changed: Sequence[str], versions: Sequence[str]) -> str:
    shown = list(changed[:_LONGEST])
    if len(changed) > _LONGEST:
        shown.append(f"and {len(changed) - _LONGEST} more")
    said = "; ".join(shown) or "no verdict changed"
    return f"{name}: {said}{f' ({", ".join(versions)})' if versions else ''}."


def _claims(before: SiteRun, after: SiteRun) -> Changes:
    was = {verdict.claim.id: verdict.word for verdict in before.analysis.verdicts}
    lines = [
        f"Claim {verdict.claim.id} is {verdict.word}, was {was[verdict.claim.id]}: {verdict.claim.claim}"
        for verdict in after.analysis.verdicts
        if verdict.claim.id in was and verdict.word is not was[verdict.claim.id]
    ]
    if before.folder.label != after.folder.label:
        lines.insert(0, f"{before.folder.label} became {after.folder.label}.")
    same = sum(was.get(verdict.claim.id) is verdict.word for verdict in after.analysis.verdicts)
    return Changes(before=before.name, new=tuple(lines), same=(f"{same} verdicts on claims did not change.",))
