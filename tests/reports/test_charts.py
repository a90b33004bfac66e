"""Charts: values lie where the axis has them, texts stay texts, and each has a title and a description."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from taskgauge.reports.judging.standings import Spread, Standing
from taskgauge.reports.pages.bench.session_charts import session_charts
from taskgauge.reports.pages.report import read_report
from taskgauge.reports.rendering.chart import Chart, ChartRow, Curve, CurveChart, IntervalChart, Mark
from taskgauge.reports.rendering.chart_svg import to_svg
from taskgauge.reports.rendering.html import to_html
from taskgauge.reports.run_folder.declarations import REGISTRY
from taskgauge.reports.run_folder.traces import Workload

pytest.importorskip("matplotlib", reason="charts need matplotlib: pip install 'taskgauge[site]'")

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>alert(1)</script></svg>\u202e\x00 $x^2$ & \"'" + "y" * 100_000


def parsed(svg: str) -> ET.Element:
    """Return the element of a chart."""
    return ET.fromstring(svg)  # noqa: S314 -- a text that the test made


def intervals(*values: tuple[float, float | None, float], **asked: object) -> IntervalChart:
    """Return a chart with a row for each value."""
    rows = (
        ChartRow(label=f"row {number}", marks=(Mark(name="median", low=low, value=value, high=high),))
        for number, (low, value, high) in enumerate(values)
    )
    facts = {"title": "Rates", "words": "A dot is a median.", "axis": "Rate (tasks/s)", "rows": tuple(rows)}
    return IntervalChart(**facts | asked)  # type: ignore[arg-type]


CURVES = CurveChart(
    title="Growth",
    words="A line is an arm.",
    across="Tasks",
    axis="ns/object",
    curves=(Curve(label="today", points=((1e4, 30), (1e6, 40))), Curve(label="tuple", points=((1e4, 20), (1e6, 25)))),
)


def dots(svg: str) -> list[float]:
    """Return the places of the markers from left to right, in the order of rows."""
    uses = [use for use in parsed(svg).iter(f"{SVG}use") if "var(--link" in use.get("style", "")]
    rows: dict[float, float] = {}
    for use in uses:
        place, row = float(use.get("x", "0")), float(use.get("y", "0"))
        rows.setdefault(row, place)
    return [rows[row] for row in sorted(rows)]


@pytest.mark.parametrize("chart", [intervals((1, 2, 3), (4, 5, 6)), CURVES], ids=["intervals", "curves"])
def test_each_chart_is_named(chart: Chart) -> None:
    """Title and description name the chart for readers who do not see it; all ids begin with its name."""
    svg = to_svg(chart, "here")
    root = parsed(svg)

    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "here-title here-words"
    assert root.findtext(f"{SVG}title") == chart.title
    assert root.findtext(f"{SVG}desc") == chart.description
    ids = [name for element in root.iter() if (name := element.get("id"))]
    assert len(ids) == len(set(ids))
    assert all(name.startswith("here-") for name in ids)
    assert set(re.findall(r'(?:url\(#|href="#)([^)"]+)', svg)) <= set(ids)
    assert svg == to_svg(chart, "here")


def test_places_follow_the_values() -> None:
    """On a logarithmic axis equal factors are equal distances, and the words say so."""
    chart = intervals((9, 10, 11), (90, 100, 110), (900, 1000, 1100))
    first, second, third = dots(to_svg(chart, "a"))

    assert chart.is_log
    assert "The axis is logarithmic" in chart.description
    assert second - first == pytest.approx(third - second, rel=0.01)
    near = intervals((9, 10, 11), (19, 20, 21), (29, 30, 31))
    first, second, third = dots(to_svg(near, "a"))
    assert not near.is_log
    assert "logarithmic" not in near.description
    assert second - first == pytest.approx(third - second, rel=0.01)


def test_no_bare_dot_and_no_withheld_median() -> None:
    """A withheld value has its interval and no dot."""
    shown, withheld = (to_svg(intervals((1, value, 3), (1, 2, 3)), "a") for value in (2, None))

    assert withheld.count("<path") < shown.count("<path") or withheld.count("<use") < shown.count("<use")


@pytest.mark.filterwarnings("error")
def test_a_legend_of_many_names_fits() -> None:
    """Five long names and long labels of rows leave room for the values, and no name is cut at an edge."""
    names = [f"Time of an enqueue, {number}.0% quantile" for number in range(5)]
    marks = tuple(Mark(name=name, low=1, value=2 + number, high=9) for number, name in enumerate(names))
    rows = tuple(
        ChartRow(label=f"reference-process, 30,000 tasks, calls alone {number}", marks=marks) for number in (1, 2)
    )
    svg = to_svg(intervals(rows=rows), "c")

    width = float(parsed(svg).get("viewBox", "").split()[2])
    texts = {text.text: text for text in parsed(svg).iter(f"{SVG}text")}
    places = [float(texts[name].get("x", "-1")) for name in names]
    assert min(places) >= 0
    # A character is narrower than 6 points.
    assert max(place + 6 * len(names[0]) for place in places) <= width
    assert len({round(place) for place in places}) == 2
    assert max(dots(svg)) < width


def test_zero_has_no_logarithm() -> None:
    """A chart with a zero is drawn on a plain axis."""
    assert not intervals((0, 1, 1000), (1, 2, 3)).is_log
    assert "NaN" not in to_svg(intervals((0, 1, 1000), (1, 2, 3)), "a")


def test_hostile_texts() -> None:
    """Markup, formulas, invisible characters and endless texts are texts of a few characters."""
    chart = intervals((1, 2, 3), (1, 2, 3), title=HOSTILE, axis=HOSTILE, words=HOSTILE)
    svg = to_svg(chart, "a")

    assert len(svg) < 60_000
    root = parsed(svg)
    assert not list(root.iter(f"{SVG}script"))
    assert "\u202e" not in svg
    assert any("$x^2$" in text for text in root.itertext())


def row(target: str, values: tuple[float, ...], status: str = "") -> Standing:
    """Return a row of the latency part."""
    spreads = {name: Spread(values=values) for name in ("start-p50", "start-p99", "offered-rate")}
    return Standing(
        part="latency",
        contract="store",
        workload=Workload(arrival="rate", tasks=10, share=50),
        target=target,
        is_floor=False,
        sessions=5,
        spreads=spreads,
        counts="",
        faults=(),
        partial=(),
        status=status,
    )


def test_quantiles_share_a_chart() -> None:
    """What has the unit of the first metric is drawn beside it; a rate in another unit is not, nor a hidden row."""
    (chart,) = session_charts([row("a", (1, 2, 3)), row("b", (4, 5, 6), "withheld: x")], REGISTRY, "Latency", str)

    assert [[mark.low for mark in shown.marks] for shown in chart.rows] == [[1, 1], [4, 4]]
    assert [mark.value for mark in chart.rows[1].marks] == [None, 5]
    assert "withheld" in chart.words
    assert not list(session_charts([row("a", (1, 2, 3))], REGISTRY, "Latency", str))
    assert not list(session_charts([], REGISTRY, "Latency", str))


def test_the_report_has_charts(make_run: Callable[..., Path]) -> None:
    """The page of a bench shows growth as curves, with the figures of the table above it."""
    page = to_html(read_report([make_run()]).document)

    figures = re.findall(r"<figure.*?</figure>", page, re.DOTALL)
    assert figures
    assert all("Both axes are logarithmic" in figure for figure in figures)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
