"""`taskgauge ledger` in this very environment: it writes a file for git, and names what differs from it."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-c", "from taskgauge.suites.cli.main import main; main()", "ledger", "--only"]


def ledger(*arguments: str, folder: Path, only: str = "create") -> tuple[int, str]:
    """Run it in a folder; return its exit code and what it said."""
    done = subprocess.run([*COMMAND, only, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def test_ledger(tmp_path: Path) -> None:
    """Without a file it says how to make one; a made one holds; a number that is not as it says is named."""
    file = tmp_path / "taskgauge-ledger.toml"

    code, said = ledger(folder=tmp_path)
    assert (code, "make it with `taskgauge ledger --update`" in said) == (2, True), said
    code, said = ledger("--update", folder=tmp_path)
    assert (code, "written: commit it (django " in said) == (0, True), said
    code, said = ledger(folder=tmp_path)
    assert (code, "1 operations cost as recorded" in said) == (0, True), said
    code, said = ledger("--update", folder=tmp_path, only="evolve")
    assert (code, "written: commit it" in said) == (0, True), said
    code, said = ledger(folder=tmp_path)
    assert (code, "1 operations cost as recorded" in said) == (0, True), said
    text = file.read_text()
    [line, *_] = [line for line in text.splitlines() if line.startswith("bytes_per_object")]
    file.write_text(text.replace(line, "bytes_per_object = 1"))
    code, said = ledger(folder=tmp_path)
    assert (code, "create: bytes_per_object 1 -> " in said) == (1, True), said


def test_what_is_not_there(tmp_path: Path) -> None:
    """An operation that nothing here has is one line."""
    code, said = ledger("--only", "crate", folder=tmp_path)

    assert (code, said) == (2, "taskgauge: no chosen part measures 'crate': did you mean create?\n")
