"""What a report says, before it is Markdown, HTML or a terminal's text."""

from dataclasses import dataclass

FORMAT = 1
"""The format of the JSON files that a report writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with its caption; `commands` are (what, command) pairs that make its figures again.

    `links` are (what, address) pairs, `quoted` are (what, text) pairs shown line by line below it, and `widths` says
    how many characters a column becomes on a terminal before its cells break; the last counts for all that follow.
    """

    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    commands: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    quoted: tuple[tuple[str, str], ...] = ()
    widths: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Some paragraphs and the tables that follow them."""

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
