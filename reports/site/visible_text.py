"""Texts of foreign files as a page shows them; markup stays markup."""

from markupsafe import Markup, escape

from taskgauge.reports.rendering.visible_characters import LONGEST, visible_characters

__all__ = ["LONGEST", "coded", "visible"]


def visible(value: object) -> object:
    """Return a text with only visible characters, and cut if it is too long.

    Other values, and texts that are markup already, stay as they are.
    """
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return visible_characters(str(value))


def coded(text: str) -> Markup:
    """Return a text as markup, with its parts between backticks as code."""
    pieces = visible_characters(text).split("`")
    if len(pieces) % 2 == 0:
        return escape("`".join(pieces))
    parts = (
        Markup("<code>{}</code>").format(piece) if place % 2 else escape(piece) for place, piece in enumerate(pieces)
    )
    return Markup("").join(parts)
