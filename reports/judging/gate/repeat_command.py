"""The command that repeats one row of a gate."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from taskgauge.reports.run_folder.gate_files import Sides

_KEPT = ("--target", "--python", "--with", "--margin")
"""Options of the run's own command that its repetition needs, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """The beginning of the commands of all rows."""

    words: tuple[str, ...]

    def only(self, operation: str) -> str:
        """Return the command for one operation."""
        return shlex.join([*self.words, "--only", operation])


def repeat(sides: Sides | None, provenance: Mapping[str, object]) -> Repeat:
    """Return how a run is repeated, from its sides and its own command line."""
    words = ["taskgauge", "gate"]
    if sides is not None:
        words += ["--base", sides.base.asked, "--head", sides.head.asked]
    said = provenance.get("command")
    return Repeat(words=(*words, *_kept([str(word) for word in said] if isinstance(said, list) else [])))


def _kept(words: Sequence[str]) -> list[str]:
    kept: list[str] = []
    for at, word in enumerate(words):
        if word in _KEPT and at + 1 < len(words):
            kept += [word, words[at + 1]]
        elif word.partition("=")[0] in _KEPT and "=" in word:
            kept.append(word)
    return kept
