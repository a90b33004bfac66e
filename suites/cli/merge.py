"""The command `taskgauge merge`: it joins run folders, and writes the report of the result."""

from collections.abc import Sequence
from pathlib import Path

import click

from taskgauge.reports.pages.report import write_report
from taskgauge.reports.run_folder.errors import ReportError
from taskgauge.reports.run_folder.merged_folder import merge as execute
from taskgauge.suites.cli.messages import say, wrong_use
from taskgauge.suites.run_control.errors import OutNotEmpty, OutNotWritable
from taskgauge.suites.run_control.exit_codes import ExitCode
from taskgauge.suites.run_control.folder import check_out


def merge(*, runs: Sequence[Path], out: Path, strict: bool) -> ExitCode:
    """Merge the runs into a new folder, and return the exit code. Raise click.UsageError if they cannot be merged."""
    try:
        check_out(out)
        problems = execute(runs, out, strict=strict)
        write_report([out])
    except (OutNotEmpty, OutNotWritable, ReportError) as error:
        raise wrong_use(error) from error
    for line in problems:
        say(line)
    click.echo(f"{out}: {len(runs) - len(problems)} runs in one; {out / 'report.md'}.")
    return ExitCode.HELD
