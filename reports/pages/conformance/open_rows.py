"""What was not concluded, what does not apply, and what each target was: nothing is left out without a word."""

from collections.abc import Iterator, Mapping, Sequence

from taskgauge.reports.judging.conformance.checked_targets import Checked
from taskgauge.reports.judging.conformance.counting import unknown_of
from taskgauge.reports.rendering import numbers
from taskgauge.reports.rendering.document import Section, Table
from taskgauge.reports.run_folder.reader import RunFolder
from taskgauge.reports.run_folder.verdict import Verdict


def open_section(found: Sequence[Checked]) -> Section:
    """Return what could not be concluded, with its share, and what does not apply or is declined, with the reasons."""
    judged = [one for one in found if one.target.is_judged]
    shares = []
    for one in judged:
        unknown, applying = unknown_of(one.target)
        shares.append((one.name, f"{applying}", f"{unknown}", numbers.percent(unknown / applying) if applying else ""))
    tables = [
        Table(
            caption="How many of the requirements that apply could not be concluded",
            headers=("Target", "Apply", "UNKNOWN", "Share"),
            rows=tuple(shares),
        ),
        *_reasons(judged, Verdict.UNKNOWN, "Could not be concluded"),
        *_reasons(judged, Verdict.UNDERCLAIM, "Works although its flag is False"),
        *_reasons(judged, Verdict.DECLINED, "Declined"),
        *_reasons(judged, Verdict.NOT_APPLICABLE, "Does not apply"),
    ]
    return Section(title="What was not judged", tables=tuple(tables))


def targets_section(found: Sequence[Checked], runs: Sequence[RunFolder]) -> Section:
    """Return what each target was and how long it took, what was left out and why, and the settings as used."""
    rows = tuple(
        (
            one.name,
            one.target.backend,
            one.target.framework,
            one.target.runs,
            one.target.state,
            numbers.seconds(one.target.seconds),
            ", ".join(f"{name} {version}" for name, version in one.target.versions.items()),
        )
        for one in found
    )
    tables = [
        Table(
            caption="The targets",
            headers=("Target", "Backend", "Framework", "Runs", "State", "Took (s)", "Versions"),
            rows=rows,
            widths=(22, 18, 12, 7, 8, 8, 13),
            quoted=tuple((f"Settings of {one.name}", one.target.settings) for one in found if one.target.settings),
        )
    ]
    if ended := [(one.name, one.target.state, one.why) for one in found if one.target.state != "finished"]:
        headers = ("Target", "State", "Why")
        tables.append(Table(caption="What did not finish", headers=headers, rows=tuple(ended), widths=(28, 8, 60)))
    if left_out := [pair for run in runs for pair in _left_out(run.provenance)]:
        tables.append(
            Table(caption="What was left out", headers=("What", "Why"), rows=tuple(left_out), widths=(30, 66))
        )
    return Section(title="Targets", tables=tuple(tables))


def _reasons(found: Sequence[Checked], verdict: Verdict, caption: str) -> Iterator[Table]:
    alike: dict[tuple[str, str], list[str]] = {}
    for one in found:
        by: dict[str, list[str]] = {}
        for row in one.target.rows(verdict):
            by.setdefault(row.reason, []).append(row.id)
        for reason, ids in by.items():
            alike.setdefault((reason, ", ".join(ids)), []).append(one.name)
    if alike:
        yield Table(
            caption=f"{caption} ({verdict})",
            headers=("Reason", "Requirements", "Targets"),
            rows=tuple((reason, ids, ", ".join(names)) for (reason, ids), names in alike.items()),
            widths=(36, 30, 30),
        )


def _left_out(provenance: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    found = provenance.get("left_out")
    for each in found if isinstance(found, list) else ():
        if isinstance(each, dict):
            yield str(each.get("what", "")), str(each.get("why", ""))
