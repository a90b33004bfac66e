"""The command `taskgauge conformance`: it checks targets, writes the report and chooses the exit code."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from taskgauge.backends.descriptors.reader import DescriptorError, TargetUnknown
from taskgauge.backends.environments.installer import Installer
from taskgauge.backends.errors import WrongUse
from taskgauge.backends.processes.interruption import Interrupted, interruption
from taskgauge.reports.run_folder.errors import ReportError
from taskgauge.suites.cli.conformance_options import ConformanceOptions
from taskgauge.suites.cli.conformance_runs import run_all
from taskgauge.suites.cli.conformance_targets import choose, installed
from taskgauge.suites.cli.messages import say
from taskgauge.suites.conformance.harness.target_run import RunOptions, TargetRun
from taskgauge.suites.conformance.requirements import load_requirements
from taskgauge.suites.run_control.display import display_for
from taskgauge.suites.run_control.exit_codes import ExitCode
from taskgauge.suites.run_control.folder import new_run_folder
from taskgauge.suites.run_control.processors import usable_processors
from taskgauge.suites.run_control.provenance import commit

if TYPE_CHECKING:
    from taskgauge.reports.pages.report import Report


def conformance(asked: ConformanceOptions) -> ExitCode:
    """Check the targets, write and print the report; return the exit code.

    Raise click.UsageError for arguments that cannot be used.
    """
    check_requirements(asked.requirements)
    try:
        chosen, left_out = choose(asked.targets, asked.environments, install=asked.install)
    except (TargetUnknown, DescriptorError) as error:
        raise click.UsageError(str(error)) from error
    with interruption() as noticed:
        try:
            folder = _folder(asked.out)
        except WrongUse as error:
            raise click.UsageError(str(error)) from error
        record = asked.record(folder, chosen, left_out)
        display = display_for(sys.stderr)
        interrupted = None
        runs: list[TargetRun] = []
        able = chosen
        try:
            installer = Installer.found(None, folder / "log" / "environments.txt", noticed)
            able = installed(chosen, installer, record, display)
            runs = run_all(
                able,
                RunOptions(
                    folder=folder,
                    requirements=tuple(asked.requirements),
                    keyword=asked.keyword,
                    first=asked.first,
                ),
                record,
                jobs=asked.jobs or usable_processors(),
                display=display,
                noticed=noticed,
            )
        except Interrupted as error:
            interrupted = error
        finally:
            display.close()
            record.write("interrupted" if interrupted else "finished")
        if runs and all(run.chose_nothing for run in runs):
            return say(f"nothing was checked: no test is called {asked.keyword!r}", ExitCode.NOTHING_MEASURED)
        code = conclude(folder, interrupted, strict=asked.strict, any_chosen=bool(able))
        if asked.targets and len(able) < len(chosen) and code in {ExitCode.HELD, ExitCode.INCONCLUSIVE}:
            return ExitCode.HARNESS_FAILED
        return ExitCode.WRONG_USE if code == ExitCode.HARNESS_FAILED and any(run.wrong_use for run in runs) else code


def check_requirements(requirements: Sequence[str]) -> None:
    """Raise click.UsageError for a requirement that does not exist."""
    known = load_requirements()
    for requirement in requirements:
        if requirement not in known:
            raise click.UsageError(f"there is no requirement {requirement!r}: they are called ENQ-01 and the like")


def _folder(out: Path | None) -> Path:
    """Return a new run folder, or the folder `out` if it holds the verdicts of other targets."""
    if out is not None and (out / "conformance").is_dir():
        (out / "log").mkdir(exist_ok=True)
        return out.resolve()
    return new_run_folder(out, commit())


def conclude(folder: Path, interrupted: Interrupted | None, *, strict: bool, any_chosen: bool) -> ExitCode:
    """Write and print the report of a run folder, print how the run ended, and return the exit code."""
    if not any_chosen:
        return say(
            "nothing was checked: no target can run here; `taskgauge backends` says why", ExitCode.NOTHING_MEASURED
        )
    from taskgauge.reports.pages.report import write_report  # noqa: PLC0415 -- slow to import, and not before the run

    try:
        report = write_report([folder])
    except ReportError as error:
        return say(f"no report: {error}", ExitCode(interrupted.exit_code) if interrupted else ExitCode.HARNESS_FAILED)
    click.echo(report.terminal(tables=False))
    click.echo(f"Every row: {folder / 'report.md'}, or `taskgauge report --all {folder}`.", err=True)
    if interrupted:
        return say(
            f"interrupted by {interrupted}: what was finished is kept in {folder}", ExitCode(interrupted.exit_code)
        )
    return exit_code(report, strict=strict)


def exit_code(report: "Report", *, strict: bool) -> ExitCode:
    """Print one line on the verdicts, and return the exit code."""
    if report.faults:
        line, code = " ".join(report.faults), ExitCode.BROKEN
    elif report.not_judged:
        line, code = f"not judged: {'; '.join(report.not_judged)}", ExitCode.HARNESS_FAILED
    elif report.unfinished:
        line, code = f"not judged to the end: {'; '.join(report.unfinished)}", ExitCode.HARNESS_FAILED
    elif report.unknown:
        line = f"{report.unknown} {'row' if report.unknown == 1 else 'rows'} could not be concluded"
        code = ExitCode.INCONCLUSIVE if strict else ExitCode.HELD
    else:
        return ExitCode.HELD
    say(line)
    return code
