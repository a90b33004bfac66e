"""A report as text for a terminal."""

from collections.abc import Sequence
from textwrap import fill, indent

from tabulate import tabulate

from taskgauge.reports.rendering.document import Document, Section, Table

CELL = 36
"""Characters of a cell before it breaks into lines, unless its table sets a width."""
_NO_BREAK = "\N{NO-BREAK SPACE}"


def to_text(document: Document, *, sections: Sequence[Section] | None = None) -> str:
    """Return the document, with all sections or only the named ones."""
    chosen = document.sections if sections is None else sections
    return "\n".join([document.title, "=" * len(document.title), "", document.summary, "", *map(_section, chosen)])


def _section(section: Section) -> str:
    blocks = [f"{section.title}\n{'-' * len(section.title)}", *section.paragraphs, *map(_table, section.tables)]
    return "\n\n".join(blocks) + "\n"


def _table(table: Table) -> str:
    # Cells are broken here, since tabulate's own maxcolwidths takes 1,234 for a number and fails on its comma.
    drawn = _draw(_break(table.headers, table), [_break(row, table) for row in table.rows])
    quoted = [f"  {what}:\n{indent(text, '    | ', lambda _: True)}" for what, text in table.quoted]
    below = [f"  {what}: {text}" for what, text in (*table.links, *table.commands)]
    return "\n".join([table.caption, "", drawn, *table.notes, *quoted, *below])


def _draw(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    # If tabulate is given headers, it makes each column two characters too wide.
    lines = tabulate([headers, *rows], tablefmt="plain", disable_numparse=True).splitlines()
    columns = zip(headers, *rows, strict=True)
    widths = [max(len(line) for cell in column for line in cell.split("\n")) for column in columns]
    height = max(cell.count("\n") for cell in headers) + 1
    return "\n".join([*lines[:height], "  ".join("-" * width for width in widths), *lines[height:]])


def _break(cells: Sequence[str], table: Table) -> list[str]:
    """Return the cells of a row, or the headers, broken to the widths of their columns."""
    widths = table.widths or (CELL,)
    broken = []
    for number, cell in enumerate(cells):
        width = widths[min(number, len(widths) - 1)]
        # A table with set widths breaks a word only if it is too long, and the name of a target before its store.
        long = any(len(word) > width for word in cell.split(" "))
        text = cell.replace("@", " @") if long else cell
        broken.append(fill(text, width, break_on_hyphens=long or not table.widths).replace(_NO_BREAK, " "))
    return broken
