"""The command that makes a figure again, alone."""

import shlex
from collections.abc import Iterable

from taskgauge.reports.measures import PLACEBO

# The arms of the other parts are ways to do one thing, not variants; they are always measured together.
_VARIANT_PARTS = {"time", "memory", "transport", "dispatch", "behaviour"}


def command(part: str, measures: Iterable[str | None] = (), arms: Iterable[str] = (), size: int | None = None) -> str:
    """Return the command for these measures and arms; the baseline and the placebo are always among them."""
    words = ["taskgauge", "bench", "--part", part]
    for name in dict.fromkeys(filter(None, measures)):
        words += ["--only", name]
    if part in _VARIANT_PARTS and (arms := list(arms)):
        extra = ["today"] if part == "behaviour" else ["today", PLACEBO]
        for arm in dict.fromkeys([*extra, *arms]):
            words += ["--variant", arm]
    if size is not None and part in _VARIANT_PARTS:
        words += ["--tasks", str(size)]
    return shlex.join(words)
