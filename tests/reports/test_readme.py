"""Verdicts between two markers."""

from collections.abc import Callable
from pathlib import Path

import pytest

from taskgauge.reports.pages.readme import begin, end, update_readme
from taskgauge.reports.pages.report import read_report
from taskgauge.reports.run_folder.errors import ReadmeMarkersMissing, ReportNotWritable

type MakeRun = Callable[..., Path]

BEGIN, END = begin("verdicts"), end("verdicts")


def test_verdicts_stand_between_the_markers(make_run: MakeRun, tmp_path: Path) -> None:
    """What is around them stays, what was between them goes, and once more changes nothing."""
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    report = read_report([make_run()])

    assert update_readme(readme, report)
    text = readme.read_text()
    assert text.startswith(f"before\n{BEGIN}\n")
    assert text.endswith(f"\n{END}\nafter\n")
    assert "| freezing-costs" in text
    assert "old" not in text.partition("after")[0].splitlines()
    assert not update_readme(readme, report)
    assert text == readme.read_text()


@pytest.mark.parametrize(
    "text", ["", f"{BEGIN}\n", f"{END}\n", f"{END}\n{BEGIN}\n", f"{BEGIN}\n{BEGIN}\n{END}\n"], ids=range(5)
)
def test_missing_markers_are_named(make_run: MakeRun, tmp_path: Path, text: str) -> None:
    """Without a place of its own nothing is written."""
    readme = tmp_path / "README.md"
    readme.write_text(text)

    with pytest.raises(ReadmeMarkersMissing, match="begin"):
        update_readme(readme, read_report([make_run(parts=[])]))

    assert text == readme.read_text()


def test_readme_that_is_not_there_is_named(make_run: MakeRun, tmp_path: Path) -> None:
    """A wrong path is one clear line."""
    with pytest.raises(ReportNotWritable, match="README"):
        update_readme(tmp_path / "README.md", read_report([make_run(parts=[])]))


def test_a_document_chooses_its_tables(make_run: MakeRun, tmp_path: Path) -> None:
    """A document with other markers gets what they name, in lines that a reader sees whole."""
    name = "claims at a glance"
    readme = tmp_path / "README.md"
    readme.write_text(f"{begin(name)}\n{end(name)}\n{begin('conformance')}\nkept\n{end('conformance')}\n")

    assert update_readme(readme, read_report([make_run()]))

    claims, _, conformance = readme.read_text().partition(begin("conformance"))
    assert "- CONTRADICTED: " in claims or "- NO DIFFERENCE THAT MATTERS: " in claims
    assert max(map(len, claims.splitlines())) <= 100
    assert "kept" in conformance
