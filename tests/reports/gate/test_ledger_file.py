"""The ledger that is kept in git."""

import tomllib
from pathlib import Path

import pytest

from taskgauge.reports.run_folder.counters import Counted
from taskgauge.reports.run_folder.errors import ReportError, ReportNotWritable, RunFileBroken, RunFolderNewer
from taskgauge.reports.run_folder.gate_errors import LedgerFileMissing, LedgerKeyMissing
from taskgauge.reports.run_folder.ledger_file import Key, compare_with_file, read_ledger_file, update_ledger_file

KEY = Key("3.14", "6.1", "django-tasks-db 0.13.0")
OTHER = Key("3.12", "6.0", "django-tasks-db 0.13.0")
COUNTED = {
    "get": Counted(statements=('SELECT * FROM "task" WHERE "id" = %s',), bytecodes=(500, 501, 502)),
    "enqueue": Counted(
        statements=("INSERT", "SELECT"), bytecodes=(800, 801, 805), allocations=(12, 12, 12), pickle_bytes=300
    ),
}


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """A ledger with what was counted."""
    path = tmp_path / "ledger.toml"
    update_ledger_file(path, KEY, COUNTED)
    return path


def test_what_was_written_is_read_again(ledger: Path) -> None:
    """And is the same."""
    assert read_ledger_file(ledger) == {KEY: COUNTED}
    assert compare_with_file(ledger, KEY, COUNTED).lines == ()


def test_the_file_is_sorted_and_ends_with_a_line(ledger: Path) -> None:
    """Two who count the same write the same bytes."""
    text = ledger.read_text()
    update_ledger_file(ledger, KEY, dict(reversed(COUNTED.items())))

    assert text == ledger.read_text()
    assert text.index("enqueue") < text.index("get]")
    assert text.endswith("\n")
    assert not list(ledger.parent.glob("*.new"))


def test_other_keys_are_left_alone(ledger: Path) -> None:
    """Another Python, Django or version stands beside them."""
    assert update_ledger_file(ledger, OTHER, {"enqueue": Counted(statements=())})

    assert read_ledger_file(ledger) == {KEY: COUNTED, OTHER: {"enqueue": Counted(statements=())}}
    assert list(tomllib.loads(ledger.read_text()))[:3] == ["format", "3.12", "3.14"]


def test_operations_that_were_not_asked_for_are_left_alone(ledger: Path) -> None:
    """Where only some were counted; else the others are gone."""
    some = {"enqueue": Counted(statements=("INSERT",))}
    assert "get: in the file, but not counted" in compare_with_file(ledger, KEY, some).lines
    assert compare_with_file(ledger, KEY, some, partial=True).vanished == ()

    update_ledger_file(ledger, KEY, some, partial=True)
    assert read_ledger_file(ledger) == {KEY: COUNTED | some}
    update_ledger_file(ledger, KEY, some)
    assert read_ledger_file(ledger) == {KEY: some}


def test_what_is_within_its_tolerance_keeps_its_number(ledger: Path) -> None:
    """So that an update shows only what changed."""
    before = ledger.read_text()
    same = COUNTED | {"get": Counted(statements=COUNTED["get"].statements, bytecodes=(503, 504, 505))}
    assert not update_ledger_file(ledger, KEY, same)
    assert ledger.read_text() == before

    more = COUNTED | {"get": Counted(statements=COUNTED["get"].statements, bytecodes=(600, 601, 602))}
    assert update_ledger_file(ledger, KEY, more)
    assert read_ledger_file(ledger)[KEY]["get"].bytecodes == (600, 601, 602)


def test_ids_that_are_random_are_no_difference(tmp_path: Path) -> None:
    """What each count takes for an id of its own neither differs from the file nor changes it."""
    path = tmp_path / "ledger.toml"
    before = {"enqueue": Counted(allocations=(103.1, 103.1, 103.1), bytes_per_object=(824.0, 823.973, 824.0))}
    after = {"enqueue": Counted(allocations=(103.2, 103.2, 103.2), bytes_per_object=(823.947, 824.0, 823.973))}
    update_ledger_file(path, KEY, before)
    text = path.read_text()

    assert compare_with_file(path, KEY, after).lines == ()
    assert not update_ledger_file(path, KEY, after)
    assert path.read_text() == text
    assert read_ledger_file(path)[KEY]["enqueue"].bytes_per_object == (823.973, 824.0, 824.0)


def test_differences_are_shown_by_name(ledger: Path) -> None:
    """Counters, whole operations, and counters that only one of both has."""
    now = {
        "enqueue": Counted(
            statements=("INSERT", "SELECT", "COMMIT"), bytecodes=(800, 801, 805), allocations=(13, 13, 13), calls=(1,)
        ),
        "aget": Counted(),
    }

    assert compare_with_file(ledger, KEY, now).lines == (
        "enqueue: statements 2 -> 3: new: COMMIT",
        "enqueue: allocations 12 -> 13",
        "enqueue: calls, pickle_bytes counted on one side only",
        "aget: not in the file",
        "get: in the file, but not counted",
    )


def test_what_is_not_there_says_how_to_make_it(ledger: Path, tmp_path: Path) -> None:
    """No file, and no such key."""
    with pytest.raises(LedgerFileMissing, match="ledger --update"):
        read_ledger_file(tmp_path / "none.toml")
    with pytest.raises(LedgerKeyMissing, match=r"Django 6\.0, Python 3\.12"):
        compare_with_file(ledger, OTHER, COUNTED)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "format = 0",
        'format = "one"',
        'format = 1\n"3.14" = 3',
        'format = 1\n["3.14"."6.1".x.enqueue]\nbytecodes = []',
        'format = 1\n["3.14"."6.1".x.enqueue]\nbytecodes = -1',
        'format = 1\n["3.14"."6.1".x.enqueue]\nbytecodes = nan',
        'format = 1\n["3.14"."6.1".x.enqueue]\nstatements = "SELECT"',
        'format = 1\n["3.14"."6.1".x]\nenqueue = 3',
    ],
    ids=range(10),
)
def test_broken_files_are_named_and_kept(tmp_path: Path, text: str) -> None:
    """One line, and an update does not overwrite what it cannot read."""
    path = tmp_path / "ledger.toml"
    path.write_text(text)

    for use in (read_ledger_file, lambda each: update_ledger_file(each, KEY, COUNTED)):
        with pytest.raises(RunFileBroken, match=r"ledger\.toml") as caught:
            use(path)
        assert "\n" not in str(caught.value)
    assert path.read_text() == text


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    """Neither read nor overwritten."""
    path = tmp_path / "ledger.toml"
    path.write_bytes(b"\xff\xfe")

    with pytest.raises(RunFileBroken):
        read_ledger_file(path)
    with pytest.raises(RunFileBroken):
        update_ledger_file(path, KEY, COUNTED)


def test_newer_files_are_refused(tmp_path: Path) -> None:
    """They are not guessed at, and not overwritten."""
    path = tmp_path / "ledger.toml"
    path.write_text("format = 2\n")

    with pytest.raises(RunFolderNewer):
        update_ledger_file(path, KEY, COUNTED)


def test_what_cannot_be_written_is_an_error_of_a_report(tmp_path: Path) -> None:
    """A folder stands in its place, or a file in place of its folder."""
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "file").touch()

    with pytest.raises(ReportError):
        update_ledger_file(tmp_path / "folder.toml", KEY, COUNTED)
    with pytest.raises(ReportError):
        update_ledger_file(tmp_path / "file" / "ledger.toml", KEY, COUNTED)
    (tmp_path / "busy.toml.unfinished").mkdir()
    with pytest.raises(ReportNotWritable):
        update_ledger_file(tmp_path / "busy.toml", KEY, COUNTED)
