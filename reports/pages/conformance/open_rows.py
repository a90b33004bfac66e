"""The requirements without PASS or FAIL, with their reasons, and the facts of each target."""

from collections.abc import Iterator, Mapping, Sequence

from taskgauge.reports.judging.conformance.checked_targets import Checked
from taskgauge.reports.judging.conformance.counting import unknown_of
from taskgauge.reports.rendering import numbers
from taskgauge.reports.rendering.document import Section, Table
from taskgauge.reports.run_folder.reader import RunFolder
from taskgauge.reports.run_folder.verdict import Verdict


def open_section(targets: Sequence[Checked]) -> Section:
    """Return the section on requirements that are UNKNOWN, declined or not applicable, with reasons and shares."""
    judged = [checked for checked in targets if checked.target.is_judged]
    shares = []
    for checked in judged:
        unknown, applying = unknown_of(checked.target)
        shares.append(
            (checked.name, f"{applying}", f"{unknown}", numbers.percent(unknown / applying) if applying else "")
        )
    tables = [
        Table(
            caption="UNKNOWN requirements, as a share of those that apply",
            headers=("Target", "Apply", "UNKNOWN", "Share"),
            rows=tuple(shares),
        ),
        *_reasons(judged, Verdict.UNKNOWN, "No conclusion"),
        *_reasons(judged, Verdict.UNDERCLAIM, "Works although its flag is False"),
        *_reasons(judged, Verdict.DECLINED, "Declined"),
        *_reasons(judged, Verdict.NOT_APPLICABLE, "Does not apply"),
    ]
    return Section(title="Unknown, declined, not applicable", tables=tuple(tables))


def targets_section(targets: Sequence[Checked], runs: Sequence[RunFolder]) -> Section:
    """Return the section on targets: backend, versions, duration, settings, and reasons for what is left out."""
    rows = tuple(
        (
            checked.name,
            checked.target.backend,
            checked.target.framework,
            checked.target.runs,
            checked.target.state,
            numbers.seconds(checked.target.seconds),
            ", ".join(f"{name} {version}" for name, version in checked.target.versions.items()),
        )
        for checked in targets
    )
    tables = [
        Table(
            caption="Targets",
            headers=("Target", "Backend", "Framework", "Runs", "State", "Duration (s)", "Versions"),
            rows=rows,
            widths=(22, 18, 12, 7, 8, 8, 13),
            quoted=tuple(
                (f"Settings of {checked.name}", checked.target.settings)
                for checked in targets
                if checked.target.settings
            ),
        )
    ]
    if ended := [
        (checked.name, checked.target.state, checked.why) for checked in targets if checked.target.state != "finished"
    ]:
        headers = ("Target", "State", "Reason")
        tables.append(
            Table(caption="Targets that did not finish", headers=headers, rows=tuple(ended), widths=(28, 8, 60))
        )
    if left_out := [pair for run in runs for pair in _left_out(run.provenance)]:
        tables.append(Table(caption="Left out", headers=("Item", "Reason"), rows=tuple(left_out), widths=(30, 66)))
    return Section(title="Targets", tables=tuple(tables))


def _reasons(targets: Sequence[Checked], verdict: Verdict, caption: str) -> Iterator[Table]:
    alike: dict[tuple[str, str], list[str]] = {}
    for checked in targets:
        by: dict[str, list[str]] = {}
        for row in checked.target.rows(verdict):
            by.setdefault(row.reason, []).append(row.id)
        for reason, ids in by.items():
            alike.setdefault((reason, ", ".join(ids)), []).append(checked.name)
    if alike:
        yield Table(
            caption=f"{caption} ({verdict})",
            headers=("Reason", "Requirements", "Targets"),
            rows=tuple((reason, ids, ", ".join(names)) for (reason, ids), names in alike.items()),
            widths=(36, 30, 30),
        )


def _left_out(provenance: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    rows = provenance.get("left_out")
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict):
            yield str(row.get("what", "")), str(row.get("why", ""))
