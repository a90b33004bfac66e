"""The clock that pytest-benchmark reads: it advances by the seconds in the event log, not by the time that passes."""

_seconds = 0.0


def journal_clock() -> float:
    """Return the seconds that were added so far."""
    return _seconds


def advance(seconds: float) -> None:
    """Add seconds to the clock."""
    global _seconds  # noqa: PLW0603 -- a clock has one state, and pytest-benchmark takes a function
    _seconds += seconds
