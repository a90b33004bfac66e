"""A report as an HTML page without external files."""

from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from taskgauge.reports.rendering.document import Document


def to_html(document: Document) -> str:
    """Return the whole page, with all texts of the document escaped."""
    source = files("taskgauge.reports.rendering").joinpath("report.html.j2").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(source).render(document=document)
