"""The command that makes a figure again, alone."""

import shlex
from collections.abc import Iterable, Sequence

from taskgauge.reports.run_folder.measures import PLACEBO

# The arms of the other parts are ways to do one thing, not variants; they are always measured together.
_VARIANT_PARTS = {"time", "memory", "transport", "dispatch", "behaviour"}


_FLAGS = {"--quick", "--full"}
_OF_SCALE = {"--tasks", "--processes", "--slices"}


def command(part: str, measures: Iterable[str | None] = (), arms: Iterable[str] = (), scale: Iterable[str] = ()) -> str:
    """Return the command for these measures and arms; the baseline and the placebo are always among them.

    `scale` are the options by which the run had its scale, as `scale_of` finds them.
    """
    words = ["taskgauge", "bench", "--part", part]
    for name in dict.fromkeys(filter(None, measures)):
        words += ["--only", name]
    if part in _VARIANT_PARTS and (arms := list(arms)):
        extra = ["today"] if part == "behaviour" else ["today", PLACEBO]
        for arm in dict.fromkeys([*extra, *arms]):
            words += ["--variant", arm]
    return shlex.join([*words, *scale])


def scale_of(asked: Sequence[str]) -> tuple[str, ...]:
    """Return the options of a run's command that say how much it measures; the sizes of its rows follow from these."""
    found: list[str] = []
    for word, value in zip(asked, [*asked[1:], ""], strict=True):
        if word in _FLAGS or word.partition("=")[0] in _OF_SCALE:
            found += [word, value] if word in _OF_SCALE else [word]
    return tuple(found)
