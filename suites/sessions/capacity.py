"""Searches for the capacity of a target: the highest rate that it sustains, in a bounded number of sessions."""

from collections.abc import Callable

SESSIONS = 6
"""The sessions of a search, at most."""
QUICK_SESSIONS = 2
CLOSE = 1.1
"""The ratio of the lowest rate that failed to the highest that held at which the search ends."""
_FAR = 2.0
"""The factor to the next rate while only one side is known."""


def search(sustains: Callable[[float], bool], begin: float, sessions: int = SESSIONS) -> float | None:
    """Return the highest rate that `sustains` is true of, searched from `begin` on; None if it held for none.

    Each call is one session. Rates between the two sides are tried at their geometric mean.
    """
    held: float | None = None
    failed: float | None = None
    rate = begin
    for _ in range(sessions):
        if sustains(rate):
            held = rate
        else:
            failed = rate
        if held is None:
            rate = (failed or rate) / _FAR
        elif failed is None:
            rate = held * _FAR
        elif failed / held <= CLOSE:
            break
        else:
            rate = (held * failed) ** 0.5
    return held
