"""Printed figures: each figure of the README, the documents and the site's own texts stands in the published files.

A figure is a count out of a count, a share, a ratio, or a number with a unit of measurement. A document that needs a
figure that is no result, such as a rule of the method, lists it in a comment: `<!-- not results: 3 %; 99 % -->`.
"""

import re
from functools import cache
from pathlib import Path

import pytest

from taskgauge.reports.publication.published_documents import documents, read_published, stale

ROOT = Path(__file__).parents[1]
PUBLISHED = ROOT / "reports" / "published"
MEASURED = (*sorted(PUBLISHED.rglob("*.md")), ROOT / "tests" / "gate_validation" / "measured" / "README.md")
"""The tables of published runs, and those of the gate's validation."""
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TEMPLATES = sorted((ROOT / "reports" / "site" / "templates").glob("*.html.j2"))
_NUMBER = r"(?<![\w.,/@-])\d[\d,]*(?:\.\d+)?"
_UNIT = r"%|per cent|ns|µs|ms|s|minutes|hours|kB|MB|KiB|MiB|GiB|bytes|B|tasks/s|calls/s|times as"
FIGURE = re.compile(
    rf"{_NUMBER} of \d[\d,]*(?![\w-])|{_NUMBER} (?:{_UNIT})(?![\w/])|{_NUMBER}\d\d(?=[ )]|$)(?<=\.\d\d\d)"
)
NOT_RESULTS = re.compile(r"(?:<!--|\{#) not results: (.*?) (?:-->|#\})", re.DOTALL)


def prose(path: Path) -> str:
    """Return the text of a document without code, addresses and comments; of a template without its logic, too."""
    text = NOT_RESULTS.sub("", path.read_text(encoding="utf-8"))
    for pattern in (r"^```.*?^```", r"`[^`\n]*`", r"\]\([^)]*\)", r"<!--.*?-->"):
        text = re.sub(pattern, " ", text, flags=re.DOTALL | re.MULTILINE)
    if path.suffix == ".j2":
        text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", " ", text, flags=re.DOTALL)
    return " ".join(text.split())


def printed(path: Path) -> list[str]:
    """Return the figures of a document, each once."""
    return list(dict.fromkeys(FIGURE.findall(prose(path))))


def not_results(path: Path) -> list[str]:
    """Return the figures that a document lists as no results."""
    lists = NOT_RESULTS.findall(path.read_text(encoding="utf-8"))
    return [" ".join(figure.split()) for text in lists for figure in text.split(";")]


@cache
def published() -> str:
    """Return the text of all published tables, in which a figure can be looked up."""
    return " ".join(" ".join(path.read_text(encoding="utf-8").split()) for path in MEASURED)


def is_published(figure: str) -> bool:
    """Return True if a figure stands in a published table, as a number of its own; a unit may stand in the header."""
    numbers = re.findall(r"\d[\d,]*(?:\.\d+)?", figure)
    return any(
        re.search(rf"(?<![\d.,]){re.escape(text)}(?![\d]|[.,]\d)", published())
        for text in ({figure} if " of " in figure or "%" in figure else {figure, numbers[0]})
    )


@pytest.mark.parametrize("document", [*DOCUMENTS, *TEMPLATES], ids=lambda path: path.name)
def test_each_figure_is_published(document: Path) -> None:
    """A figure is published, or its document lists it as no result."""
    known = not_results(document)

    assert [] == [figure for figure in printed(document) if figure not in known and not is_published(figure)]


@pytest.mark.parametrize("document", [*DOCUMENTS, *TEMPLATES], ids=lambda path: path.name)
def test_the_lists_are_sparing(document: Path) -> None:
    """A document lists only figures that it prints."""
    figures = printed(document)

    assert [] == [figure for figure in not_results(document) if figure not in figures]


def test_documents_show_what_is_published() -> None:
    """The tables of the README and beside the runs are those that `taskgauge publish` makes of the published runs."""
    results = read_published(PUBLISHED)
    if not results.runs:
        pytest.skip("no run is published yet")

    assert [] == stale(documents(results, ROOT / "README.md"))


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("keeps 128 of 151 requirements", ["128 of 151"]),
        ("an effect of 2.501 (2.424 to 2.585)", ["2.501", "2.424", "2.585"]),
        ("12.5 % longer, 3 MB, 70 ns", ["12.5 %", "3 MB", "70 ns"]),
        ("Python 3.12 and Django 6.1.3, RES-02, 1 or 2 workers", []),
        ("in `5 %` and [x](a/5 %)", []),
    ],
)
def test_what_is_a_figure(text: str, figures: list[str], tmp_path: Path) -> None:
    """Versions, ids and small counts are no figures; code and addresses are left out."""
    (tmp_path / "a.md").write_text(text)

    assert figures == printed(tmp_path / "a.md")


def test_a_figure_that_nobody_measured_is_seen() -> None:
    """A figure is looked up as a number of its own, not as part of another."""
    assert is_published("0 of 40")
    assert not is_published("128 of 977")
    assert not is_published("98.76 %")
