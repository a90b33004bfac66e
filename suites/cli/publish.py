"""The command `taskgauge publish`: it adds runs to the published results, and renews the documents that show them."""

from collections.abc import Sequence
from pathlib import Path

import click

from taskgauge.reports.publication.published_documents import documents, read_published, stale, write_documents
from taskgauge.reports.publication.published_folder import publish_runs
from taskgauge.reports.run_folder.errors import ReportError
from taskgauge.suites.cli.messages import say, wrong_use
from taskgauge.suites.cli.published_commits import commit_faults
from taskgauge.suites.run_control.exit_codes import ExitCode


class NothingToCheck(click.UsageError):
    """`--check` takes no run folders."""

    def __init__(self) -> None:
        super().__init__("--check only looks at what is published; leave the run folders out.")


def publish(
    *, runs: Sequence[Path], folder: Path, readme: Path | None, commit: str, check: bool, strict: bool
) -> ExitCode:
    """Publish the runs, or check what is published; return the exit code. Raise click.UsageError on bad input."""
    if check and runs:
        raise NothingToCheck
    try:
        problems = () if check else publish_runs(runs, folder, commit, strict=strict)
        published = read_published(folder)
        texts = documents(published, readme)
        changed = stale(texts)
        if not check:
            write_documents({path: texts[path] for path in changed})
    except ReportError as error:
        raise wrong_use(error) from error
    for line in problems:
        say(line)
    if check:
        return _checked(published.folder, [run.folder.run.commit for run in published.runs], changed)
    words = f"{len(published.runs)} published run{'' if len(published.runs) == 1 else 's'}"
    click.echo(f"{folder}: {words}, {len(changed)} document{'' if len(changed) == 1 else 's'} changed.")
    return ExitCode.HELD


def _checked(folder: Path, commits: Sequence[str], changed: Sequence[Path]) -> ExitCode:
    faults = [f"{path} differs from what the published runs say; run `taskgauge publish`." for path in changed]
    faults += commit_faults(folder, dict.fromkeys(commits))
    for line in faults:
        say(line)
    if not faults:
        click.echo(f"{folder}: {len(commits)} published runs are those of this history, and all documents show them.")
    return ExitCode.BROKEN if faults else ExitCode.HELD
