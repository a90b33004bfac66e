"""Charts as SVG, drawn by matplotlib, which the extra `taskgauge[site]` installs; without it there are none."""

import io
import re
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from taskgauge.reports.rendering.chart import Chart, ChartRow, CurveChart, IntervalChart
from taskgauge.reports.rendering.visible_characters import visible_characters

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INK, _LINE = "#010203", "#040506"
"""The colours of text and of values; the style of the page replaces them."""
_COLOURS = {_INK: "currentColor", _LINE: "var(--link, currentColor)"}
_MARKERS = ("o", "s", "^", "D", "v", "P")
_DASHES = ("-", "--", "-.", ":")
_WIDTH, _ROW, _FRAME, _CURVES = 8.6, 0.26, 0.9, 4.2
"""Inches: the width, the height of a row, the height of the axis and the legend, and the height of curves."""
_LABEL = 60
"""Characters of a label."""
_LEGEND = 2
"""Names in a row of a legend; two labels of the longest fit."""
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # texts stay texts
    "svg.hashsalt": "taskgauge",  # equal charts are equal files
    "text.parse_math": False,
    "font.family": "sans-serif",
    "font.size": 9,
    "text.color": _INK,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "legend.frameon": False,
}


def can_draw() -> bool:
    """Return True if the library that draws is installed."""
    return find_spec("matplotlib") is not None


def to_svg(chart: Chart, name: str) -> str:
    """Return a chart as an SVG element with title and description, whose ids all begin with `name`."""
    from matplotlib import rc_context  # noqa: PLC0415 -- the extra may not be installed, and the import takes a second
    from matplotlib.figure import Figure  # noqa: PLC0415

    tall = _CURVES if isinstance(chart, CurveChart) else _FRAME + _ROW * (max(2, len(chart.rows)) + _legend_rows(chart))
    with rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH, tall), layout="constrained")
        axes = figure.subplots()
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        if isinstance(chart, CurveChart):
            _curves(axes, chart)
        else:
            _intervals(axes, chart)
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return _element(drawn.getvalue(), chart, name)


def _intervals(axes: "Axes", chart: IntervalChart) -> None:
    if chart.is_log:
        axes.set_xscale("log")
    names = _names(chart)
    for number, name in enumerate(names):
        _marks(axes, chart.rows, name, _MARKERS[number % len(_MARKERS)])
    axes.set_yticks(range(len(chart.rows)), [_short(row.label) for row in chart.rows])
    axes.set_ylim(len(chart.rows) - 0.5, -0.5)
    axes.set_xlabel(_short(chart.axis))
    axes.grid(visible=True, axis="x", color=_INK, alpha=0.2)
    _plain_numbers(axes.xaxis)
    if chart.reference is not None:
        axes.axvline(chart.reference, color=_INK, linewidth=1)
    if len(names) > 1:
        # The legend belongs to the figure: it may be wider than the axes.
        axes.figure.legend(loc="outside upper center", ncols=_LEGEND)


def _names(chart: IntervalChart) -> list[str]:
    return list(dict.fromkeys(mark.name for row in chart.rows for mark in row.marks))


def _legend_rows(chart: IntervalChart) -> int:
    """Return the rows of a legend beyond the first, for which the frame has room."""
    return max(0, (len(_names(chart)) - 1) // _LEGEND)


def _marks(axes: "Axes", rows: Sequence[ChartRow], name: str, marker: str) -> None:
    """Draw the values of a name with their intervals; one without a value is an interval alone."""
    placed = [(place, mark) for place, row in enumerate(rows) for mark in row.marks if mark.name == name]
    for is_shown in (True, False):
        mine = [(place, mark) for place, mark in placed if (mark.value is not None) is is_shown]
        middles = [mark.value if mark.value is not None else mark.low for _, mark in mine]
        ends = [
            [middle - mark.low for middle, (_, mark) in zip(middles, mine, strict=True)],
            [mark.high - middle for middle, (_, mark) in zip(middles, mine, strict=True)],
        ]
        if mine:
            axes.errorbar(
                middles,
                [place for place, _ in mine],
                xerr=ends,
                fmt=marker if is_shown else "none",
                label=_short(name) if is_shown else None,
                color=_LINE,
                markersize=5,
                elinewidth=2,
                capsize=3,
            )


def _curves(axes: "Axes", chart: CurveChart) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    for number, curve in enumerate(chart.curves):
        across, values = zip(*curve.points, strict=True)
        marker, dashes = _MARKERS[number % len(_MARKERS)], _DASHES[number // len(_MARKERS) % len(_DASHES)]
        axes.plot(across, values, marker=marker, linestyle=dashes, color=_LINE, label=_short(curve.label))
    axes.set_xlabel(_short(chart.across))
    axes.set_ylabel(_short(chart.axis))
    axes.grid(visible=True, color=_INK, alpha=0.2)
    for axis in (axes.xaxis, axes.yaxis):
        _plain_numbers(axis)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))


def _plain_numbers(axis: Any) -> None:
    """Write the numbers of an axis as 1,000 and 0.5; a logarithmic axis has only as many as fit."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator  # noqa: PLC0415

    if axis.get_scale() == "log":
        low, high = axis.get_view_interval()
        is_wide = high > 30 * max(low, 1e-300)
        axis.set_major_locator(LogLocator(subs=(1.0,) if is_wide else (1.0, 2.0, 5.0), numticks=12))
        axis.set_minor_locator(NullLocator())
        axis.set_minor_formatter(NullFormatter())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))


def _short(text: str) -> str:
    line = " ".join(visible_characters(text).split())
    return line if len(line) <= _LABEL else f"{line[: _LABEL - 1]}…"


def _element(drawn: str, chart: Chart, name: str) -> str:
    """Return the SVG element alone, in the colours of the page, with ids that no other chart of the page has."""
    svg = drawn[drawn.index("<svg") :]
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"\s*<defs>\s*<style.*?</defs>", "", svg, count=1, flags=re.DOTALL)
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', svg))
    svg = re.sub(r' id="([^"]*)"', lambda match: f' id="{name}-{match[1]}"' if match[1] in used else "", svg)
    svg = re.sub(r'(url\(#|href="#)', rf"\g<1>{name}-", svg)
    svg = re.sub(r"font-family: [^;\"]*", "font-family: sans-serif", svg)
    svg = re.sub(r"(?<=\S)\s+(?=<)|\s+(?=\"/?>)|(?<=>)\s+", " ", svg)
    for placeholder, colour in _COLOURS.items():
        svg = svg.replace(placeholder, colour)
    opening, rest = svg.split(">", 1)
    size = re.search(r'viewBox="[^"]*"', opening)
    title, words = escape(visible_characters(chart.title)), escape(visible_characters(chart.description))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" class="chart" '
        f'{size[0] if size else ""} role="img" aria-labelledby="{name}-title {name}-words">'
        f'<title id="{name}-title">{title}</title><desc id="{name}-words">{words}</desc>{rest.strip()}'
    )
