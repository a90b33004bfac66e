"""Writes the verdicts of a run between the markers of a README."""

import textwrap
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from taskgauge.reports.pages.bench.claim_tables import surprises, verdict_table
from taskgauge.reports.pages.conformance.matrix import backends_at_a_glance, conformance_tables
from taskgauge.reports.pages.report import Report
from taskgauge.reports.rendering.document import Table
from taskgauge.reports.rendering.markdown import markdown_table
from taskgauge.reports.run_folder.errors import ReadmeMarkersMissing, ReportNotWritable

_WIDTH = 100
"""Characters of a line in a list at most."""
PLACES: Mapping[str, Callable[[Report], str]] = {
    "verdicts": lambda report: _tables([verdict_table(report.analyses)] if report.analyses else ()),
    "claims at a glance": lambda report: _list(surprises(report.analyses) if report.analyses else ()),
    "conformance": lambda report: _tables(conformance_tables(report.checked) if report.checked else ()),
    "backends at a glance": lambda report: _tables([backends_at_a_glance(report.checked)] if report.checked else ()),
}
"""The contents that a document may hold, by the name in its markers."""


def begin(name: str) -> str:
    """Return the marker before a table."""
    return f"<!-- {name}: begin -->"


def end(name: str) -> str:
    """Return the marker after a table."""
    return f"<!-- {name}: end -->"


def update_readme(readme: Path, report: Report) -> bool:
    """Replace the text between markers by the report's tables; return True if the document changed.

    A document has the markers of at least one entry of `PLACES`. A text stays if the report has no such table.
    Raises ReadmeMarkersMissing, ReportNotWritable.
    """
    try:
        text = readme.read_text(encoding="utf-8")
    except OSError as error:
        raise ReportNotWritable(readme, error.strerror or "it cannot be opened") from error
    places = [name for name in PLACES if begin(name) in text or end(name) in text]
    if not places:
        name = "verdicts" if report.analyses else "conformance"
        raise ReadmeMarkersMissing(readme, begin(name), end(name))
    fresh = text
    for name in places:
        if content := PLACES[name](report):
            fresh = _replace(readme, fresh, name, content)
    if fresh == text:
        return False
    try:
        readme.write_text(fresh, encoding="utf-8")
    except OSError as error:
        raise ReportNotWritable(readme, error.strerror or "it is not writable") from error
    return True


def _replace(readme: Path, text: str, name: str, content: str) -> str:
    before, first, rest = text.partition(f"{begin(name)}\n")
    _, last, after = rest.partition(end(name))
    if not first or not last or begin(name) in rest:
        raise ReadmeMarkersMissing(readme, begin(name), end(name))
    return f"{before}{first}\n{content}\n\n{last}{after}"


def _list(lines: Iterable[str]) -> str:
    return "\n".join(textwrap.fill(f"- {line}", _WIDTH, subsequent_indent="  ") for line in lines)


def _tables(tables: Iterable[Table]) -> str:
    return "\n\n".join(map(_block, tables))


def _block(table: Table) -> str:
    commands = ", ".join(f"`{command}`" for _, command in table.commands)
    made = f"; made by {commands}" if commands else ""
    return f"{table.caption}{made}:\n\n{markdown_table(table)}"
