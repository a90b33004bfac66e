"""A report as a terminal's text."""

from collections.abc import Sequence
from textwrap import fill

from tabulate import tabulate

from taskgauge.reports.document import Document, Section, Table

# The widest that a cell becomes before it breaks into lines.
CELL = 36


def to_text(document: Document, *, sections: Sequence[Section] | None = None) -> str:
    """Return the document, or only these sections of it."""
    chosen = document.sections if sections is None else sections
    return "\n".join([document.title, "=" * len(document.title), "", document.summary, "", *map(_section, chosen)])


def _section(section: Section) -> str:
    blocks = [f"{section.title}\n{'-' * len(section.title)}", *section.paragraphs, *map(_table, section.tables)]
    return "\n\n".join(blocks) + "\n"


def _table(table: Table) -> str:
    # Broken here, since tabulate's own maxcolwidths takes 1,234 for a number and fails on its comma.
    rows = [[fill(cell, CELL) for cell in row] for row in table.rows]
    headers = [fill(name, CELL) for name in table.headers]
    drawn = tabulate(rows, headers=headers, tablefmt="simple", disable_numparse=True)
    commands = [f"  {what}: {command}" for what, command in table.commands]
    return "\n".join([table.caption, "", drawn, *table.notes, *commands])
