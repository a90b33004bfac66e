"""The command `taskgauge site`: it builds the static site, and says which run folders it left out."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from taskgauge.reports.run_folder.errors import ReportError
from taskgauge.suites.cli.messages import say, wrong_use
from taskgauge.suites.run_control.exit_codes import ExitCode


class SiteExtraMissing(click.ClickException):
    """A package that builds the site is not installed."""

    def __init__(self, name: str | None) -> None:
        super().__init__(f"The site needs {name}: install it by `pip install 'taskgauge[site]'`.")


def site(*, runs: Sequence[Path], out: Path, responses: Path | None, strict: bool) -> ExitCode:
    """Build the site and print its size; return the exit code. Raise click.ClickException if nothing can be built."""
    try:
        from taskgauge.reports.site.site_folder import build_site  # noqa: PLC0415 -- the extra may not be installed
    except ModuleNotFoundError as error:
        raise SiteExtraMissing(error.name) from error
    try:
        built = build_site(runs, out, today=datetime.now(UTC).date(), responses=responses, strict=strict)
    except ReportError as error:
        raise wrong_use(error) from error
    for line in built.problems:
        say(line)
    size = f"{built.size / 1e6:.1f} MB"
    count = f"{len(built.runs)} run{'s' if len(built.runs) > 1 else ''}"
    click.echo(f"{out / 'index.html'}: {count}, {built.files:,} files, {size}.")
    return ExitCode.HELD
