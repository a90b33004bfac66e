"""The content of a report, before it becomes Markdown, HTML or text for a terminal."""

from dataclasses import dataclass

from taskgauge.reports.rendering.chart import Chart

FORMAT = 1
"""The format of the JSON files that a report writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with its caption; `commands` are (name, command) pairs that reproduce its figures.

    `links` are (name, address) pairs. `quoted` are (name, text) pairs, shown line by line below the table. `widths` are
    the characters of each column on a terminal before its cells break; the last width applies to all further columns.
    `charts` show figures of the table, in HTML.
    """

    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    commands: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    quoted: tuple[tuple[str, str], ...] = ()
    widths: tuple[int, ...] = ()
    charts: tuple[Chart, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A title, paragraphs, and the tables that follow them."""

    title: str
    paragraphs: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()

    @property
    def anchor(self) -> str:
        """The section's name in a link."""
        return "".join(letter if letter.isalnum() else "-" for letter in self.title.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A whole report."""

    title: str
    summary: str
    sections: tuple[Section, ...]
