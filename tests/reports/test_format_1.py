"""Run folders of format 1 say the same as they did when they were written, whatever has changed since."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from taskgauge.reports.run_folder.declarations import REGISTRY
from taskgauge.reports.run_folder.ledger_file import Key, read_ledger_file
from taskgauge.reports.run_folder.reader import read_run_folder
from taskgauge.suites.cli.main import taskgauge

FOLDER = Path(__file__).with_name("format_1")
EXIT_CODES = {"bench": 0, "interrupted": 0, "conformance": 0, "gate": 1, "calibration": 0}
VERDICTS = (
    *("PASS", "FAIL", "OVERCLAIM", "ADVISORY", "DECLINED", "UNDERCLAIM", "UNKNOWN"),  # of conformance
    *("REGRESSION", "FAILED", "INCONCLUSIVE", "CHANGED", "KNOWN", "IMPROVEMENT", "PARTIAL"),  # of the gate, of a part
    *("HOLDS", "CONTRADICTED", "MIXED", "NO DIFFERENCE THAT MATTERS", "NOT MEASURED"),  # of claims
)
FACT = re.compile(rf"\b(?:{'|'.join(VERDICTS)})\b|N/A|[-+]?\d[\d,.]*\d|\d")


def facts(report: str) -> Iterator[list[str]]:
    """Yield the figures and verdicts of each row of a table, in their order; words and padding do not count."""
    for line in report.splitlines():
        if line.startswith("|") and (found := FACT.findall(line)):
            yield found


@pytest.mark.parametrize("name", EXIT_CODES)
def test_a_report_says_the_same(name: str, tmp_path: Path) -> None:
    """Made again from the rest, it has the same rows with the same figures and verdicts."""
    shutil.unpack_archive(FOLDER / f"{name}.tar.xz", tmp_path, filter="data")
    expected = list(facts((tmp_path / "report.md").read_text(encoding="utf-8")))
    (tmp_path / "report.md").unlink()

    assert CliRunner().invoke(taskgauge, ["report", str(tmp_path)]).exit_code == EXIT_CODES[name]

    assert len(expected) > 3
    assert list(facts((tmp_path / "report.md").read_text(encoding="utf-8"))) == expected


def test_a_metric_has_the_meaning_that_it_had(tmp_path: Path) -> None:
    """A rate counted from the first start then."""
    shutil.unpack_archive(FOLDER / "bench.tar.xz", tmp_path, filter="data")

    assert read_run_folder(tmp_path).registry.metric("dispatch-rate").title == "Tasks from first start to last finish"
    assert REGISTRY.metric("dispatch-rate").title == "Tasks from the first enqueue to the last finish"


def test_a_ledger_file_says_the_same() -> None:
    """Its counts are read under their key."""
    [(key, counts)] = read_ledger_file(FOLDER / "ledger.toml").items()

    assert key == Key(python="3.14", django="6.1", backend="django 6.1.3")
    counted = counts["enqueue@django-immediate"]
    assert (counted.bytecodes, counted.calls) == ((3793, 3799, 3810), (181, 181, 182))
    assert counted.statements == ()


def test_a_figure_that_changes_is_noticed() -> None:
    """Another number, another verdict and a row less are each seen; other words and other padding are not."""
    report = "| create | 1.52 | PASS |\n| pickle | 2 | FAIL |\n"

    assert list(facts(report)) == list(facts("| create it |  1.52  | PASS |\n|pickle|2|FAIL|\n"))
    for other in (report.replace("1.52", "1.53"), report.replace("PASS", "FAIL"), report.partition("\n")[0]):
        assert list(facts(other)) != list(facts(report))
