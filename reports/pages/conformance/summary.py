"""The summary of a conformance run in a few sentences, the verdict first."""

from collections.abc import Sequence

from taskgauge.reports.judging.conformance.checked_targets import Checked, named
from taskgauge.reports.judging.conformance.counting import unknown_of
from taskgauge.reports.rendering import numbers
from taskgauge.reports.run_folder.target_results import RequirementRow
from taskgauge.reports.run_folder.verdict import Verdict


def summary(targets: Sequence[Checked]) -> str:
    """Return the summary; an empty text if no target was checked."""
    if not targets:
        return ""
    return " ".join(
        [*_on_backport(targets), *(_single(targets[0]) if len(targets) == 1 else _several(targets)), *_rest(targets)]
    )


def _on_backport(targets: Sequence[Checked]) -> list[str]:
    lines = []
    for checked in targets:
        if checked.target.is_on_backport:
            first = next((row for row in checked.target.requirements if row.id == "BCK-01"), None)
            said = f" (BCK-01 {first.verdict})" if first else ""
            lines.append(
                f"{checked.name} is not a django.tasks backend{said}: it is built on the backport "
                f"{checked.target.framework}. Its other requirements are judged with the backport's own classes."
            )
    return lines


def _single(checked: Checked) -> list[str]:
    if not checked.target.is_judged:
        return [f"{checked.name} could not be judged: {checked.why}."]
    musts, unknown = _musts(checked)
    known = (
        f" (known failures: {len(checked.broken) - len(checked.breaking)})"
        if len(checked.broken) > len(checked.breaking)
        else ""
    )
    if checked.broken:
        said = f"breaks {len(checked.broken)} of the {len(musts)} MUST that it claims{known}: {named(checked.broken)}"
    elif unknown:
        said = f"breaks none of the {len(musts)} MUST that it claims, of which {len(unknown)} could not be concluded"
    else:
        said = f"keeps all {len(musts)} MUST that it claims"
    return [f"{checked.name} {said}."]


def _several(targets: Sequence[Checked]) -> list[str]:
    failed = [checked for checked in targets if not checked.target.is_judged]
    judged = [checked for checked in targets if checked.target.is_judged]
    breaking = [checked for checked in judged if checked.broken]
    open_ = [checked for checked in judged if not checked.broken and _musts(checked)[1]]
    keeping = len(judged) - len(breaking) - len(open_)
    keep = "keeps every MUST that it claims" if keeping == 1 else "keep every MUST that they claim"
    said = [f"{keeping} of {len(targets)} targets {keep}"]
    if breaking:
        said.append(
            f"{len(breaking)} {_verb(breaking)} some: "
            + ", ".join(f"{checked.name} ({len(checked.broken)})" for checked in breaking)
        )
    if open_:
        said.append(
            f"{len(open_)} {_verb(open_)} none that could be concluded: "
            + ", ".join(f"{checked.name} ({len(_musts(checked)[1])} MUST UNKNOWN)" for checked in open_)
        )
    lines = ["; ".join(said) + "."]
    return lines + [f"{checked.name} could not be judged: {checked.why}." for checked in failed]


def _rest(targets: Sequence[Checked]) -> list[str]:
    lines = []
    if partial := [checked for checked in targets if checked.target.state == "partial"]:
        lines.append("PARTIAL: " + "; ".join(f"{checked.name}: {checked.why}" for checked in partial) + ".")
    judged = [unknown_of(checked.target) for checked in targets if checked.target.is_judged]
    unknown, applying = sum(count for count, _ in judged), sum(count for _, count in judged)
    if unknown:
        lines.append(f"UNKNOWN: {unknown:,} of {applying:,} rows that apply ({numbers.percent(unknown / applying)}).")
    return lines


def _verb(targets: Sequence[Checked]) -> str:
    return "breaks" if len(targets) == 1 else "break"


def _musts(checked: Checked) -> tuple[list[RequirementRow], list[RequirementRow]]:
    musts = [row for row in checked.target.requirements if row.level == "MUST" and row.is_judged]
    return musts, [row for row in musts if row.verdict is Verdict.UNKNOWN]
