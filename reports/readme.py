"""A run's verdicts, put between two markers of a README by a command and never by hand."""

from pathlib import Path

from taskgauge.reports.document import Table
from taskgauge.reports.errors import ReadmeMarkersMissing, ReportNotWritable
from taskgauge.reports.markdown import markdown_table
from taskgauge.reports.report import Report
from taskgauge.reports.verdict_tables import verdict_table

BEGIN = "<!-- verdicts: begin -->"
END = "<!-- verdicts: end -->"


def update_readme(readme: Path, report: Report) -> bool:
    """Replace what stands between the markers by the report's verdicts; return whether anything changed.

    Raises ReadmeMarkersMissing, ReportNotWritable.
    """
    try:
        text = readme.read_text(encoding="utf-8")
    except OSError as error:
        raise ReportNotWritable(readme, error.strerror or "it cannot be opened") from error
    before, begin, rest = text.partition(f"{BEGIN}\n")
    _, end, after = rest.rpartition(END)
    if not begin or not end or BEGIN in rest:
        raise ReadmeMarkersMissing(readme, BEGIN, END)
    fresh = f"{before}{begin}\n{_block(verdict_table(report.analyses))}\n\n{end}{after}"
    if fresh == text:
        return False
    try:
        readme.write_text(fresh, encoding="utf-8")
    except OSError as error:
        raise ReportNotWritable(readme, error.strerror or "it is not writable") from error
    return True


def _block(table: Table) -> str:
    commands = ", ".join(f"`{command}`" for _, command in table.commands)
    return f"{table.caption}; made by {commands}:\n\n{markdown_table(table)}"
