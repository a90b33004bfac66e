"""The clock that pytest-benchmark reads: it advances by what the journal says, not by what the process waited."""

_seconds = 0.0


def journal_clock() -> float:
    """Seconds; between two readings lies what was added in between."""
    return _seconds


def advance(seconds: float) -> None:
    """Let the clock go on."""
    global _seconds  # noqa: PLW0603 -- a clock has one state, and pytest-benchmark takes a function
    _seconds += seconds
