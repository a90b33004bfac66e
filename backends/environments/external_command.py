"""Runs pip, uv and git. A command ends with the run at the latest, and its output is kept in a log."""

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
    # These request colours even if the output is not a terminal.
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
    """A command failed; the text is the line of its output that explains the failure."""


def run_external(
    words: Sequence[str],
    *,
    log: Path,
    interruption: Interruption,
    folder: Path = Path("/"),
    environment: Mapping[str, str] | None = None,
    limit: float = 900.0,
) -> str:
    """Run a command for `limit` seconds at most, append its output to a log, and return the output.

    Raises ExternalFailed, and Interrupted after all processes of the command have ended.
    """
    begin = log.stat().st_size if log.exists() else 0
    deadline = time.monotonic() + limit
    # A killed command, such as pip, leaves its temporary folders behind.
    with log.open("ab") as output, temporary_folder("taskgauge-") as scratch:
        variables = {**(environment or clean()), "TMPDIR": str(scratch)}
        try:
            process = SupervisedProcess(words, environment=variables, folder=folder, output=output)
        except ProcessNotStarted as error:
            raise ExternalFailed(f"{error}") from error
        try:
            while process.is_alive:
                interruption.check()
                if time.monotonic() > deadline:
                    raise ExternalFailed(f"{Path(words[0]).name} did not finish within {limit:.0f} s")
                time.sleep(_LOOK_SECONDS)
        finally:
            process.kill()
            printed = _without_escapes_in(log, begin)
    if code := process.wait():
        raise ExternalFailed(explaining_line(printed, otherwise=f"{Path(words[0]).name} ended with code {code}"))
    return printed


def clean(**more: str) -> dict[str, str]:
    """Return this process's environment without variables that affect another Python, pip or uv.

    These are variables for the packages of this Python, for the places that pip and uv install into, and for colours.
    """
    own = without_repository(os.environ)
    kept = {name: value for name, value in own.items() if name not in _HIDDEN and is_kept(name)}
    return kept | _PLAIN | PIP_OFF | more


def _without_escapes_in(log: Path, begin: int) -> str:
    """Return the text added to a log, and remove its escape sequences from the log: a build may print them."""
    with log.open("r+b") as file:
        file.seek(begin)
        added = file.read()
        text = without_escapes(added.decode("utf-8", "replace"))
        if b"\x1b" in added:
            file.seek(begin)
            file.truncate()
            file.write(text.encode())
    return text
