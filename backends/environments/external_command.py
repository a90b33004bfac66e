"""Runs pip, uv and git: one that is not finished yet is ended with the run, and what it said is kept."""

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from taskgauge.backends.environments.package_sources import PIP_OFF, is_kept
from taskgauge.backends.processes.error_line import explaining_line, without_escapes
from taskgauge.backends.processes.git import without_repository
from taskgauge.backends.processes.interruption import Interruption
from taskgauge.backends.processes.process_guard import temporary_folder
from taskgauge.backends.processes.supervised_process import ProcessNotStarted, SupervisedProcess

_LOOK_SECONDS = 0.02
_HIDDEN = (
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PYTHONDONTWRITEBYTECODE",
    "VIRTUAL_ENV",
    "__PYVENV_LAUNCHER__",
    "DJANGO_SETTINGS_MODULE",
    # These ask for colours even where output is no terminal.
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLORTERM",
    "FORCE_COLOR",
    "MYPY_FORCE_COLOR",
    "PYTHON_COLORS",
    "PY_COLORS",
)
_PLAIN = {"NO_COLOR": "1", "TERM": "dumb", "CARGO_TERM_COLOR": "never"}


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
            process = SupervisedProcess(words, environment=given, folder=folder, output=output)
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
            said = _without_escapes_in(log, begin)
    if code := process.wait():
        raise ExternalFailed(explaining_line(said, otherwise=f"{Path(words[0]).name} ended with code {code}"))
    return said


def clean(**more: str) -> dict[str, str]:
    """Return this process's environment without what changes what another Python sees, installs or says.

    That is this one's packages, the places that pip and uv are told to install into, and colours.
    """
    own = without_repository(os.environ)
    kept = {name: value for name, value in own.items() if name not in _HIDDEN and is_kept(name)}
    return kept | _PLAIN | PIP_OFF | more


def _without_escapes_in(log: Path, begin: int) -> str:
    """Return what was added to a log, and leave it there without escape sequences: a build may write its own."""
    with log.open("r+b") as file:
        file.seek(begin)
        added = file.read()
        said = without_escapes(added.decode("utf-8", "replace"))
        if b"\x1b" in added:
            file.seek(begin)
            file.truncate()
            file.write(said.encode())
    return said
