"""Files that pyperf itself wrote, as the reader takes them."""

import subprocess
import sys
from pathlib import Path

import pytest

from taskgauge.reports.run_folder.errors import RunFileBroken
from taskgauge.reports.run_folder.pyperf_files import add_pyperf, read_pyperf


def pyperf(*words: str | Path) -> None:
    """Run a command of pyperf."""
    subprocess.run([sys.executable, "-m", "pyperf", *map(str, words)], check=True, capture_output=True)


def test_what_pyperf_writes_anew_reads_the_same(tmp_path: Path) -> None:
    """A file that pyperf converted has the same samples, process by process and slice by slice."""
    ours, theirs = tmp_path / "today.json", tmp_path / "theirs" / "today.json"
    theirs.parent.mkdir()
    for name in ("create", "copy"):
        add_pyperf(ours, name, [(0, [1e-6, 2e-6]), (3, [3e-6, 4e-6])], {"loops": 10})

    pyperf("convert", ours, "--indent", "-o", theirs)

    assert read_pyperf(ours, "time") == read_pyperf(theirs, "time")
    assert {(sample.process, sample.slice) for sample in read_pyperf(theirs, "time")} == {
        (0, 0),
        (0, 1),
        (3, 0),
        (3, 1),
    }


def test_a_file_of_pyperf_alone_is_refused(tmp_path: Path) -> None:
    """A file without the number of a process cannot be paired, and its reader says which file that is."""
    path = tmp_path / "today.json"
    pyperf("timeit", "--fast", "-p", "2", "-n", "1", "-w", "1", "-l", "1", "-o", path, "1 + 1")

    with pytest.raises(RunFileBroken, match=r"today\.json.*process"):
        read_pyperf(path, "time")
