"""The `taskgauge` command as a user meets it: help, refusals in one line, exit codes."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from taskgauge.suites.run_control.options import Scale

TASKGAUGE = (sys.executable, "-c", "from taskgauge.suites.cli.main import main; main()")


def taskgauge(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder, as a process of its own."""
    return subprocess.run([*TASKGAUGE, *arguments], cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


def one_line(result: subprocess.CompletedProcess[str]) -> str:
    """Return the only line a refusal consists of."""
    assert result.stdout == ""
    [line] = result.stderr.splitlines()
    return line


def test_version(tmp_path: Path) -> None:
    """The version is the distribution's."""
    result = taskgauge("--version", cwd=tmp_path)

    assert (0, f"taskgauge {version('taskgauge')}\n") == (result.returncode, result.stdout)


@pytest.mark.parametrize("command", [[], ["bench"], ["report"]])
def test_help(command: list[str], tmp_path: Path) -> None:
    """Each command explains itself."""
    result = taskgauge(*command, "--help", cwd=tmp_path)

    assert result.returncode == 0
    assert result.stdout.startswith("Usage: taskgauge")


def test_help_names_every_exit_code(tmp_path: Path) -> None:
    """Exit codes are part of the help."""
    words = taskgauge("--help", cwd=tmp_path).stdout.split()

    assert {"0", "1", "2", "3", "4", "5", "130", "143"} <= set(words)


def test_help_names_the_defaults(tmp_path: Path) -> None:
    """The numbers that help gives are those of the scales."""
    words = " ".join(taskgauge("bench", "--help", cwd=tmp_path).stdout.split())

    for name in ("processes", "slices"):
        default, quick, full = (getattr(scale(), name) for scale in (Scale.default, Scale.quick, Scale.full))
        assert f"[default: {default}; {quick} if --quick; {full} if --full]" in words


def test_nothing_asked(tmp_path: Path) -> None:
    """Without a command there is help, and it counts as wrong use."""
    result = taskgauge(cwd=tmp_path)

    assert result.returncode == 2
    assert result.stderr.startswith("Usage: taskgauge")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["bench", "--tasks", "0"], "'0' is no number of tasks"),
        (["bench", "--tasks", "-5"], "'-5' is no number of tasks"),
        (["bench", "--tasks", "abc"], "'abc' is no number of tasks"),
        (["bench", "--tasks", "1.5"], "'1.5' is no number of tasks"),
        (["bench", "--processes", "0"], "'0' is no number"),
        (["bench", "--memory", "lots"], "write 12GiB"),
        (["bench", "--part", "tiem"], "did you mean time?"),
        (["bench", "--part", "qqq"], "there are time, ordering"),
        (["bench", "--out", "full"], "is not empty"),
        (["bench", "--out", "full/file"], "it is a file"),
        (["bench", "--part", "time", "--only", "craete"], "did you mean create"),
        (["bench", "--part", "time", "--variant", "namedtupel"], "did you mean 'namedtuple'"),
        (["bench", "--part", "time", "--variant", "no.such:THING"], "cannot be imported"),
        (["bench", "--part", "time", "--variant", "empty:NOTHING"], "empty:NOTHING"),
        (["report", "missing"], "does not exist"),
        (["report", "full"], "not a run folder"),
        (["report"], "Missing argument"),
        (["measure"], "No such command"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_use_is_one_line_and_2(arguments: list[str], says: str, tmp_path: Path) -> None:
    """What cannot be used is refused in one line, with exit code 2, and leaves nothing behind."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    (tmp_path / "empty.py").write_text("NOTHING = object()\n")

    result = taskgauge(*arguments, cwd=tmp_path)

    assert (result.returncode, says in one_line(result)) == (2, True), result.stderr
    assert not (tmp_path / ".taskgauge").exists()


def test_out_not_writable(tmp_path: Path) -> None:
    """A run folder that cannot be made is refused in one line."""
    (tmp_path / "file").touch()

    result = taskgauge("bench", "--part", "time", "--out", "file/below", cwd=tmp_path)

    assert (result.returncode, "cannot be written" in one_line(result)) == (2, True), result.stderr
