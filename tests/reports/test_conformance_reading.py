"""The files of verdicts, whole, partial and broken."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from taskgauge.reports.run_folder.errors import NotARunFolder, RunFileBroken, RunFolderNewer
from taskgauge.reports.run_folder.reader import read_run_folder
from taskgauge.reports.run_folder.target_results import read_target, read_targets

type MakeChecked = Callable[..., Path]

ROWS = {"ENQ-01": "PASS", "ENQ-02": {"verdict": "FAIL", "known": {"reason": "a bug", "expires": "2027-01-01"}}}


def change(folder: Path, **differing: Any) -> Path:
    """Change some keys of the only target's file and return its path."""
    path = next((folder / "conformance").glob("*.json"))
    path.write_text(json.dumps(json.loads(path.read_text()) | differing))
    return path


def test_a_file_is_read_as_it_was_written(make_checked: MakeChecked) -> None:
    """Rows, tests and known failures come as they are; targets by name."""
    folder = make_checked({"second": ROWS, "first": ROWS})

    first, second = read_targets(folder)

    assert ("first", "second") == (first.target, second.target)
    assert ["PASS", "FAIL"] == [row.verdict for row in first.requirements]
    broken = first.requirements[1]
    assert ("FAILED", "RUNNING") == (broken.tests[0].expected, broken.tests[0].seen)
    assert broken.known is not None
    assert (2027, 1, 1) == (broken.known.expires.year, broken.known.expires.month, broken.known.expires.day)
    assert broken.known.link == ""


def test_a_target_that_failed_says_only_why(make_checked: MakeChecked) -> None:
    """What could not be started has a name and a reason, and no verdict."""
    folder = make_checked({})
    path = folder / "conformance/late.json"
    path.write_text('{"format": 1, "target": "late", "state": "failed", "reason": "no redis here"}')

    target = read_target(path)

    assert not target.is_judged
    assert (target.reason, target.rows("PASS")) == ("no redis here", [])


def test_keys_of_the_future_are_left_alone(make_checked: MakeChecked) -> None:
    """A key that this version does not know costs nothing."""
    assert read_target(change(make_checked({"one": ROWS}), colour="green")).target == "one"


def test_text_is_made_printable(make_checked: MakeChecked) -> None:
    """Halves of surrogates and control characters are written out; line ends stay."""
    seen = "a\ud800b\x1b[31m\x00c\r\nd\te"
    row = {"verdict": "FAIL", "reason": seen}

    target = read_target(change(make_checked({"one": {"ENQ-01": row}})))

    assert target.requirements[0].reason == "a\\ud800b\\x1b[31m\\x00c\nd\te"


@pytest.mark.parametrize(
    "differing",
    [
        {"target": 3},
        {"state": "fine"},
        {"format": "one"},
        {"format": 0},
        {"backend": ""},
        {"framework": ""},
        {"versions": {}},
        {"requirements": []},
        {"requirements": None},
        {"requirements": [{"id": "ENQ-01"}]},
        {"seconds": "long"},
        {"seconds": float("nan")},
        {"flags": {"supports_defer": "yes"}},
        {"open_questions": [{"id": "OQ-01"}]},
        {"round_trip": [{"what": "argument"}]},
    ],
    ids=str,
)
def test_broken_files_are_one_line(make_checked: MakeChecked, differing: dict[str, Any]) -> None:
    """Each key is checked, and the file is named."""
    path = change(make_checked({"one": ROWS}), **differing)

    with pytest.raises(RunFileBroken, match=r"one\.json") as caught:
        read_target(path)

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "said",
    [
        {"verdict": "FINE"},
        {"level": "MAY"},
        {"inherited": "yes"},
        {"tests": [{"name": "x", "outcome": "green"}]},
        {"known": {"reason": "a bug"}},
        {"known": {"reason": "a bug", "expires": "soon"}},
        {"known": {"reason": "a bug", "expires": "2027-02-30"}},
    ],
    ids=str,
)
def test_broken_rows_are_one_line(make_checked: MakeChecked, said: dict[str, Any]) -> None:
    """Each key of a row is checked, and the row is named by its place."""
    folder = make_checked({"one": {"ENQ-01": "PASS", "ENQ-02": {"verdict": "PASS"} | said}})

    with pytest.raises(RunFileBroken, match="requirement 2: "):
        read_targets(folder)


def test_one_requirement_has_one_verdict(make_checked: MakeChecked) -> None:
    """A file that says two things of one requirement is believed in neither."""
    folder = make_checked({"one": {"ENQ-01": "PASS", "ENQ-02": {"id": "ENQ-01", "verdict": "FAIL"}}})

    with pytest.raises(RunFileBroken, match="two verdicts on one"):
        read_targets(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"target": "one", "state": "failed"}'], ids=range(4))
def test_files_cut_short_are_one_line(make_checked: MakeChecked, text: str) -> None:
    """A file that is no JSON object, or has no format, is named."""
    folder = make_checked({"one": ROWS})
    (folder / "conformance/one.json").write_text(text)

    with pytest.raises(RunFileBroken, match=r"one\.json"):
        read_run_folder(folder)


def test_newer_files_are_refused(make_checked: MakeChecked) -> None:
    """A file of a later version is not guessed at."""
    path = change(make_checked({"one": ROWS}), format=3)

    with pytest.raises(RunFolderNewer, match="upgrade"):
        read_target(path)


def test_a_folder_without_provenance_is_enough(make_checked: MakeChecked, tmp_path: Path) -> None:
    """Whoever tells pytest where to write has no run.json; the targets say which versions they had."""
    run = read_run_folder(make_checked({"one": ROWS}, run=None))

    assert ("3.14.8", "6.1.3", False) == (run.python, run.django, run.is_bench)
    with pytest.raises(NotARunFolder):
        read_run_folder(tmp_path)


def test_not_even_versions_are_needed(make_checked: MakeChecked) -> None:
    """A folder with nothing but a target that failed is still reported."""
    folder = make_checked({}, run=None)
    (folder / "conformance/late.json").write_text('{"format": 1, "target": "late", "state": "failed"}')

    assert read_run_folder(folder).python == "not known"
