"""A report as an HTML page without external files."""

from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from taskgauge.reports.rendering.document import Document
from taskgauge.reports.rendering.visible_characters import visible_characters


def to_html(document: Document) -> str:
    """Return the whole page, with all texts of the document escaped and nothing in them invisible."""
    source = files("taskgauge.reports.rendering").joinpath("report.html.j2").read_text(encoding="utf-8")
    environment = Environment(
        autoescape=True, finalize=_visible, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(source).render(document=document)


def _visible(value: object) -> object:
    """Return a text with only visible characters; markup and other values stay as they are."""
    return visible_characters(value) if type(value) is str else value
