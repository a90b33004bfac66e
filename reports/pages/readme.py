"""Writes the verdicts of a run between the markers of a README."""

import textwrap
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path

from taskgauge.reports.judging.claims.analysis import Analysis
from taskgauge.reports.judging.conformance.checked_targets import Checked
from taskgauge.reports.pages.bench.claim_tables import surprises, verdict_table
from taskgauge.reports.pages.bench.target_tables import target_sections
from taskgauge.reports.pages.conformance.matrix import backends_at_a_glance, conformance_tables
from taskgauge.reports.pages.report import Report
from taskgauge.reports.rendering.document import Section, Table
from taskgauge.reports.rendering.markdown import code, markdown_table
from taskgauge.reports.run_folder.errors import ReadmeMarkersMissing, ReportNotWritable

_WIDTH = 100
"""Characters of a line in a list at most."""
PLACES: Mapping[str, Callable[[Report], str]] = {
    "verdicts": lambda report: _tables([verdict_table(shapes)] if (shapes := _measured(report)) else ()),
    "claims at a glance": lambda report: _list(surprises(shapes) if (shapes := _measured(report)) else ()),
    "conformance": lambda report: _tables(conformance_tables(report.checked) if report.checked else ()),
    "backends at a glance": lambda report: _glance(report.checked) if report.checked else "",
    "dispatch": lambda report: "\n\n".join(_section(section) for section in target_sections(report.every)),
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
    if not any(begin(name) in text or end(name) in text for name in PLACES):
        name = "verdicts" if report.analyses else "conformance"
        raise ReadmeMarkersMissing(readme, begin(name), end(name))
    fresh = updated(readme, text, contents(report))
    if fresh == text:
        return False
    try:
        readme.write_text(fresh, encoding="utf-8")
    except OSError as error:
        raise ReportNotWritable(readme, error.strerror or "it is not writable") from error
    return True


def contents(report: Report, names: Collection[str] = PLACES.keys()) -> dict[str, str]:
    """Return the contents that the report has for these names."""
    return {name: text for name in names if (text := PLACES[name](report))}


def updated(document: Path, text: str, contents_by_name: Mapping[str, str]) -> str:
    """Return the text of a document with these contents between its markers. Raises ReadmeMarkersMissing."""
    for name, content in contents_by_name.items():
        if begin(name) in text or end(name) in text:
            text = _replace(document, text, name, content)
    return text


def _replace(readme: Path, text: str, name: str, content: str) -> str:
    before, first, rest = text.partition(f"{begin(name)}\n")
    _, last, after = rest.partition(end(name))
    if not first or not last or begin(name) in rest:
        raise ReadmeMarkersMissing(readme, begin(name), end(name))
    return f"{before}{first}\n{content}\n\n{last}{after}"


def _measured(report: Report) -> tuple[Analysis, ...]:
    """Return the analyses of result types; a run of whole backends alone decides no claim."""
    return tuple(
        analysis
        for analysis in report.analyses
        if analysis.run.samples or analysis.run.answers or not analysis.run.session_count
    )


def _glance(targets: Sequence[Checked]) -> str:
    """Return the table of backends, with a sentence on how to read its first row."""
    table = backends_at_a_glance(targets)
    example = next((row[1] for row in table.rows), "")
    kept, _, applying = example.partition(" of ")
    words = f'"{example}" means: {applying} requirements apply, and the backend keeps {kept} of them.'
    return "\n\n".join([words, _block(table)] if example else [])


def _list(lines: Iterable[str]) -> str:
    return "\n".join(textwrap.fill(f"- {line}", _WIDTH, subsequent_indent="  ") for line in lines)


def _section(section: Section) -> str:
    """Return a section with its notes, which a reader needs to understand its tables."""
    blocks = [*section.paragraphs, *(text for table in section.tables for text in (_block(table), *table.notes))]
    return "\n\n".join([f"## {section.title}", *blocks])


def _tables(tables: Iterable[Table]) -> str:
    return "\n\n".join(map(_block, tables))


def _block(table: Table) -> str:
    commands = ", ".join(code(command) for _, command in table.commands)
    made = f"; made by {commands}" if commands else ""
    return f"{table.caption}{made}:\n\n{markdown_table(table)}"
