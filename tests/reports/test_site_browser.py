"""The static site in a browser: filters, sorting, addresses, anchors, all ways to look at it, and accessibility."""

import functools
import http.server
import json
import os
import re
import shutil
import threading
from array import array
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit
from urllib.request import urlopen

import pytest

from taskgauge.reports.run_folder.declarations import REGISTRY
from taskgauge.reports.run_folder.registry import write_registry
from taskgauge.reports.run_folder.run_file import PartRecord, Run, write_run
from taskgauge.reports.run_folder.traces import TIMES, Header, Trace, Workload, write_trace
from taskgauge.reports.site.site_folder import build_site

playwright = pytest.importorskip("playwright.sync_api", reason="browser tests need playwright: pip install playwright")
axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="browser tests need axe: pip install axe-playwright-python"
)
CHROMIUM = os.environ.get("TASKGAUGE_CHROMIUM", "/usr/bin/chromium")
"""Debian's browser, which `apt-get install chromium` installs."""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"browser tests need {CHROMIUM}: apt install chromium"),
]
REAL = Path(__file__).with_name("format_1")
KINDS = {
    "start": "index.html",
    "latest": "latest/index.html",
    "backends": "latest/backends/index.html",
    "backend": "latest/backends/django-immediate.html",
    "requirements": "latest/requirements/index.html",
    "requirement": "latest/requirements/PRI-01.html",
    "claims": "latest/claims/index.html",
    "claim": "latest/claims/namedtuple-created-faster.html",
    "result types": "latest/result-types/index.html",
    "variant": "latest/result-types/namedtuple.html",
    "part": "latest/result-types/part-time.html",
    "growth": "latest/result-types/part-growth.html",
    "dispatch": "latest/dispatch.html",
    "method": "latest/method.html",
    "changes of the method": "latest/method-changelog.html",
    "glossary": "latest/glossary.html",
    "reading": "latest/reading.html",
    "provenance": "latest/provenance.html",
    "data": "latest/data.html",
    "runs": "runs.html",
    "hostile": "hostile/latest/requirements/RES-01.html",
    "hostile start": "hostile/latest/index.html",
    "hostile backend": "hostile/latest/backends/a.html",
}
"""A page of each kind."""
HOSTILE = "<script>alert(1)</script></table></main>\x1b[31m\u202e\x00" + "x" * 1_000_000


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files, and writes no log."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the name of the base class
        """Write nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of a site of two real runs, with a site of a hostile run inside it."""
    folder = tmp_path_factory.mktemp("browser")
    for name in ("bench", "conformance"):
        shutil.unpack_archive(REAL / f"{name}.tar.xz", folder / name, filter="data")
    today = date(2026, 11, 29)
    runs = [folder / "bench", folder / "conformance", sessions(folder / "sessions")]
    build_site(runs, folder / "out", today=today, strict=True)
    build_site([hostile(folder / "hostile")], folder / "out" / "hostile", today=today, strict=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder / "out")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def sessions(folder: Path) -> Path:
    """Write a run folder with five sessions of two targets, of which one has rates that differ too much."""
    load = Workload(arrival="backlog", tasks=4)
    for repetition, target in ((number, name) for number in range(5) for name in ("a@redis", "b@redis")):
        step = 10_000_000 * (1 + repetition * (target == "b@redis"))
        times = (
            [0] * 4,
            range(1, 5),
            range(2, 6),
            range(1000, 1000 + 4 * step, step),
            range(1000 + step, 1001 + 4 * step, step),
        )
        facts = Header(
            part="throughput", target=target, repetition=repetition, workload=load, contract="store", ending="all ran"
        )
        columns = {name: array("q", column) for name, column in zip(TIMES, times, strict=True)}
        write_trace(folder, Trace(header=facts, **columns))
    write_registry(folder, REGISTRY)
    parts = [PartRecord(name="throughput", state="finished")]
    versions = {"python": "3.14.8", "django": "6.1.3"}
    write_run(folder, Run(started="2026-11-05T10:00:00Z", versions=versions, parts=parts))
    return folder


def hostile(folder: Path) -> Path:
    """Write a run folder in which every text of a requirement is hostile."""
    row = {
        "id": "RES-01",
        "area": "RES",
        "level": "MUST",
        "verdict": "FAIL",
        "sentence": HOSTILE,
        "reason": HOSTILE,
        "link": "javascript:alert(1)",
        "command": HOSTILE,
        "tests": [{"name": HOSTILE, "outcome": "failed", "expected": HOSTILE, "seen": HOSTILE}],
    }
    question = {"id": "OQ-1", "question": HOSTILE, "answer": HOSTILE, "detail": HOSTILE}
    target = {
        "format": 2,
        "target": "a@redis",
        "state": "finished",
        "backend": HOSTILE,
        "framework": HOSTILE,
        "versions": {"python": "3.14.8", "django": "6.1.3", "a": HOSTILE},
        "requirements": [row],
        "open_questions": [question],
        "settings": HOSTILE,
    }
    (folder / "conformance").mkdir(parents=True)
    (folder / "conformance/a@redis.json").write_text(json.dumps(target))
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Yield a browser without a window."""
    with playwright.sync_playwright() as engine:
        started = engine.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def page(browser: Any, site: str) -> Iterator[Any]:
    """Yield a page on which any error, dialog, or request to another site fails the test."""
    yield from watched(browser, site)


def watched(browser: Any, site: str, **options: Any) -> Iterator[Any]:
    """Yield a page, and check at its end that nothing went wrong on it."""
    context = browser.new_context(**options)
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("console", lambda message: wrong.append(f"console: {message.text}"))
    opened.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    opened.on("dialog", lambda dialog: (wrong.append("dialog"), dialog.dismiss()))
    opened.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}"))
    opened.on(
        "request",
        lambda request: None if request.url.startswith((site, "data:")) else wrong.append(f"out: {request.url}"),
    )
    opened.on("response", lambda response: wrong.append(response.url) if response.status >= 400 else None)
    yield opened
    context.close()
    assert [] == wrong


def standing(address: str) -> str:
    """Return where a page stands: a page of `latest` may only lead there."""
    with urlopen(address) as answer:  # noqa: S310 -- the server of this test
        text = answer.read().decode()
    leads = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', text)
    return urljoin(address, leads[1]) if leads else address


def shown(page: Any) -> list[str]:
    """Return the requirements that the matrix shows, in its order."""
    ids: list[str] = page.eval_on_selector_all(
        "#matrix-table tbody tr", "rows => rows.filter(r => r.offsetHeight).map(r => r.querySelector('a').textContent)"
    )
    return ids


def targets(page: Any) -> list[str]:
    """Return the targets that the matrix shows."""
    names: list[str] = page.eval_on_selector_all(
        "#matrix-table thead th[data-target]", "heads => heads.filter(h => h.offsetWidth).map(h => h.dataset.target)"
    )
    return names


def column(page: Any, target: str) -> list[str]:
    """Return the verdicts of a target, in the order of the matrix."""
    words: list[str] = page.eval_on_selector_all(
        f"#matrix-table td[id^='{target}-']", "cells => cells.filter(c => c.offsetHeight).map(c => c.textContent)"
    )
    return words


def query(page: Any) -> str:
    """Return the part of the address that holds the state."""
    return urlsplit(page.url).query


def test_filter(page: Any, site: str) -> None:
    """Area, level, verdict and store each narrow the matrix; the address says so; all of them are undone."""
    page.goto(site)
    every, names = shown(page), targets(page)
    assert len(every) > 100
    page.select_option("[name=area]", "PRI")
    assert shown(page) == [name for name in every if name.startswith("PRI-")]
    assert query(page) == "area=PRI"
    page.select_option("[name=area]", "")
    page.select_option("[name=level]", "SHOULD")
    assert 0 < len(shown(page)) < len(every)
    page.select_option("[name=level]", "")
    page.select_option("[name=target]", names[0])
    assert targets(page) == names[:1]
    verdict = next(word for word in column(page, names[0]) if word != "PASS")
    page.select_option("[name=verdict]", verdict)
    assert set(column(page, names[0])) == {verdict}
    assert query(page) == f"verdict={verdict}&target={names[0]}".replace("N/A", "N%2FA")
    said = page.inner_text("#shown")
    assert said == f"{len(shown(page))} of {len(every)} requirements, 1 of {len(names)} targets are shown."
    page.click("button[type=reset]")
    page.wait_for_function("!location.search")
    assert (every, names) == (shown(page), targets(page))


def test_sort(page: Any, site: str) -> None:
    """A head sorts its column, with failures first; a second time it sorts the other way."""
    page.goto(site)
    every, target = shown(page), targets(page)[0]
    button = page.locator(f"th[data-target='{target}'] button")
    button.click()
    first = column(page, target)
    assert first[-1] == "PASS"
    assert first[0] != "PASS"
    assert page.get_attribute(f"th[data-target='{target}']", "aria-sort") == "ascending"
    assert query(page) == f"sort={target}"
    button.click()
    assert column(page, target)[0] == "PASS"
    assert page.get_attribute(f"th[data-target='{target}']", "aria-sort") == "descending"
    page.locator("#matrix-table thead th button").nth(2).click()
    counts = page.eval_on_selector_all("#matrix-table tbody tr", "rows => rows.map(r => +r.cells[2].textContent)")
    assert counts == sorted(counts, reverse=True)
    assert sorted(shown(page)) == sorted(every)


def test_the_address_restores_the_state(page: Any, site: str) -> None:
    """A copied address shows the same rows in the same order; unknown values in it do no harm."""
    page.goto(site)
    page.select_option("[name=area]", "ENQ")
    target = targets(page)[0]
    page.locator(f"th[data-target='{target}'] button").click()
    rows, address = shown(page), page.url
    page.goto("about:blank")
    page.goto(address)

    assert rows == shown(page)
    assert page.input_value("[name=area]") == "ENQ"
    page.goto(f"{site}?area=%3Cscript%3E&target=nobody&sort=%00&order=up&verdict=")
    assert len(shown(page)) > 100


def test_an_anchor_is_shown(page: Any, site: str) -> None:
    """The link to a cell scrolls to it, marks it, and leads on to its details, even if a filter hides it."""
    page.goto(site)
    target = targets(page)[-1]
    for address in (f"{site}#{target}-RES-02", f"{site}?area=PRI#{target}-RES-02"):
        page.goto("about:blank")
        page.goto(address)
        cell = page.locator(f"[id='{target}-RES-02']")
        box = cell.bounding_box()
        size = page.viewport_size
        assert 0 <= box["y"] < size["height"], address
        assert 0 <= box["x"] < size["width"], address
        assert cell.evaluate("cell => cell.matches(':target')")
        assert page.inner_text("#cell").startswith(f"{target}, RES-02: {cell.inner_text()}.")
    cell.locator("a").click()
    assert page.url.endswith(f"/requirements/RES-02.html#{target}")
    assert page.locator(f"tr[id='{target}']").evaluate("row => row.matches(':target')")
    page.locator(f"tr[id='{target}'] td a").first.click()
    assert re.search(rf"/r/[^/]+/index\.html#{target}-RES-02$", page.url)


def test_latest_leads_to_the_run(page: Any, site: str) -> None:
    """A page that stands in its run only is reached by its address in `latest`, too."""
    page.goto(f"{site}{KINDS['requirement']}", wait_until="commit")
    page.wait_for_url("**/r/**/requirements/PRI-01.html")
    assert page.inner_text("h1") == "Requirement PRI-01"


BROKEN = """<!doctype html><html><head><title></title></head><body>
<h1 style="color:#eee;background:#fff">A title that is too pale</h1>
<img src="data:,"><table><tr><th scope="rank">x</th></tr></table><svg role="img"><rect/></svg><a href="#"></a>
<p id="same">a</p><p id="same" role="nothing">b</p></body></html>"""


def test_axe_finds_what_is_wrong(browser: Any) -> None:
    """The check of accessibility is seen to fail: a broken page has each of these faults."""
    page = browser.new_page()
    page.set_content(BROKEN)
    faults = {fault["id"] for fault in axe.Axe().run(page).response["violations"]}
    page.close()

    assert faults >= {
        "aria-roles",
        "color-contrast",
        "document-title",
        "html-has-lang",
        "image-alt",
        "link-name",
        "scope-attr-valid",
        "svg-img-alt",
    }


def test_charts_follow_the_scheme(browser: Any, site: str) -> None:
    """Texts and lines of a chart have the colours of the page, and the chart has a name."""
    colours = {}
    for scheme in ("light", "dark"):
        for page in watched(browser, site, color_scheme=scheme):
            page.goto(standing(f"{site}{KINDS['growth']}"))
            chart = page.locator("svg.chart").first
            assert chart.get_attribute("role") == "img"
            colours[scheme] = page.locator("svg.chart text").first.evaluate("text => getComputedStyle(text).fill")
    assert len(set(colours.values())) == 2


def test_dispatch_has_a_chart(page: Any, site: str) -> None:
    """The chart of sessions stands beside its table, and says in words what it draws."""
    page.goto(f"{site}{KINDS['dispatch']}")
    figure = page.locator("figure").first
    assert "A line without a dot is withheld" in figure.inner_text()
    assert figure.locator("svg.chart text", has_text="a@redis").count() == 1
    assert "withheld: sessions differ by a factor" in page.inner_text("table")


def test_without_script(browser: Any, site: str) -> None:
    """Every verdict is there, the form is not, and cells lead to their details."""
    for page in watched(browser, site, java_script_enabled=False):
        page.goto(site)
        assert page.locator("#matrix-table tbody tr").count() > 100
        assert not page.locator("#filters").is_visible()
        assert page.locator("#matrix-table td[id]").count() == page.locator("#matrix-table td[id]:not(:empty)").count()
        page.locator("#matrix-table td.f a, #matrix-table td.a a").first.click()
        assert "/requirements/" in page.url
        page.locator("tbody tr td a").first.click()
        assert "/r/" in page.url


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(browser: Any, site: str, kind: str, scheme: str) -> None:
    """Axe finds nothing on any kind of page, in light or dark."""
    for page in watched(browser, site, color_scheme=scheme):
        page.goto(standing(f"{site}{KINDS[kind]}"))
        violations = axe.Axe().run(page).response["violations"]
        assert [] == [(fault["id"], fault["nodes"][0]["html"][:200]) for fault in violations]


@pytest.mark.parametrize("kind", KINDS)
def test_narrow(browser: Any, site: str, kind: str) -> None:
    """At 360 pixels no page is wider than the window: tables scroll inside it, also where text is hostile."""
    for page in watched(browser, site, viewport={"width": 360, "height": 740}):
        page.goto(standing(f"{site}{KINDS[kind]}"))
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert page.locator("h1").bounding_box()["width"] > 200


def test_dark(browser: Any, site: str) -> None:
    """The colours follow the reader's scheme."""
    colours = {}
    for scheme in ("light", "dark"):
        for page in watched(browser, site, color_scheme=scheme):
            page.goto(site)
            colours[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert colours == {"light": "rgb(255, 255, 255)", "dark": "rgb(22, 22, 22)"}


def test_forced_colours(browser: Any, site: str) -> None:
    """With forced colours the words and the symbols of verdicts stay, and all cells have one colour of text."""
    for page in watched(browser, site, forced_colors="active"):
        page.goto(site)
        script = "cells => [...new Set(cells.map(c => getComputedStyle(c).color))].length"
        assert page.eval_on_selector_all("#matrix-table td[id]", script) == 1
        sign = "cell => getComputedStyle(cell, '::before').content"
        assert "✓" in page.locator("#matrix-table td.p").first.evaluate(sign)
        assert page.locator("#matrix-table td.p").first.inner_text().strip() == "PASS"


def test_print(browser: Any, site: str, tmp_path: Path) -> None:
    """On paper the whole matrix is there: nothing scrolls, and forms and navigation are gone."""
    for page in watched(browser, site):
        page.set_viewport_size({"width": 1040, "height": 720})
        page.goto(site)
        page.emulate_media(media="print")
        assert not page.locator("#filters").is_visible()
        assert not page.locator("nav").is_visible()
        measure = "all => all.map(r => [r.scrollWidth, r.clientWidth, r.scrollHeight, r.clientHeight])"
        regions = page.eval_on_selector_all(".wide", measure)
        assert [] == [size for size in regions if size[0] > size[1] + 1 or size[2] > size[3] + 1]
        page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    assert (tmp_path / "page.pdf").stat().st_size > 10_000


def test_keyboard(page: Any, site: str) -> None:
    """The first stop of the Tab key leads past the navigation, and the filters are reached by it."""
    page.goto(site)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"
    page.focus("[name=area]")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "level"


def test_hostile_text_runs_nothing(page: Any, site: str) -> None:
    """Scripts in texts are shown; the page keeps its layout."""
    page.goto(standing(f"{site}{KINDS['hostile']}"))
    assert "<script>alert(1)</script></table></main>\\x1b[31m\\u202e\\x00" in page.inner_text("tbody tr")
    assert page.locator("main table tbody tr").count() == 1
    assert page.locator("footer").count() == 1
    assert page.locator("a[href^='javascript:']").count() == 0


def test_opened_from_a_file(browser: Any, tmp_path: Path) -> None:
    """The site works from a folder, without a server: the filter, the state and the links."""
    build_site([hostile(tmp_path / "run")], tmp_path / "out", today=date(2026, 11, 29))
    root = (tmp_path / "out").as_uri()
    for page in watched(browser, root):
        page.goto(f"{root}/index.html")
        page.select_option("[name=area]", "RES")
        assert shown(page) == ["RES-01"]
        page.locator("#matrix-table tbody a").first.click()
        assert re.fullmatch(rf"{re.escape(root)}/r/[^/]+/requirements/RES-01\.html", page.url)
