"""A run's verdicts, put between markers of a README by a command and never by hand."""

from collections.abc import Iterable
from pathlib import Path

from taskgauge.reports.pages.bench.claim_tables import verdict_table
from taskgauge.reports.pages.conformance.matrix import conformance_tables
from taskgauge.reports.pages.report import Report
from taskgauge.reports.rendering.document import Table
from taskgauge.reports.rendering.markdown import markdown_table
from taskgauge.reports.run_folder.errors import ReadmeMarkersMissing, ReportNotWritable

BEGIN = "<!-- verdicts: begin -->"
END = "<!-- verdicts: end -->"
CONFORMANCE_BEGIN = "<!-- conformance: begin -->"
CONFORMANCE_END = "<!-- conformance: end -->"


def update_readme(readme: Path, report: Report) -> bool:
    """Replace what stands between the markers by the report's verdicts; return whether anything changed.

    Verdicts on claims and verdicts on targets have markers of their own; a report may have both.
    Raises ReadmeMarkersMissing, ReportNotWritable.
    """
    try:
        text = readme.read_text(encoding="utf-8")
    except OSError as error:
        raise ReportNotWritable(readme, error.strerror or "it cannot be opened") from error
    fresh = text
    if report.analyses:
        fresh = _replace(readme, fresh, (BEGIN, END), [verdict_table(report.analyses)])
    if report.checked:
        fresh = _replace(readme, fresh, (CONFORMANCE_BEGIN, CONFORMANCE_END), conformance_tables(report.checked))
    if fresh == text:
        return False
    try:
        readme.write_text(fresh, encoding="utf-8")
    except OSError as error:
        raise ReportNotWritable(readme, error.strerror or "it is not writable") from error
    return True


def _replace(readme: Path, text: str, markers: tuple[str, str], tables: Iterable[Table]) -> str:
    before, begin, rest = text.partition(f"{markers[0]}\n")
    _, end, after = rest.rpartition(markers[1])
    if not begin or not end or markers[0] in rest:
        raise ReadmeMarkersMissing(readme, *markers)
    return f"{before}{begin}\n{'\n\n'.join(map(_block, tables))}\n\n{end}{after}"


def _block(table: Table) -> str:
    commands = ", ".join(f"`{command}`" for _, command in table.commands)
    made = f"; made by {commands}" if commands else ""
    return f"{table.caption}{made}:\n\n{markdown_table(table)}"
