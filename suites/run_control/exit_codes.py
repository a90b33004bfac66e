"""What the exit codes of the `taskgauge` command mean."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of the `taskgauge` command; no other is ever used."""

    HELD = 0
    """All that was asked for was done, and it held."""
    BROKEN = 1
    """A regression, or something that must hold did not."""
    WRONG_USE = 2
    """The command was given something it cannot use."""
    INCONCLUSIVE = 3
    """Not everything could be concluded; only with `--strict`, else a warning and 0."""
    HARNESS_FAILED = 4
    """The harness or a benchmark itself failed."""
    NOTHING_MEASURED = 5
    """Nothing was measured."""
    INTERRUPTED = 130
    """Ctrl-C."""
    TERMINATED = 143
    """SIGTERM."""
