"""A report as an HTML page without external files."""

from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from taskgauge.reports.rendering.chart import Chart
from taskgauge.reports.rendering.chart_svg import can_draw, to_svg
from taskgauge.reports.rendering.document import Document
from taskgauge.reports.rendering.visible_characters import visible_characters


def to_html(document: Document) -> str:
    """Return the whole page, with all texts of the document escaped and nothing in them invisible."""
    source = files("taskgauge.reports.rendering").joinpath("report.html.j2").read_text(encoding="utf-8")
    environment = Environment(
        autoescape=True, finalize=_visible, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals["draw"] = _draw
    return environment.from_string(source).render(document=document, has_charts=can_draw())


def _draw(chart: Chart, name: str) -> Markup:
    """Return a chart as markup."""
    return Markup(to_svg(chart, name))  # noqa: S704 -- to_svg escapes all texts


def _visible(value: object) -> object:
    """Return a text with only visible characters; markup and other values stay as they are."""
    return visible_characters(value) if type(value) is str else value
