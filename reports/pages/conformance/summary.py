"""What a run says of its targets in a few sentences, the verdict first."""

from collections.abc import Sequence

from taskgauge.reports.judging.conformance.checked_targets import Checked, named
from taskgauge.reports.judging.conformance.counting import unknown_of
from taskgauge.reports.rendering import numbers
from taskgauge.reports.run_folder.target_results import Row
from taskgauge.reports.run_folder.verdict import Verdict


def summary(found: Sequence[Checked]) -> str:
    """Return the summary; empty where nothing was checked."""
    if not found:
        return ""
    return " ".join([*_on_backport(found), *(_one(found[0]) if len(found) == 1 else _several(found)), *_rest(found)])


def _on_backport(found: Sequence[Checked]) -> list[str]:
    lines = []
    for one in found:
        if one.target.is_on_backport:
            first = next((row for row in one.target.requirements if row.id == "BCK-01"), None)
            said = f" (BCK-01 {first.verdict})" if first else ""
            lines.append(
                f"{one.name} is no django.tasks backend{said}: it is built on the backport {one.target.framework}, "
                "and the rest is judged through the backport's own classes."
            )
    return lines


def _one(one: Checked) -> list[str]:
    if not one.target.is_judged:
        return [f"{one.name} could not be judged: {one.why}."]
    musts, unknown = _musts(one)
    known = f" (known failures: {len(one.broken) - len(one.breaking)})" if len(one.broken) > len(one.breaking) else ""
    if one.broken:
        said = f"breaks {len(one.broken)} of the {len(musts)} MUST that it claims{known}: {named(one.broken)}"
    elif unknown:
        said = f"breaks none of the {len(musts)} MUST that it claims, of which {len(unknown)} could not be concluded"
    else:
        said = f"keeps all {len(musts)} MUST that it claims"
    return [f"{one.name} {said}."]


def _several(found: Sequence[Checked]) -> list[str]:
    failed = [one for one in found if not one.target.is_judged]
    judged = [one for one in found if one.target.is_judged]
    breaking = [one for one in judged if one.broken]
    open_ = [one for one in judged if not one.broken and _musts(one)[1]]
    keeping = len(judged) - len(breaking) - len(open_)
    keep = "keeps every MUST that it claims" if keeping == 1 else "keep every MUST that they claim"
    said = [f"{keeping} of {len(found)} targets {keep}"]
    if breaking:
        said.append(
            f"{len(breaking)} {_verb(breaking)} some: "
            + ", ".join(f"{one.name} ({len(one.broken)})" for one in breaking)
        )
    if open_:
        said.append(
            f"{len(open_)} {_verb(open_)} none that could be concluded: "
            + ", ".join(f"{one.name} ({len(_musts(one)[1])} MUST UNKNOWN)" for one in open_)
        )
    lines = ["; ".join(said) + "."]
    return lines + [f"{one.name} could not be judged: {one.why}." for one in failed]


def _rest(found: Sequence[Checked]) -> list[str]:
    lines = []
    if partial := [one for one in found if one.target.state == "partial"]:
        lines.append("PARTIAL: " + "; ".join(f"{one.name}: {one.why}" for one in partial) + ".")
    judged = [unknown_of(one.target) for one in found if one.target.is_judged]
    unknown, applying = sum(each for each, _ in judged), sum(each for _, each in judged)
    if unknown:
        lines.append(f"UNKNOWN: {unknown:,} of {applying:,} rows that apply ({numbers.percent(unknown / applying)}).")
    return lines


def _verb(found: Sequence[Checked]) -> str:
    return "breaks" if len(found) == 1 else "break"


def _musts(one: Checked) -> tuple[list[Row], list[Row]]:
    musts = [row for row in one.target.requirements if row.level == "MUST" and row.is_judged]
    return musts, [row for row in musts if row.verdict is Verdict.UNKNOWN]
