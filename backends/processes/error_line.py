"""Finds the line in the output of a process that explains its failure."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

SILENT = "it said nothing"
_FRAME = " \u00d7\u2570\u2500\u25b6\u2502>"
"""The characters that uv and pip draw before their errors."""
_ERRORS = ("error: ", "ERROR: ", "fatal: ", "E  ", "Exit: ")
"""The beginnings of the errors of pip, uv, git and pytest."""
_NOISE = ("[notice]", "note:", "hint:", "WARNING:", "warning:")
_MOST = 300
"""The characters of a line that are kept."""
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours and movements
    r"|\x1b[]P^_X][^\x07\x1b]*(?:\x07|\x1b\\)?"  # links and titles, which click.unstyle does not remove
    r"|\x1b[ -/]*[0-~]?"
)


def without_escapes(output: str) -> str:
    """Return a text without escape sequences: colours, links and cursor movements."""
    return _ESCAPES.sub("", output)


def explaining_line(output: str | Path, *, last: int = 1, otherwise: str = SILENT) -> str:
    """Return the line of an output, or of a file, that explains a failure; `otherwise` if there is no line.

    The line is the reason why requirements cannot be resolved, the last line of a build, or the last marked error of
    a tool. If there is none of these, it is the `last` lines, joined.
    """
    if isinstance(output, Path):
        output = output.read_text(encoding="utf-8", errors="replace") if output.exists() else ""
    lines = list(filter(None, map(_plain, without_escapes(output).splitlines())))
    lines = [line.removeprefix("cause: ") for line in lines if not line.startswith(_NOISE)] or lines
    because = [line for line in lines if line.startswith("Because ")]
    built = list(_of_a_build(lines))
    errors = [line for line in lines if line.startswith(_ERRORS)]
    if because:
        lines = because[:1]
    elif built:
        lines = [f"it does not build: {built[-1]}"]
    else:
        lines = errors[-1:] or lines[-last:]
    return " | ".join(_shortened(line) for line in lines) or otherwise


def _plain(line: str) -> str:
    """Return a line without the frames of uv, pip and pytest's headings."""
    line = line.lstrip(_FRAME).rstrip()
    return line.strip(" =") if line.startswith("==") else line


def _shortened(line: str) -> str:
    for beginning in _ERRORS[:-1]:
        line = line.removeprefix(beginning)
    return " ".join(line.split())[:_MOST]


def _of_a_build(lines: Sequence[str]) -> Iterator[str]:
    """Yield the output of a build: uv prints it at the end, pip between two lines of its own."""
    begun = False
    for line in lines:
        if line == "[end of output]":
            return
        if begun:
            yield line
        begun = begun or line == "[stderr]" or line.endswith("lines of output]")
