"""The static site: its pages, its names, what is new, its badges, and run folders that cannot be read."""

import csv
import io
import json
import re
import shutil
import zipfile
from array import array
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from click.testing import CliRunner

from taskgauge.backends.environments.availability import target_rows
from taskgauge.reports.pages.report import read_report
from taskgauge.reports.publication.published_folder import publishable, write_published
from taskgauge.reports.run_folder.errors import ReportNotWritable
from taskgauge.reports.run_folder.reader import read_run_folder
from taskgauge.reports.run_folder.records import Sample, add_samples
from taskgauge.reports.run_folder.traces import Header, Trace, Workload, write_trace
from taskgauge.reports.site.backend_tables import KILLS
from taskgauge.reports.site.edition import latest
from taskgauge.reports.site.names import cell_anchor, run_name, safe_name
from taskgauge.reports.site.site_errors import NoRunLeft, NotASite
from taskgauge.reports.site.site_folder import build_site
from taskgauge.reports.site.site_run import read_site_runs
from taskgauge.reports.site.visible_text import LONGEST, coded, visible
from taskgauge.suites.cli.main import taskgauge
from taskgauge.suites.conformance.requirements import load_requirements

type Make = Callable[..., Path]

TODAY = date(2026, 11, 29)
REAL = Path(__file__).with_name("format_1")
ROWS = {"ENQ-01": "PASS", "PRI-01": "OVERCLAIM", "RES-02": "FAIL", "RES-03": "ADVISORY", "DEF-01": "DECLINED"}
TARGETS = {"threadmill@redis": ROWS, "other@postgresql": ROWS | {"RES-02": "PASS"}}
HOSTILE = (
    "<script>alert(1)</script>",
    "</table></td></main>",
    "\x1b[31mred\x1b[0m",
    "\u202egnp.exe\u2066\u200f",
    "nul\x00here",
    "x" * 1_000_000,
    '" onload="alert(1)',
    "{{ 7 * 7 }} {% raw %}",
    "=cmd|' /C calc'!A0",
    "javascript:alert(1)",
    "lone \ud800 surrogate",
)


class Tags(HTMLParser):
    """Collects tags with their ids, links and texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember a tag."""
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in {"href", "src"} and value is not None:
                self.links.append(value)

    def handle_endtag(self, tag: str) -> None:
        """Remember the end of a tag."""
        self.tags.append(f"/{tag}")


def build(out: Path, *folders: Path, **asked: Any) -> Path:
    """Build a site and return its folder."""
    build_site(folders, out, **{"today": TODAY, "strict": True} | asked)
    return out


def real(name: str, folder: Path) -> Path:
    """Unpack a run folder of an earlier version."""
    shutil.unpack_archive(REAL / f"{name}.tar.xz", folder / name, filter="data")
    return folder / name


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a site of two real runs."""
    folder = tmp_path_factory.mktemp("site")
    return build(folder / "out", real("bench", folder), real("conformance", folder))


def newest(site: Path, name: str) -> str:
    """Return the newest page of this name; where it stands in its run, `latest` has a page that leads there."""
    page = site / "latest" / name
    text = page.read_text()
    if leads := re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', text):
        assert f'<link rel="canonical" href="{leads[1]}">' in text
        assert f'<a href="{leads[1]}">' in text
        text = (page.parent / unquote(leads[1])).read_text()
    return text


def html(site: Path) -> Iterator[tuple[str, Tags]]:
    """Yield the name and the tags of each page."""
    for path in sorted(site.rglob("*.html")):
        yield path.relative_to(site).as_posix(), Tags(path.read_text(encoding="utf-8"))


def test_each_kind_of_page_exists(site: Path) -> None:
    """The pages of the newest results, and those of each run."""
    runs = sorted(path.name for path in (site / "r").iterdir())

    assert len(runs) == 2
    for place in ("latest", *(f"r/{name}" for name in runs)):
        for page in (
            *("index", "backends/index", "requirements/index", "claims/index", "result-types/index", "dispatch"),
            *("method", "glossary", "reading", "provenance", "data"),
        ):
            assert (site / place / f"{page}.html").is_file(), (place, page)
    assert list((site / "latest/claims").glob("namedtuple-*.html"))
    assert (site / "latest/result-types/namedtuple.html").is_file()
    assert (site / "latest/requirements/RES-02.html").is_file()
    assert list((site / "latest/backends").glob("django-*.html"))


def test_comments_of_documents_are_not_shown(site: Path) -> None:
    """The comments of a document, such as its list of figures that are no results, stand on no page."""
    assert "the unit of evidence" in (site / "latest/method.html").read_text().lower()
    assert [] == [path for path in site.rglob("*.html") if "not results:" in path.read_text()]


def test_every_link_leads_somewhere(site: Path) -> None:
    """Each link inside the site is a file of it, and its anchor an id of that page; ids are unique."""
    pages = dict(html(site))
    broken = []
    for name, page in pages.items():
        assert len(page.ids) == len(set(page.ids)), name
        for link in page.links:
            parts = urlsplit(urljoin(f"http://site/{name}", link))
            if link.startswith("data:") or parts.netloc != "site":
                continue
            path = unquote(parts.path).removeprefix("/")
            if not (site / path).is_file() or (parts.fragment and unquote(parts.fragment) not in pages[path].ids):
                broken.append((name, link))

    assert [] == broken


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    """Pages load their own style sheet and script; other sites are linked, and only by https."""
    for path in site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        loaded = re.findall(r"<(?:script|img|iframe|source)[^>]*src=\"([^\"]*)", text)
        loaded += re.findall(r"<link (?!rel=\"canonical)[^>]*href=\"([^\"]*)", text)
        assert [] == [link for link in loaded if "//" in link], path
        assert set(re.findall(r"href=\"(\w+):", text)) <= {"https", "data"}, path
    for style in site.rglob("*.css"):
        assert "url(" not in style.read_text()
        assert "@import" not in style.read_text()
    for script in site.rglob("*.js"):
        assert not re.search(r"fetch|XMLHttp|import\(|sendBeacon", script.read_text())


def test_two_builds_are_the_same(site: Path, tmp_path: Path) -> None:
    """A page depends on its runs alone, not on the time or the order of building."""
    again = build(tmp_path / "out", real("conformance", tmp_path), real("bench", tmp_path))

    files = sorted(path.relative_to(site) for path in site.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    assert [] == [name for name in files if (site / name).read_bytes() != (again / name).read_bytes()]


def test_a_site_is_built_again_into_its_folder(make_checked: Make, tmp_path: Path) -> None:
    """Pages of earlier runs stay when a later build does not name them; `latest` has nothing of them."""
    first = make_checked(
        TARGETS | {"gone": ROWS}, run={"started": "2026-11-01T10:00:00Z", "commit": "aaa"}, name="first"
    )
    second = make_checked(TARGETS, run={"started": "2026-11-20T10:00:00Z", "commit": "bbb"}, name="second")
    build(tmp_path / "out", first)
    before = (tmp_path / "out/r/20261101T100000Z-aaa/index.html").read_bytes()

    build(tmp_path / "out", second)

    assert (tmp_path / "out/r/20261101T100000Z-aaa/backends/gone.html").is_file()
    assert not (tmp_path / "out/latest/backends/gone.html").exists()
    assert before == (tmp_path / "out/r/20261101T100000Z-aaa/index.html").read_bytes()
    build(tmp_path / "out", second, first)
    assert before == (tmp_path / "out/r/20261101T100000Z-aaa/index.html").read_bytes()


def test_a_cell_has_its_anchor(make_checked: Make, tmp_path: Path) -> None:
    """The start page of a run has each verdict under the anchor of target and requirement; latest names that page."""
    out = build(tmp_path / "out", make_checked(TARGETS, run={"started": "2026-11-01T10:00:00Z", "commit": "aaa"}))
    text = (out / "r/20261101T100000Z-aaa/index.html").read_text()

    reason = 'data-why="status: expected FAILED, seen RUNNING"'
    link = '<a href="requirements/RES-02.html#threadmill@redis">FAIL</a>'
    assert f'<td id="threadmill@redis-RES-02" class=f {reason}>{link}' in text
    assert "canonical" not in text
    latest = (out / "latest/requirements/RES-02.html").read_text()
    assert '<link rel="canonical" href="../../r/20261101T100000Z-aaa/requirements/RES-02.html">' in latest
    latest = newest(out, "requirements/RES-02.html")
    assert '<a href="../index.html#threadmill@redis-RES-02">' in latest
    for words in ("What RES-02 asks for.", "status: expected FAILED, seen RUNNING", "example 1.0", "FAIL"):
        assert words in latest
    assert "<code>taskgauge conformance --requirement RES-02</code>" in latest
    assert 'rel="canonical" href="r/20261101T100000Z-aaa/index.html"' in (out / "index.html").read_text()


def test_features_are_told_in_words(make_checked: Make, tmp_path: Path) -> None:
    """A feature is offered, not offered, or broken; a flag that is not True is not taken for a broken feature."""
    flags = {
        "threadmill@redis": {
            "flags": {"supports_priority": True, "supports_defer": False, "supports_get_result": True}
        },
        "other@postgresql": {"flags": {"supports_priority": True, "supports_get_result": True}},
    }
    targets = TARGETS | {"other@postgresql": {"PRI-01": "PASS", "PRI-02": "N/A", "RES-02": "UNKNOWN"}}
    text = (build(tmp_path / "out", make_checked(targets, flags)) / "index.html").read_text()

    assert "breaks PRI-01 (kept: 0 of 1)" in text
    assert "not offered" in text
    assert "<td>kept: 1 of 1; 1 does not apply</td>" in text
    assert "not concluded: RES-02 (kept: 0 of 1)" in text


def test_what_is_new(make_checked: Make, make_run: Make, tmp_path: Path) -> None:
    """Changed verdicts and versions are told in words, and so is what did not change; claims likewise."""
    before = make_checked(
        TARGETS | {"gone@redis": {"ENQ-01": "PASS"}}, run={"started": "2026-11-01T10:00:00Z"}, name="before"
    )
    changed = {"threadmill@redis": {"versions": {"python": "3.14.8", "django": "6.1.3", "example": "1.1"}}}
    after = make_checked(
        {"threadmill@redis": ROWS | {"RES-02": "PASS"}, "other@postgresql": TARGETS["other@postgresql"], "new": ROWS},
        changed,
        run={"started": "2026-11-08T10:00:00Z"},
        name="after",
    )
    slow = make_run("slow", seed=2, changes={"started": "2026-11-02T10:00:00Z"})
    fast = make_run(
        "fast", seed=2, effects={("create-bare", "namedtuple"): 0.5}, changes={"started": "2026-11-03T10:00:00Z"}
    )
    out = build(tmp_path / "out", after, fast, before, slow)
    text = (out / "latest/index.html").read_text()

    assert "threadmill@redis: RES-02 is PASS, was FAIL (example 1.0 became 1.1)." in text
    assert "<li>New: new.</li>" in text
    assert "<li>Not in this run: gone@redis.</li>" in text
    assert "9 verdicts did not change. Unchanged in every verdict and version: other@postgresql." in text
    assert re.search(r"Claim namedtuple-created-faster is (MIXED|HOLDS), was", text)
    assert "There is no earlier run to compare with." in (out / "r/20261101T100000Z/index.html").read_text()


def test_badges(make_checked: Make, tmp_path: Path) -> None:
    """A badge has the version of the suite, the day, and the count; after 90 days it is grey and says so."""
    versions = {"python": "3.14.8", "django": "6.1.3", "taskgauge": "0.1.0"}
    changes = {name: {"versions": versions} for name in TARGETS}
    folder = make_checked(TARGETS, changes, run={"started": "2026-09-01T10:00:00Z"})
    out = build(tmp_path / "new", folder, today=date(2026, 11, 30))
    badge = json.loads((out / "badge/threadmill@redis.json").read_text())

    assert ("taskgauge 0.1.0", "1 of 4, 2026-09-01") == (badge["label"], badge["message"])
    picture = (out / "badge/threadmill@redis.svg").read_text()
    assert "<title" in picture
    assert "1 of 4, 2026-09-01" in picture
    old = build(tmp_path / "old", folder, today=date(2026, 12, 1))
    grey = json.loads((old / "badge/threadmill@redis.json").read_text())
    assert grey["message"] == "1 of 4, 2026-09-01, outdated"
    assert grey["color"] != badge["color"]
    assert picture != (old / "badge/threadmill@redis.svg").read_text()


def test_a_selection_gets_no_badge(make_checked: Make, tmp_path: Path) -> None:
    """Counts of some requirements are no result: the pages say so, and an earlier whole run is still the latest."""
    whole = make_checked(TARGETS, run={"started": "2026-11-01T10:00:00Z"}, name="whole")
    part = make_checked(
        {"threadmill@redis": {"ENQ-01": "PASS"}},
        run={"started": "2026-11-02T10:00:00Z", "options": {"requirements": ["ENQ-01"]}},
        name="part",
    )
    out = build(tmp_path / "out", whole, part)

    assert json.loads((out / "badge/threadmill@redis.json").read_text())["kept"] == "1 of 4"
    assert "A SELECTION" in (out / "r/20261102T100000Z/index.html").read_text()
    assert "A SELECTION" not in (out / "latest/index.html").read_text()
    assert "threadmill@redis-RES-02" in (out / "latest/index.html").read_text()


def test_hostile_text_is_text(make_checked: Make, tmp_path: Path) -> None:
    """Text of a run changes no tag of any page, hides nothing, and is cut where it is endless."""
    plain = build(tmp_path / "site-plain", foreign(make_checked, "plain", ["words"] * len(HOSTILE)))
    hostile = build(tmp_path / "site-hostile", foreign(make_checked, "hostile", HOSTILE))

    expected, seen = ({name: page.tags for name, page in html(site)} for site in (plain, hostile))
    assert expected.keys() == seen.keys()
    assert [] == [name for name in expected if expected[name] != seen[name]]
    for path in hostile.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", text), path
        assert max(map(len, re.findall(r"\w+", text))) <= LONGEST
    row = newest(hostile, "requirements/RES-01.html")
    assert r"\x1b[31mred\x1b[0m" in newest(hostile, "requirements/RES-03.html")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in row


def test_hostile_measurements_are_text(make_run: Make, tmp_path: Path) -> None:
    """Names of arms and conditions, answers, and facts of the machine change no tag either."""
    pages = []
    for name, texts in (("plain", [f"words{number}" for number in range(len(HOSTILE))]), ("hostile", HOSTILE)):
        answers = {("result-assignment-refused", text): text for text in texts}
        folder = make_run(name, answers=answers, parts=["time", "behaviour"], changes={"python": {"build": texts}})
        add_samples(
            folder,
            [
                Sample(
                    part="dispatch", metric="dispatch-rate", arm=text, value=7.0, condition={"target": text}, size=10
                )
                for text in ("today", *texts)
            ],
        )
        pages.append({page: tags.tags for page, tags in html(build(tmp_path / f"site-{name}", folder))})
    plain, hostile = pages
    shared = plain.keys() & hostile.keys()

    assert {"latest/dispatch.html", "latest/result-types/part-behaviour.html", "latest/provenance.html"} <= shared
    assert len(plain) == len(hostile)
    # Variants are listed by name, and a hostile name has a page of its own, too.
    assert [] == [page for page in shared if plain[page] != hostile[page]]


def foreign(make_checked: Make, name: str, texts: Any) -> Path:
    """Write a run folder with these texts wherever a run has texts; links, ids and names of targets are ordinary."""
    rows = {}
    for number, text in enumerate(texts, 1):
        test = {"name": text, "outcome": "failed", "reason": text, "expected": text, "seen": text, "worker_tail": text}
        rows[f"RES-{number:02d}"] = {
            "verdict": "FAIL",
            "sentence": text,
            "reason": text,
            "command": text,
            "tests": [test],
            "link": "nowhere",
        }
    questions = [
        {"id": f"OQ-{number}", "question": text, "answer": text, "aspect": text, "detail": text}
        for number, text in enumerate(texts, 10)
    ]
    values = [{"what": text, "example": text, "expected": text, "seen": text} for text in texts]
    target = {
        "backend": texts[0],
        "framework": texts[1],
        "runs": texts[2],
        "settings": "\n".join(texts),
        "versions": {"python": "3.14.8", "django": "6.1.3", "example": texts[3]},
        "reason": texts[4],
        "open_questions": questions,
        "disagreements": questions,
        "round_trip": values,
        "state": "partial",
    }
    run = {
        "started": "2026-11-01T10:00:00Z",
        "command": list(texts),
        "machine": {"cpu": texts[0], "system": texts[1]},
        "left_out": [{"what": text, "why": text} for text in texts],
    }
    return make_checked({"a@redis": rows}, {"a@redis": target}, run, name)


def test_hostile_names_are_safe(make_checked: Make, tmp_path: Path) -> None:
    """Names of targets and requirements become addresses that lead nowhere else, and no two share one."""
    names = ["../../up", "<script>", "a b", "a  b", "index", "", ".", "con\u202etrol", "x" * 300, 'q"uote', "a" * 81]
    assert len({safe_name(name) for name in names}) == len(names)
    for name in names:
        assert re.fullmatch(r"[A-Za-z0-9._@+-]{1,90}", safe_name(name)), name
        assert safe_name(name).strip(".") != ""
        assert safe_name(name) not in {"index", ".."}
    folder = make_checked({"safe": {'"><script>': "FAIL", "../../../x": "PASS"}}, {"safe": {"target": "../../evil"}})

    out = build(tmp_path / "out", folder)

    assert {path.name for path in tmp_path.iterdir()} == {"out", "checked"}
    assert cell_anchor("threadmill@redis", "RES-02") == "threadmill@redis-RES-02"
    assert "<script>" not in (out / "latest/index.html").read_text().replace('<script src="', "")


def test_visible() -> None:
    """What cannot be seen is escaped; letters, emoji of one character and hard spaces stay."""
    assert visible("a\u202eb\x00\x1b\u2028") == r"a\u202eb\x00\x1b\u2028"
    assert visible("Grüße\N{NO-BREAK SPACE}😀\n\tx") == "Grüße\N{NO-BREAK SPACE}😀\n\tx"
    assert visible("x" * (LONGEST + 1)) == "x" * LONGEST + f"… ({LONGEST + 1:,} characters)"
    assert visible(7) == 7
    assert str(coded("a `b<` c")) == "a <code>b&lt;</code> c"
    assert str(coded("one ` tick <")) == "one ` tick &lt;"


def test_tables_are_safe_in_spreadsheets(make_checked: Make, tmp_path: Path) -> None:
    """A text that a spreadsheet would take for a formula begins with an apostrophe."""
    rows = {"RES-01": {"verdict": "FAIL", "reason": "=1+1|`x`"}, "RES-02": {"verdict": "FAIL", "reason": "-- words"}}
    out = build(tmp_path / "out", make_checked({"a": rows}, run={"started": "2026-11-01T10:00:00Z"}))
    with zipfile.ZipFile(out / "r/20261101T100000Z/data/conformance.csv.zip") as archive:
        table = list(csv.DictReader(io.StringIO(archive.read("conformance.csv").decode())))

    assert [row["reason"] for row in table] == ["'=1+1|`x`", "'-- words"]


def test_the_archive_can_be_read_again(site: Path, tmp_path: Path) -> None:
    """The raw data make the same pages."""
    for run in (site / "r").iterdir():
        shutil.unpack_archive(run / "data/run.tar.xz", tmp_path / run.name, filter="data")
    again = build(tmp_path / "out", *(tmp_path / run.name for run in (site / "r").iterdir()))

    for path in site.glob("latest/**/*.html"):
        assert path.read_text() == (again / path.relative_to(site)).read_text()


def test_bad_input_is_one_line_each(make_checked: Make, tmp_path: Path) -> None:
    """Damaged, newer, double, empty and missing folders, and a run of the gate: the site is built from the rest."""
    good = make_checked(TARGETS, run={"started": "2026-11-01T10:00:00Z"}, name="good")
    double = tmp_path / "double"
    shutil.copytree(good, double)
    damaged = make_checked(TARGETS, name="damaged")
    (damaged / "conformance/other@postgresql.json").write_text('{"format": 2, "target":')
    newer = make_checked(TARGETS, run={"format": 99}, name="newer")
    empty = tmp_path / "empty"
    empty.mkdir()
    alike = make_checked(TARGETS, {"other@postgresql": {"target": "threadmill@redis"}}, name="alike")
    nothing = make_checked({}, name="nothing")
    bad = [damaged, alike, newer, double, empty, nothing, tmp_path / "missing", real("gate", tmp_path)]
    arguments = ["site", *map(str, [good, *bad]), "--out", str(tmp_path / "out")]

    result = CliRunner().invoke(taskgauge, arguments)

    assert 0 == result.exit_code, result.output
    lines = result.stderr.splitlines()
    assert len(lines) == len(bad)
    for line, path in zip(sorted(lines), sorted(bad), strict=True):
        assert line.startswith(f"taskgauge: {path}"), line
    assert (tmp_path / "out/index.html").is_file()
    strict = CliRunner().invoke(taskgauge, [*arguments[:-1], str(tmp_path / "strict"), "--strict"])
    assert 2 == strict.exit_code
    assert len(strict.stderr.splitlines()) >= len(bad) + 1
    assert not (tmp_path / "strict").exists()


def test_nothing_readable_builds_nothing(tmp_path: Path) -> None:
    """Without any run there is no site."""
    with pytest.raises(NoRunLeft) as error:
        build_site([tmp_path / "missing"], tmp_path / "out", today=TODAY)

    assert len(error.value.problems) == 1
    assert not (tmp_path / "out").exists()


def test_other_files_are_left_alone(make_checked: Make, tmp_path: Path) -> None:
    """A folder with other files in it is no place for a site."""
    folder = make_checked(TARGETS)

    with pytest.raises(NotASite):
        build(folder, folder)
    with pytest.raises(NotASite):
        build(folder / "run.json", folder)
    (tmp_path / "file").write_text("")
    with pytest.raises((ReportNotWritable, NotASite)):
        build(tmp_path / "file" / "below", folder)


def test_a_target_without_verdicts_has_a_reason(make_checked: Make, tmp_path: Path) -> None:
    """A target that could not be judged stands on the start page and on its own, and has no badge."""
    changes = {"broken@redis": {"state": "failed", "reason": "the <worker> did not start", "requirements": []}}
    out = build(tmp_path / "out", make_checked(TARGETS | {"broken@redis": {}}, changes, run={"state": "interrupted"}))

    assert "not judged: failed: the &lt;worker&gt; did not start" in (out / "latest/index.html").read_text()
    assert "the &lt;worker&gt; did not start" in newest(out, "backends/broken.html")
    assert not (out / "badge/broken@redis.json").exists()
    assert "PARTIAL: the run is interrupted" in newest(out, "requirements/RES-02.html")


def test_claims_by_version(make_run: Make, tmp_path: Path) -> None:
    """The newest run of each Python has a column of its own; quick runs have none beside full ones."""
    runs = [
        make_run(f"run{day}", python=python, changes={"started": f"2026-11-{day}T10:00:00Z", "command": command})
        for day, python, command in (
            ("01", "3.12.9", ["taskgauge", "bench"]),
            ("02", "3.14.8", ["taskgauge", "bench"]),
            ("03", "3.14.8", ["taskgauge", "bench"]),
            ("04", "3.15.0", ["taskgauge", "bench", "--quick"]),
        )
    ]
    text = (build(tmp_path / "out", *runs) / "latest/claims/index.html").read_text()

    heads = re.findall(r'<th scope="col">(Verdict on [^<]*)', text)
    assert heads == ["Verdict on Python 3.12.9, Django 6.1.3", "Verdict on Python 3.14.8, Django 6.1.3"]
    assert "Verdict on" not in (tmp_path / "out/r/20261103T100000Z/claims/index.html").read_text()


@pytest.mark.parametrize(
    ("versions", "shown"),
    [
        ([("3.14.8", "6.1.3"), ("3.12.9", "6.1.3")], "01"),
        ([("3.9.1", "6.1.3"), ("3.10.0", "6.0.1")], "02"),
        ([("3.14.8", "6.1.3"), ("3.14.8", "6.0.9")], "01"),
        ([("3.14.8", "6.1.3"), ("3.14.8", "6.1.3")], "02"),
        ([("3.15.0", "6.1.3"), ("3.15.0rc2", "6.1.3")], "01"),
        ([("3.15.0rc1", "6.1.3"), ("3.15.0rc2", "6.1.3")], "02"),
        ([("3.14.8", "6.1.3"), ("unknown", "unknown")], "01"),
    ],
)
def test_result_types_of_the_newest_python(make_run: Make, versions: list[tuple[str, str]], shown: str) -> None:
    """Result types are of the newest Python, then the newest Django, then the latest start; quick runs come last."""
    quick = {"started": "2026-11-09T10:00:00Z", "command": ["taskgauge", "bench", "--quick"]}
    runs = [
        make_run(f"run{day}", python=python, django=django, changes={"started": f"2026-11-{day:02}T10:00:00Z"})
        for day, (python, django) in enumerate(versions, start=1)
    ]
    site_runs, _ = read_site_runs([*runs, make_run("quick", python="3.16.0", changes=quick)])

    edition = latest(site_runs)
    assert edition.bench is not None
    assert edition.bench.name == f"202611{shown}T100000Z"
    # The other pages, and the time of the edition, are still those of the run that started last.
    assert edition.newest.name == "20261109T100000Z"


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        (["--all", ""], "01"),
        (["--all", "--all --part throughput"], "02"),
        (["", "--target huey@redis"], "02"),
        (["--all", "--all --quick"], "01"),
        (["", "--all --quick"], "01"),
        (["merged --all", ""], "01"),
        (["", "merged --all"], "02"),
        (["--all", "merged --target huey@redis"], "01"),
    ],
)
def test_costs_are_of_the_newest_run_of_all_targets(make_run: Make, asked: list[str], shown: str) -> None:
    """Full runs go before quick ones, then runs of all targets, merged ones too; the number of targets is no matter."""
    runs = []
    for day, text in enumerate(asked, start=1):
        command, origin = (["taskgauge", "bench", *text.removeprefix("merged").split()] for _ in range(2))
        changes: dict[str, Any] = {"started": f"2026-11-{day:02}T10:00:00Z", "command": command}
        if text.startswith("merged"):
            changes |= {"command": ["taskgauge", "bench"], "options": {"merged": [{}, {"command": origin}]}}
        runs.append(make_run(f"run{day}", changes=changes))
        for target in ("huey@redis", "threadmill@redis")[: 3 - day]:
            write_trace(runs[-1], session(target, 10_000_000))
    site_runs, problems = read_site_runs(runs)

    assert not problems
    dispatch = latest(site_runs).dispatch
    assert dispatch is not None
    assert dispatch.name == f"202611{shown}T100000Z"


def test_responses(make_checked: Make, tmp_path: Path) -> None:
    """The response of a backend's author stands on the backend's page, as text."""
    (tmp_path / "responses").mkdir()
    (tmp_path / "responses/threadmill.txt").write_text("We will <b>fix</b> RES-02.\n\u202eAnd more.")
    out = build(tmp_path / "out", make_checked(TARGETS), responses=tmp_path / "responses")

    assert "We will &lt;b&gt;fix&lt;/b&gt; RES-02." in newest(out, "backends/threadmill.html")
    assert "response" not in newest(out, "backends/other.html")


def test_a_quick_run_says_so(make_run: Make, tmp_path: Path) -> None:
    """Figures of a small scale are marked on every page that shows them, and a full run goes before them."""
    full = make_run("full", changes={"started": "2026-11-01T10:00:00Z", "command": ["taskgauge", "bench"]})
    quick = make_run("quick", changes={"started": "2026-11-02T10:00:00Z", "command": ["taskgauge", "bench", "--quick"]})
    out = build(tmp_path / "out", full, quick)

    assert "QUICK" in (out / "r/20261102T100000Z/claims/freezing-costs.html").read_text()
    assert "QUICK" not in newest(out, "claims/freezing-costs.html")


def test_withheld_rows_are_shown_as_withheld(make_run: Make, tmp_path: Path) -> None:
    """A noisy row has no ratio on the page of its variant, and says why."""
    out = build(tmp_path / "out", make_run(noise=0.8, processes=4))
    text = newest(out, "result-types/namedtuple.html")

    assert re.search(r"<td>withheld: spread [\d.]+</td><td></td><td></td>", text)
    assert "less (better)" not in (out / "latest/index.html").read_text().partition("Which claims hold?")[0]


def test_what_a_variant_saves(make_run: Make, tmp_path: Path) -> None:
    """The page of a variant says the difference in words, with ratio, interval and both values."""
    out = build(tmp_path / "out", make_run(effects={("create", "namedtuple"): 0.5, ("read-first", "namedtuple"): 2.5}))
    rows = re.findall(r"<tr>.*", newest(out, "result-types/namedtuple.html"))
    create = next(row for row in rows if "normalize_json" in row)
    read = next(row for row in rows if "first attribute" in row)

    assert re.search(r"<td>(49|50|51) % less \(better\)</td><td>0\.\d+</td><td>0\.\d+ to 0\.\d+</td>", create)
    assert re.search(r"<td>1[45]\d % more \(worse\)</td>", read)


def test_a_chart_has_its_figures_beside_it(make_run: Make, tmp_path: Path) -> None:
    """The rows of the chart are rows of the table; title, description and axis are said in words."""
    out = build(tmp_path / "out", make_run(effects={("create", "namedtuple"): 0.5, ("read-first", "namedtuple"): 2.5}))
    text = newest(out, "result-types/namedtuple.html")
    figure = text.partition("<figure")[2].partition("</figure>")[0]
    labels = [unescape(label) for label in re.findall(r"<text[^>]*>([^<]*)</text>", figure)]
    cells = [unescape(cell) for cell in re.findall(r"<th scope=\"row\">([^<]*)</th>", text)]

    assert re.search(r'<svg[^>]* role="img" aria-labelledby="costs-chart-title costs-chart-words">', figure)
    assert '<title id="costs-chart-title">namedtuple against today\'s classes</title>' in figure
    assert "The axis is logarithmic: each step of the grid is the same factor." in figure.partition("figcaption")[2]
    rows = [label for label in labels if len(label) > 10 and any(cell.startswith(label[:20]) for cell in cells)]
    assert len(rows) > 10
    one = build(tmp_path / "site-one", make_run("one", processes=1))
    assert "<svg" not in newest(one, "result-types/namedtuple.html")


def test_size(tmp_path: Path) -> None:
    """The site of one run of all targets and result types stays below 5 MB, and its start page below 300 kB."""
    run = real("bench", tmp_path)
    for file in ("report.md", "report.html", "measurements.csv", "measurements.json"):
        (run / file).unlink(missing_ok=True)
    (row,) = (real("conformance", tmp_path) / "conformance").glob("django-immediate.json")
    text = row.read_text()
    (run / "conformance").mkdir()
    names = [row.target for row in target_rows()]
    for name in names:
        (run / "conformance" / f"{name}.json").write_text(text.replace("django-immediate", name))
    built = build_site([run], tmp_path / "out", today=TODAY, strict=True)

    assert len(names) > 20
    assert built.size < 5_000_000
    assert (tmp_path / "out/index.html").stat().st_size < 300_000


@pytest.mark.parametrize(
    ("started", "commit", "folder", "expected"),
    [
        ("2026-11-29T13:07:24Z", "d7ed2e0", "x", "20261129T130724Z-d7ed2e0"),
        ("2026-11-29T15:07:24+02:00", "d7ed2e0+", "x", "20261129T130724Z-d7ed2e0+"),
        ("", "d7ed2e0", "my-run", "my-run"),
        ("soon", "", "<x>", safe_name("<x>")),
        ("0001-01-01T00:00:00+14:00", "", "x", "x"),
    ],
)
def test_run_names(started: str, commit: str, folder: str, expected: str) -> None:
    """A run is named by its start and commit, wherever its folder lies."""
    assert run_name(started, commit, folder) == expected


def session(target: str, step: int) -> Trace:
    """Return a session in which each of four tasks takes a step, one after another."""
    load = Workload(arrival="backlog", tasks=4)
    facts = Header(
        part="throughput",
        target=target,
        repetition=0,
        workload=load,
        contract="store",
        ending="all ran",
        is_floor=target.startswith("floor-"),
    )
    return Trace(
        header=facts,
        intended=array("q", [0] * 4),
        enqueue_begin=array("q", range(1, 5)),
        enqueue_end=array("q", range(2, 6)),
        started=array("q", [1000 + step * number for number in range(4)]),
        finished=array("q", [1000 + step * (number + 1) for number in range(4)]),
    )


def test_dispatch(make_run: Make, make_checked: Make, tmp_path: Path) -> None:
    """Sessions on whole backends stand on the page on dispatch and on that of their backend, and keep their run."""
    folder = make_run("sessions", parts=[], changes={"started": "2026-11-05T10:00:00Z"})
    for target in ("threadmill@redis", "other@postgresql", "floor-redis@redis"):
        write_trace(folder, session(target, 10_000_000))
    earlier = {"started": "2026-11-01T10:00:00Z"}
    runs = [folder, make_run("shapes", changes=earlier), make_checked(TARGETS, run=earlier | {"commit": "c"})]
    out = build(tmp_path / "out", *runs)

    text = (out / "latest/dispatch.html").read_text()
    assert "threadmill@redis" in text
    assert "other@postgresql" in text
    assert 'canonical" href="../r/20261105T100000Z/dispatch.html"' in text
    own = newest(out, "backends/threadmill.html").partition('id="costs"')[2]
    assert "floor-redis@redis" in own
    assert "other@postgresql" not in own.partition('id="all"')[0]
    assert (out / "latest/result-types/namedtuple.html").is_file()


def test_claims_on_whole_backends(make_run: Make, tmp_path: Path) -> None:
    """A run of sessions alone has the claims that it measured, on the site and in its report, and no other claim."""
    folder = make_run(
        "sessions", parts=[], states={"throughput": "finished"}, changes={"started": "2026-11-05T10:00:00Z"}
    )
    write_trace(folder, session("threadmill@redis", 10_000_000))
    shapes = make_run("shapes", changes={"started": "2026-11-01T10:00:00Z"})
    alone, both = build(tmp_path / "alone", folder), build(tmp_path / "both", shapes, folder)

    assert [path.name for path in (alone / "latest/claims").glob("*-*.html")] == ["million-drained-a-second.html"]
    assert "1 of 5 sessions" in newest(both, "claims/million-drained-a-second.html")
    assert "20261101" in (both / "latest/claims/freezing-costs.html").read_text()
    for page in ("latest/claims/index.html", "latest/index.html"):
        text = (both / page).read_text()
        assert 'href="../r/20261105T100000Z/claims/million-drained-a-second.html"' in text.replace("../../", "../")
        assert text.count("Each claim and its verdict") == 1
        assert text.count("Each claim on whole backends and its verdict") == 1
    report = read_report([folder])
    assert {verdict.claim.id for verdict in report.verdicts} == {"million-drained-a-second"}
    assert "Evidence for each claim" in report.files()["report.md"]


def test_claims_by_version_with_sessions_in_one_run(make_run: Make, tmp_path: Path) -> None:
    """The runs of two versions stand side by side, though one of them has claims on whole backends."""
    runs = [
        make_run(name, python=name, changes={"started": f"2026-11-{name[2:]}T10:00:00Z"}) for name in ("3.13", "3.14")
    ]
    write_trace(runs[0], session("threadmill@redis", 10_000_000))
    text = (build(tmp_path / "out", *runs) / "latest/claims/index.html").read_text()

    (row,) = re.findall(r"<tr>(?:(?!</tr>).)*million-drained-a-second:.*?</tr>", text, re.DOTALL)
    assert re.findall(r"<td>([^<]*)</td>", row)[-2:] == ["NOT MEASURED (1 of 5 sessions)", "-"]


def test_a_requirement_links_to_its_documentation(make_checked: Make, tmp_path: Path) -> None:
    """The list of requirements and the page of each lead to the documentation; an address of another kind is text."""
    rows = {"RES-01": "PASS", "RES-02": {"verdict": "PASS", "link": "javascript:alert(1)"}}
    out = build(tmp_path / "out", make_checked({"a": rows}))
    listed = (out / "latest/requirements/index.html").read_text()

    link = "https://docs.djangoproject.com/en/6.1/ref/tasks/#RES-01"
    assert f'<a href="{link}" aria-label="Django\'s documentation of RES-01">' in listed
    assert f'<a href="{link}">{link}</a>' in newest(out, "requirements/RES-01.html")
    assert 'href="javascript' not in listed + newest(out, "requirements/RES-02.html")


def test_hostile_sessions(make_run: Make, tmp_path: Path) -> None:
    """Texts of sessions are texts on the page on dispatch, in the published tables, and in the CSV file."""
    hostile = "<script>alert(1)</script></table>|`x` \u202e\x00=1+1"
    folder = make_run("sessions", parts=[], changes={"started": "2026-11-05T10:00:00Z", "commit": "abc1234"})
    facts = {"contract": hostile, "reason": hostile, "ending": "failed", "versions": {hostile: hostile}}
    for number, target in enumerate(("threadmill@redis", "other@postgresql")):
        trace = session(target, 10_000_000)
        header = replace(trace.header, conditions={"poll": hostile}, **facts if number else {"contract": hostile})
        write_trace(folder, replace(trace, header=header))
    again = write_published(publishable(read_run_folder(folder)), tmp_path / "published")

    for name, run in (("one", folder), ("two", again)):
        text = (build(tmp_path / name, run) / "latest/dispatch.html").read_text()
        tags = Tags(text).tags
        assert "script" not in tags
        assert tags.count("table") == tags.count("/table") > 0
        assert "\u202e" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_kills_are_the_requirements_on_them() -> None:
    """The page of a backend shows the rows on SIGTERM, SIGKILL and lost connections together."""
    sentences = [load_requirements()[name].sentence for name in sorted(KILLS)]

    for sentence, word in zip(sentences, ("SIGTERM", "SIGKILL", "dropped"), strict=True):
        assert word in sentence


def test_published_folders_make_the_same_site(make_checked: Make, tmp_path: Path) -> None:
    """A folder of published runs alone makes the pages of their run folders, with the responses beside them."""
    folder = make_checked(TARGETS, run={"started": "2026-11-01T10:00:00Z", "commit": "abc1234"})
    published = tmp_path / "published"
    write_published(publishable(read_run_folder(folder)), published)
    (published / "responses").mkdir()
    (published / "responses/threadmill.txt").write_text("We will fix RES-02.")
    one, two = build(tmp_path / "one", folder), build(tmp_path / "two", published)

    for name in ("index.html", "latest/requirements/index.html", "r/20261101T100000Z-abc1234/requirements/RES-02.html"):
        assert (one / name).read_text() == (two / name).read_text(), name
    assert "We will fix RES-02." in newest(two, "backends/threadmill.html")
    assert "We will fix RES-02." not in newest(one, "backends/threadmill.html")
