"""Texts of foreign files as a document shows them: nothing invisible, nothing endless, nothing that reorders a line."""

from unicodedata import category

LONGEST = 2000
"""Characters of a text in a document; the files of a run keep the whole text."""
_KEPT = {"\n", "\t"}


def visible_characters(text: str) -> str:
    """Return a text with its control, format and bidirectional characters as escapes, and cut if it is too long."""
    if len(text) > LONGEST:
        return f"{_shown(text[:LONGEST])}… ({len(text):,} characters)"
    return _shown(text)


def _shown(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(mark if _is_shown(mark) else ascii(mark)[1:-1] for mark in text)


def _is_shown(mark: str) -> bool:
    """Return True for what a reader sees, and for spaces that do not break a line."""
    return mark.isprintable() or mark in _KEPT or category(mark) == "Zs"
