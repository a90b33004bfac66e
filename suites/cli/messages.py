"""The lines that a command writes to standard error."""

import click

from taskgauge.suites.run_control.exit_codes import ExitCode


def say(line: str, code: ExitCode = ExitCode.HELD) -> ExitCode:
    """Print a line, and return the exit code that it explains."""
    click.echo(f"taskgauge: {line}", err=True)
    return code


def wrong_use(error: Exception) -> click.UsageError:
    """Print each problem of an error, and return it as an error of the command line."""
    for line in getattr(error, "problems", ()):
        say(line)
    return click.UsageError(str(error))
