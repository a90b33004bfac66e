"""Waits that CPU time does not show: too seldom for the clock that was chosen, and not too seldom to matter."""

from collections.abc import Sequence

from taskgauge.reports.run_folder.duet_pairs import Pair

_SHARE = 0.05
"""Head must wait in so many of its slices,"""
_TIMES = 3
"""and in so many times as many as base."""


def unseen_waits(pairs: Sequence[Pair]) -> dict[str, str]:
    """Return the operations that were timed by CPU while head waited far oftener than base, each with a sentence."""
    sentences = {}
    for operation in dict.fromkeys(pair.operation for pair in pairs):
        timed = [pair for pair in pairs if (pair.operation, pair.comparison, pair.clock) == (operation, "head", "cpu")]
        slices = sum(len(pair.head_ns) for pair in timed)
        base = sum(waits > 0 for pair in timed for waits in pair.base_waits)
        head = sum(waits > 0 for pair in timed for waits in pair.head_waits)
        if head and head >= _SHARE * slices and head > _TIMES * base:
            sentences[operation] = (
                f"head waited in {head} of {slices} slices, base in {base}: CPU time does not show what it took"
            )
    return sentences
