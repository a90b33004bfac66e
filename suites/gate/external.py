"""Runs pip, uv and git: one that is not finished yet is ended with the run, and what it said is kept."""

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from taskgauge.backends.kept import temporary_folder
from taskgauge.backends.kept_process import KeptProcess, ProcessNotStarted
from taskgauge.suites.bench.interruption import Interruption
from taskgauge.suites.gate.telling import telling_line

_LOOK_SECONDS = 0.02
_HIDDEN = (
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PYTHONDONTWRITEBYTECODE",
    "VIRTUAL_ENV",
    "__PYVENV_LAUNCHER__",
    "DJANGO_SETTINGS_MODULE",
)


class ExternalFailed(Exception):
    """A command failed; the text is the line of its output that says most."""


def run_external(
    words: Sequence[str],
    *,
    log: Path,
    interruption: Interruption,
    folder: Path = Path("/"),
    environment: Mapping[str, str] | None = None,
    limit: float = 900.0,
) -> str:
    """Run a command, add what it says to a log, and return that; it has so many seconds.

    Raises ExternalFailed, and Interrupted when nothing of it runs any more.
    """
    begin = log.stat().st_size if log.exists() else 0
    deadline = time.monotonic() + limit
    # What is killed in the middle, as pip is, leaves its temporary folders.
    with log.open("ab") as output, temporary_folder("taskgauge-") as scratch:
        given = {**(environment or clean()), "TMPDIR": str(scratch)}
        try:
            process = KeptProcess(words, environment=given, folder=folder, output=output)
        except ProcessNotStarted as error:
            raise ExternalFailed(f"{error}") from error
        try:
            while process.is_alive:
                interruption.check()
                if time.monotonic() > deadline:
                    raise ExternalFailed(f"{Path(words[0]).name} was not done within {limit:.0f} s")
                time.sleep(_LOOK_SECONDS)
        finally:
            process.kill()
    with log.open("rb") as file:
        file.seek(begin)
        said = file.read().decode(errors="replace")
    if code := process.wait():
        raise ExternalFailed(telling_line(said) or f"{Path(words[0]).name} ended with code {code}")
    return said


def clean(**more: str) -> dict[str, str]:
    """Return this process's environment without what would make another Python see this one's packages."""
    return {name: value for name, value in os.environ.items() if name not in _HIDDEN} | more
