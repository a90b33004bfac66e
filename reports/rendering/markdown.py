"""A report as Markdown."""

import re

from tabulate import tabulate

from taskgauge.reports.rendering.document import Document, Section, Table
from taskgauge.reports.rendering.visible_characters import visible_characters


def to_markdown(document: Document) -> str:
    """Return the whole document."""
    contents = "\n".join(f"- [{section.title}](#{_heading_anchor(section.title)})" for section in document.sections)
    sections = "\n".join(map(_section, document.sections))
    return f"# {_cell(document.title)}\n\n{document.summary}\n\n{contents}\n\n{sections}"


def markdown_table(table: Table) -> str:
    """Return the table alone, without its caption."""
    rows = [[_cell(cell) for cell in row] for row in table.rows]
    headers = [_cell(name) for name in table.headers]
    # Without alignment, tabulate pads no cell, but the line below the headers is as wide as the widest cell.
    text = tabulate(rows, headers=headers, tablefmt="github", disable_numparse=True, stralign=None, numalign=None)
    first, _, rest = text.partition("\n")
    return "\n".join([first, f"|{'---|' * len(headers)}", *rest.splitlines()[1:]])


def _section(section: Section) -> str:
    blocks = [f"## {section.title}", *section.paragraphs, *map(_table, section.tables)]
    return "\n\n".join(blocks) + "\n"


def _table(table: Table) -> str:
    blocks = [f"**{_cell(table.caption)}**", markdown_table(table), *map(_note, table.notes)]
    blocks += [f"{_cell(what)}:\n\n{fenced(visible_characters(text))}" for what, text in table.quoted]
    below = [f"- {_cell(what)}: {_address(address)}" for what, address in table.links]
    below += [f"- {_cell(what)}: {code(command)}" for what, command in table.commands]
    if below:
        blocks.append("\n".join(below))
    return "\n\n".join(blocks)


def fenced(text: str) -> str:
    """Return the text unchanged, in a fence that is longer than any run of backticks in it."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}text\n{text}\n{fence}"


def code(text: str) -> str:
    """Return the text as code in a line, between more backticks than it has in a row."""
    line = " ".join(visible_characters(text).split())
    marks = "`" * (_longest_run(line) + 1)
    space = " " if len(marks) > 1 else ""
    return f"{marks}{space}{line}{space}{marks}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _note(text: str) -> str:
    """Return a note with only visible characters, and without markup of HTML and pictures."""
    return visible_characters(text).replace("<", "\\<").replace("![", "!\\[")


def _address(address: str) -> str:
    """Return an address as a link, or as text if it is none."""
    return f"<{address}>" if re.fullmatch(r"https://[^\s<>]+", address) else _cell(address)


def _cell(text: str) -> str:
    """Escape the characters that mean something in Markdown, and put the text on one line."""
    text = visible_characters(text)
    for mark in ("\\", "|", "*", "<", "_", "`"):
        text = text.replace(mark, f"\\{mark}")
    # A link or picture needs both brackets, and an entity its semicolon; other brackets stay readable.
    text = re.sub(r"&(?=#?\w+;)", r"\\&", text.replace("](", "]\\("))
    return " ".join(text.split())


def _heading_anchor(title: str) -> str:
    """Return the anchor that a code host gives to a heading: without punctuation, and with hyphens for spaces."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
