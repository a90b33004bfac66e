"""Pages as markup: the environment of the templates, in which every text is shown as text."""

from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from taskgauge.reports.judging.conformance.areas import AREAS
from taskgauge.reports.pages.bench.claim_tables import decided_by
from taskgauge.reports.rendering import numbers
from taskgauge.reports.rendering.chart import Chart
from taskgauge.reports.rendering.chart_svg import can_draw, to_svg
from taskgauge.reports.site.glance import FEATURES, backend_of, backend_page
from taskgauge.reports.site.names import safe_name
from taskgauge.reports.site.shape_costs import variant_page
from taskgauge.reports.site.verdict_marks import MARKS
from taskgauge.reports.site.visible_text import coded, visible

if not can_draw():  # the extra is not installed, or only in part
    raise ModuleNotFoundError("no module named matplotlib", name="matplotlib")

_NARROW = 60
"""The characters that a narrow column of a table can show well."""


def asset(name: str) -> str:
    """Return the style sheet, the script, or the source of a template."""
    return files("taskgauge.reports.site").joinpath("templates", name).read_text(encoding="utf-8")


def render(template: str, **context: Any) -> str:
    """Return a page, with all texts escaped and nothing in them invisible."""
    return _environment().get_template(template).render(**context)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(asset),
        autoescape=True,
        finalize=visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"coded": coded, "visible": visible}
    environment.globals |= {
        "areas": AREAS,
        "draw": _draw,
        "backend_of": backend_of,
        "backend_page": backend_page,
        "decided_by": decided_by,
        "features": FEATURES,
        "marks": MARKS,
        "narrow": _NARROW,
        "numbers": numbers,
        "safe_name": safe_name,
        "variant_page": variant_page,
    }
    return environment


def _draw(chart: Chart, name: str) -> Markup:
    """Return a chart as markup."""
    return Markup(to_svg(chart, name))  # noqa: S704 -- to_svg escapes all texts
