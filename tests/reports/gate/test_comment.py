"""A comment on a pull request shows what an artifact says, and believes none of it."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from taskgauge.reports.judging.gate.judge import judge
from taskgauge.reports.pages.gate.comment import MARKER, ArtifactUnusable, comment, main, read_artifact
from taskgauge.reports.pages.gate.rendering import write
from taskgauge.reports.run_folder.gate_folder import read_gate_folder

type MakeGate = Callable[..., Path]

COMMIT = "0123456789abcdef0123456789abcdef01234567"
RUN = "https://github.com/example/backend/actions/runs/123"
ROW = {"operation": "enqueue", "measure": "time (CPU)", "verdict": "REGRESSION", "estimate": "+12.0 %"}


def packed(folder: Path, content: object, name: str = "gate.json") -> Path:
    """Return an artifact with one file."""
    path = folder / "gate.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content if isinstance(content, bytes) else json.dumps(content))
    return path


def told(**changes: Any) -> dict[str, Any]:
    """Return a gate.json."""
    return {"format": 1, "verdict": "REGRESSION", "sentence": "REGRESSION: head is worse.", "rows": [ROW]} | changes


def test_a_real_run_is_shown(make_gate: MakeGate, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The verdict, the sentence, the rows that are not as before, and where the whole is."""
    ledger = {"base": {"get": {"statements": []}}, "head": {"get": {"statements": ["SELECT 1"]}}}
    folder = write(judge(read_gate_folder(make_gate(ledger=ledger))))
    path = packed(tmp_path, (folder / "gate.json").read_bytes())

    assert main([str(path), "--commit", COMMIT, "--run", RUN]) == 0

    text = capsys.readouterr().out
    assert text.startswith(f"{MARKER}\n**Taskgauge gate: REGRESSION** for 0123456789ab; [the whole run]({RUN}).\n")
    assert "get statements 0 -> 1" in " ".join(text.split())
    assert "Rows that pass: 1." in text


def test_a_run_without_a_verdict_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No artifact, or one in which the gate did not get so far."""
    for path in (tmp_path / "none.zip", packed(tmp_path, {}, "run.json")):
        assert main([str(path), "--commit", COMMIT, "--run", RUN]) == 0
        assert "gate: no verdict" in capsys.readouterr().out


def test_hostile_text_stays_in_its_fence(tmp_path: Path) -> None:
    """No mention, link, picture or end of the fence comes to life, and no letter is invisible."""
    hostile = "@everyone ![x](https://evil.example/x.png)\n````\n<b>\u202e\x1b[31m" + "`" * 20
    shown = read_artifact(packed(tmp_path, told(sentence=hostile, rows=[ROW | {"operation": hostile}] * 3)))

    text = comment(shown, COMMIT, RUN)

    head, fence, *inside, last, rest = text.split("\n")[1:]
    del head
    assert fence == ""
    opening, *body = inside
    assert set(opening.removesuffix("text")) == {"`"}
    assert last == opening.removesuffix("text")
    assert rest == ""
    assert all(opening.removesuffix("text") not in line for line in body)
    assert "\u202e" not in text
    assert "\x1b" not in text


def test_a_comment_is_never_too_long(tmp_path: Path) -> None:
    """GitHub takes 65,536 characters; the rest is in the run."""
    rows = [ROW | {"operation": "v" * 1000, "estimate": "e" * 1000}] * 500
    text = comment(read_artifact(packed(tmp_path, told(sentence="s" * 100_000, rows=rows))), COMMIT, RUN)

    assert len(text) < 20_000
    assert "475 more rows are in the run." in text


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nonsense",
        b"[" * 100_000,
        b"\xff\xfe\xff",
        b" " * 3_000_000,
        [],
        {},
        told(verdict="FINE"),
        told(verdict=None),
        told(sentence=3),
        told(rows=[{}]),
        told(rows=[ROW | {"verdict": "<b>"}]),
        told(rows="many"),
    ],
    ids=range(13),
)
def test_what_is_not_as_it_should_be_is_not_shown(
    tmp_path: Path, content: object, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, exit code 2, and nothing of it."""
    path = packed(tmp_path, content)
    with pytest.raises(ArtifactUnusable):
        read_artifact(path)

    assert main([str(path), "--commit", COMMIT, "--run", RUN]) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert len(error.splitlines()) == 1


def test_what_is_no_archive_is_not_shown(tmp_path: Path) -> None:
    """Cut short, or something else."""
    path = packed(tmp_path, told())
    whole = path.read_bytes()
    for content in (b"", b"PK", whole[:40], whole[:-10], whole.replace(b"gate.json", b"gate.jsoN", 1)):
        path.write_bytes(content)
        with pytest.raises(ArtifactUnusable):
            read_artifact(path)


@pytest.mark.parametrize(
    ("commit", "run"),
    [
        ("main", RUN),
        (COMMIT[:-1], RUN),
        (COMMIT + "\n", RUN),
        (COMMIT, "javascript:alert(1)"),
        (COMMIT, RUN + ") [x](https://evil.example"),
        (COMMIT, RUN + "\n"),
    ],
)
def test_what_is_no_commit_or_address_is_refused(tmp_path: Path, commit: str, run: str) -> None:
    """Also what comes from GitHub is looked at."""
    path = packed(tmp_path, told())

    assert main([str(path), "--commit", commit, "--run", run]) == 2


def test_rows_of_an_older_taskgauge(tmp_path: Path) -> None:
    """A pull request's branch may have an older Taskgauge, whose rows had another word for an operation."""
    row = {name: value for name, value in ROW.items() if name != "operation"} | {"verb": "enqueue"}

    assert read_artifact(packed(tmp_path, told(rows=[row]))) == read_artifact(packed(tmp_path, told(rows=[ROW])))
