"""The command that makes a figure again, alone."""

import shlex
from collections.abc import Iterable, Sequence

from taskgauge.reports.run_folder.registry import Part

_FLAGS = {"--quick", "--full"}
_OF_SCALE = {"--tasks", "--processes", "--slices"}


def command(part: Part, metrics: Iterable[str | None] = (), arms: Iterable[str] = (), scale: Iterable[str] = ()) -> str:
    """Return the command for these metrics and arms; the baseline and its control are always among them.

    `scale` are the options by which the run had its scale, as `scale_of` finds them.
    """
    words = ["taskgauge", "bench", "--part", part.name]
    for name in dict.fromkeys(filter(None, metrics)):
        words += ["--only", name]
    # The arms of other parts are always measured together.
    if part.subject == "variants" and (arms := list(arms)):
        for arm in dict.fromkeys(filter(None, [part.baseline, part.control, *arms])):
            words += ["--variant", arm]
    return shlex.join([*words, *scale])


def scale_of(asked: Sequence[str]) -> tuple[str, ...]:
    """Return the options of a run's command that say how much it measures; the sizes of its rows follow from these."""
    found: list[str] = []
    for word, value in zip(asked, [*asked, ""][1:], strict=True):
        if word in _FLAGS or word.partition("=")[0] in _OF_SCALE:
            found += [word, value] if word in _OF_SCALE else [word]
    return tuple(found)
