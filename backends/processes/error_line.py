"""Finds the line in what pip, uv or git said that tells why they failed."""

import re
from collections.abc import Iterator, Sequence

_FRAME = " \u00d7\u2570\u2500\u25b6\u2502>"
"""What uv and pip draw around their errors."""
_ERRORS = ("error: ", "ERROR: ", "fatal: ")
_NOISE = ("[notice]", "note:", "hint:", "WARNING:", "warning:")
_MOST = 300
"""Characters of a line."""
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours and movements
    r"|\x1b[]P^_X][^\x07\x1b]*(?:\x07|\x1b\\)?"  # links and titles, which click.unstyle leaves
    r"|\x1b[ -/]*[0-~]?"
)


def without_escapes(said: str) -> str:
    """Return a text without the sequences that mean colours, links or movements to a terminal."""
    return _ESCAPES.sub("", said)


def telling_line(said: str) -> str:
    """Return the line that says why a tool failed: what cannot be resolved, what a build said last, or its error."""
    lines = [line.strip(_FRAME) for line in without_escapes(said).splitlines()]
    lines = [line.removeprefix("cause: ") for line in lines if line and not line.startswith(_NOISE)]
    because = [line for line in lines if line.startswith("Because ")]
    built = list(_of_a_build(lines))
    errors = [line for line in lines if line.startswith(_ERRORS)]
    if because:
        told = because[0]
    elif built:
        told = f"it does not build: {built[-1]}"
    else:
        told = (errors or lines or [""])[-1]
    for word in _ERRORS:
        told = told.removeprefix(word)
    return " ".join(told.split())[:_MOST]


def _of_a_build(lines: Sequence[str]) -> Iterator[str]:
    """Yield what a build said: uv puts it at its end, pip between two lines of its own."""
    begun = False
    for line in lines:
        if line == "[end of output]":
            return
        if begun:
            yield line
        begun = begun or line == "[stderr]" or line.endswith("lines of output]")
