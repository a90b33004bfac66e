"""The exit codes of the `taskgauge` command and their meanings."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of the `taskgauge` command; it uses no others."""

    HELD = 0
    """The whole request was carried out, and everything held."""
    BROKEN = 1
    """A regression was detected, or something that must hold did not."""
    WRONG_USE = 2
    """The command cannot use an option or argument."""
    INCONCLUSIVE = 3
    """Some results are inconclusive. Used only with `--strict`; otherwise the command warns and ends with 0."""
    HARNESS_FAILED = 4
    """The harness or a benchmark itself failed."""
    NOTHING_MEASURED = 5
    """Nothing was measured."""
    INTERRUPTED = 130
    """Ctrl-C."""
    TERMINATED = 143
    """SIGTERM."""
