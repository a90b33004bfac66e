"""The report as a whole: the same content in each form, and no number from elsewhere."""

import csv
import json
import re
from array import array
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from taskgauge.reports.judging.claims.claim import read_claims
from taskgauge.reports.pages.bench.claim_tables import evidence_section, verdict_table
from taskgauge.reports.pages.report import Report, read_report, write_report
from taskgauge.reports.rendering import numbers
from taskgauge.reports.rendering.document import Document, Section
from taskgauge.reports.rendering.markdown import to_markdown
from taskgauge.reports.run_folder.errors import NothingToReport, ReportNotWritable, RunFileBroken
from taskgauge.reports.run_folder.traces import Header, Trace, Workload, write_trace

type MakeRun = Callable[..., Path]

FILES = ("report.md", "report.html", "measurements.csv", "measurements.json")
NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")


class Page(HTMLParser):
    """Collects the tables of a page, and what a page of ours must not have."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.captions, self.cells, self.open, self.tags = 0, [""], [""], set[str]()
        self.feed(text)

    # The names are those that HTMLParser calls.
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: D102
        self.tags.add(tag)
        self.captions += tag == "caption"
        if tag in {"td", "th"}:
            self.cells.append("")
            assert tag == "td" or dict(attrs)["scope"] in {"row", "col"}
        if tag not in {"meta", "link", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:  # noqa: D102
        assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:  # noqa: D102
        if self.open[-1] in {"td", "th"}:
            self.cells[-1] += data


def drain(target: str) -> Trace:
    """Return a session in which one task ran."""
    load, times = Workload(arrival="backlog", tasks=1), [array("q", [time]) for time in (0, 1, 2, 1000, 2000)]
    header = Header(part="throughput", target=target, repetition=0, workload=load, contract="store", ending="all ran")
    intended, begin, end, started, finished = times
    return Trace(
        header=header, intended=intended, enqueue_begin=begin, enqueue_end=end, started=started, finished=finished
    )


def cells(report: Report) -> list[str]:
    """Return every cell of every table."""
    return [
        cell
        for section in report.document.sections
        for table in section.tables
        for row in (table.headers, *table.rows)
        for cell in row
    ]


def test_files_are_written_and_the_same_again(make_run: MakeRun) -> None:
    """A report can be made again at any time, and is then the same to the byte."""
    folder = make_run()
    write_report([folder])
    first = [(folder / name).read_bytes() for name in FILES]
    write_report([folder])

    assert first == [(folder / name).read_bytes() for name in FILES]
    assert not list(folder.glob("*.new"))


def test_verdicts_come_first(make_run: MakeRun) -> None:
    """Whoever reads only the beginning has read the answer."""
    report = read_report([make_run()])

    titles = [section.title for section in report.document.sections]
    assert titles[:4] == ["Verdicts", "Evidence for each claim", "Run details", "Time"]
    assert {"Ordering", "Memory", "Transport", "Dispatch", "call and acall", "Behaviour", "A/A control", "Growth"} <= {
        *titles
    }


def test_every_form_says_the_same(make_run: MakeRun) -> None:
    """Page, Markdown and terminal hold each cell of the content, so that they cannot disagree."""
    report = read_report([make_run()])
    page = Page(report.files()["report.html"])
    squeezed = "".join(report.text.split())

    assert cells(report) == page.cells[1:]
    assert all("".join(cell.split())[:20] in squeezed for cell in cells(report))
    tables = [table for section in report.document.sections for table in section.tables]
    assert len(tables) == page.captions
    markdown = report.files()["report.md"].replace("\\", "")
    assert all(" ".join(cell.split()) in markdown for cell in cells(report))


def test_page_needs_nothing_else(make_run: MakeRun) -> None:
    """No script, no image, no style from elsewhere; every tag is closed."""
    text = read_report([make_run()]).files()["report.html"]
    page = Page(text)

    assert not {"script", "img", "link", "iframe"} & page.tags
    # The names of the namespaces of SVG are addresses that nothing asks for.
    assert "://" not in re.sub(r'xmlns(:xlink)?="http://www\.w3\.org/[\w/]+"', "", text)
    assert page.open == [""]


def test_text_of_a_run_is_never_markup(make_run: MakeRun) -> None:
    """What a file says is shown, not obeyed."""
    folder = make_run(changes={"note": "<script>alert(1)</script> | *bold*"})
    files = read_report([folder]).files()

    assert "<script>" not in files["report.html"]
    assert "&lt;script&gt;" in files["report.html"]
    assert r"\<script>alert(1)\</script> \| \*bold\*" in files["report.md"]


def test_every_printed_number_is_in_the_measurements(make_run: MakeRun) -> None:
    """Each number in a table comes from measurements.json, in one of the ways in which numbers are printed."""
    report = read_report([make_run()])
    document = json.loads(report.files()["measurements.json"])
    known: set[str] = set()
    for record in document["records"]:
        for value in record.values():
            if isinstance(value, str):
                known |= set(NUMBER.findall(value))
            elif value is not None:
                shown = (numbers.value(value), numbers.ratio(value), numbers.percent(value), numbers.exponent(value))
                shown += (numbers.seconds(value), f"{value:,.0f}", f"{value:.2f}", f"{value:.0f}")
                known |= {number for text in shown for number in NUMBER.findall(text)}
    claims = " ".join(f"{found.claim} {[piece.words for piece in found.evidence]}" for found in report.verdicts)
    known |= set(NUMBER.findall(claims)) | set(NUMBER.findall(json.dumps(document["runs"]))) | {"99", "1", "0"}

    missing = [cell for cell in cells(report) if set(NUMBER.findall(cell)) - known]

    assert not missing


def test_csv_and_json_hold_the_same(make_run: MakeRun) -> None:
    """A reader may take either."""
    files = read_report([make_run()]).files()
    records = json.loads(files["measurements.json"])["records"]
    rows = list(csv.DictReader(files["measurements.csv"].splitlines()))

    assert [{name: "" if value is None else str(value) for name, value in record.items()} for record in records] == rows
    assert {"part", "evidence", "figure", "measurement", "control", "growth", "answer"} == {
        record["kind"] for record in records
    }


def test_every_table_has_caption_and_headers(make_run: MakeRun) -> None:
    """No table goes without saying what it shows, and all its rows are as long as its headers."""
    for section in read_report([make_run()]).document.sections:
        for table in section.tables:
            assert table.caption
            assert all(len(table.headers) == len(row) for row in table.rows)
            assert all(command.startswith("taskgauge bench") for _, command in table.commands)


def test_units_stand_in_headers(make_run: MakeRun) -> None:
    """Figures are bare, their unit stands above them."""
    tables = {
        section.title: section.tables for section in read_report([make_run()]).document.sections if section.tables
    }

    assert "Median (ns)" in tables["Time"][0].headers
    assert "Median (B/object)" in tables["Memory"][0].headers


def test_runs_stand_side_by_side(make_run: MakeRun, tmp_path: Path) -> None:
    """Several runs share one table of verdicts, one column each, and go where they are told."""
    old = make_run(name="old", django="6.0.10", python="3.12.1")
    new = make_run(name="new")
    twin = make_run(name="twin")

    report = write_report([old, new, twin], tmp_path / "out")

    headers = report.document.sections[0].tables[0].headers
    assert headers[2:] == (
        "Verdict on Python 3.12.1, Django 6.0.10",
        "Verdict on Python 3.14.8, Django 6.1.3 (new)",
        "Verdict on Python 3.14.8, Django 6.1.3 (twin)",
    )
    assert set(FILES) == {path.name for path in (tmp_path / "out").iterdir()}
    assert not (old / "report.md").exists()
    assert 3 * len(report.analyses[0].verdicts) == len(report.verdicts)


def test_runs_side_by_side_may_have_different_claims(make_run: MakeRun) -> None:
    """A run without the claim has a dash; the claims keep their order, and each has a table of its evidence."""
    sessions, own, shapes = make_run("sessions", parts=[]), make_run("own"), make_run("shapes")
    write_trace(sessions, drain("threadmill@redis"))
    write_trace(own, drain("reference-memory"))
    # Each alone, as the site reads them.
    analyses = [read_report([folder]).analyses[0] for folder in (sessions, shapes, own)]
    order = [claim.id for claim in read_claims()]

    rows = verdict_table(analyses).rows
    claims = [str(row[0]).partition(":")[0] for row in rows]
    assert claims == sorted(claims, key=order.index)
    assert set(claims) == {verdict.claim.id for analysis in analyses for verdict in analysis.verdicts}
    by_claim = dict(zip(claims, rows, strict=True))
    assert by_claim["million-drained-a-second"][2:] == ("NOT MEASURED (1 of 5 sessions)", "-", "-")
    assert by_claim["namedtuple-odd"][2:] == ("-", "HOLDS", "HOLDS")
    assert len(evidence_section(analyses).tables) == len(rows)


def test_sessions_of_own_backends_have_tables(make_run: MakeRun) -> None:
    """A run of result types and of our own backends has its usual claims, and the tables of its sessions."""
    own, shapes = make_run("own"), make_run("shapes")
    write_trace(own, drain("reference-memory"))
    report = read_report([own])

    assert [verdict.claim for verdict in report.verdicts] == [
        verdict.claim for verdict in read_report([shapes]).verdicts
    ]
    assert "| reference-memory |" in report.files()["report.md"]


def test_sessions_are_never_missing(make_run: MakeRun) -> None:
    """A complete default run of an earlier version has no sessions, and is complete; other parts are named."""
    states = dict.fromkeys(("throughput", "enqueue", "idle"), "not run")

    assert "All parts finished." in read_report([make_run(states=states)]).document.summary
    summary = read_report([make_run("less", states=states | {"calls": "not run"})]).document.summary
    assert "Not run: calls." in summary


def test_partial_run_says_so(make_run: MakeRun) -> None:
    """An interrupted part is named in the first lines and in the table of parts."""
    report = read_report([make_run(parts=["time"], states={"memory": "interrupted", "calls": "refused"})])

    assert "PARTIAL" in report.document.summary
    assert "PARTIAL: interrupted" in report.text
    assert "PARTIAL: refused" in report.files()["report.md"]


def test_short_form_has_verdicts_and_no_measurements(make_run: MakeRun) -> None:
    """A terminal may have the verdicts alone."""
    report = read_report([make_run()])
    text = report.terminal(tables=False)

    claims = text.partition("Verdicts\n--------\n\n")[2].partition("\n\n")[0].splitlines()
    assert len(claims) == len(report.verdicts)
    assert max(map(len, claims)) <= 80
    assert any(claim.endswith("Freezing a dataclass costs time.") for claim in claims)
    assert "Median" not in text


def test_empty_run_is_reported(make_run: MakeRun) -> None:
    """A run of nothing has no figure, and every claim says why."""
    report = read_report([make_run(parts=[])])

    words = {found.word.value for found in report.verdicts}
    assert {"NOT MEASURED", "figures only"} == words


def test_nothing_to_report() -> None:
    """No run folder, no report."""
    with pytest.raises(NothingToReport):
        write_report([])


def test_broken_run_writes_nothing(make_run: MakeRun) -> None:
    """A folder that cannot be read keeps what it had."""
    folder = make_run()
    (folder / "calls/samples.jsonl").write_text("{")

    with pytest.raises(RunFileBroken):
        write_report([folder])

    assert not (folder / "report.md").exists()


def test_place_that_cannot_be_written_is_named(make_run: MakeRun, tmp_path: Path) -> None:
    """A file where the folder should be is one clear line."""
    (tmp_path / "file").touch()

    with pytest.raises(ReportNotWritable, match="cannot be written"):
        write_report([make_run()], tmp_path / "file")


@pytest.mark.parametrize(
    ("title", "anchor"), [("Idle workers: pick-up and cost", "idle-workers-pick-up-and-cost"), ("call and acall",) * 2]
)
def test_a_link_leads_to_its_heading(title: str, anchor: str) -> None:
    """A code host takes punctuation out of the anchor of a heading."""
    text = to_markdown(Document(title="", summary="", sections=(Section(title=title),)))

    assert f"- [{title}](#{anchor.replace(' ', '-')})" in text
