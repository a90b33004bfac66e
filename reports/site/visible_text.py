"""Texts of foreign files as a page shows them: nothing invisible, nothing endless, nothing that reorders a line."""

from unicodedata import category

from markupsafe import Markup, escape

LONGEST = 2000
"""Characters of a text on a page; the files of a run keep the whole text."""
_KEPT = {"\n", "\t"}


def visible(value: object) -> object:
    """Return a text with its control, format and bidirectional characters as escapes, and cut if it is too long.

    Other values, and texts that are markup already, stay as they are.
    """
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    text = str(value)
    if len(text) > LONGEST:
        return f"{_shown(text[:LONGEST])}… ({len(text):,} characters)"
    return _shown(text)


def coded(text: str) -> Markup:
    """Return a text as markup, with its parts between backticks as code."""
    pieces = str(visible(text)).split("`")
    if len(pieces) % 2 == 0:
        return escape("`".join(pieces))
    parts = (
        Markup("<code>{}</code>").format(piece) if place % 2 else escape(piece) for place, piece in enumerate(pieces)
    )
    return Markup("").join(parts)


def _shown(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(mark if _is_shown(mark) else ascii(mark)[1:-1] for mark in text)


def _is_shown(mark: str) -> bool:
    """Return True for what a reader sees, and for spaces that do not break a line."""
    return mark.isprintable() or mark in _KEPT or category(mark) == "Zs"
