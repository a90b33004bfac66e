"""The command `taskgauge bench`: it runs the parts, writes the report and chooses the exit code."""

import sys
from collections.abc import Sequence
from dataclasses import replace

import click

from taskgauge.backends.descriptors.errors import DescriptorError, TargetUnknown
from taskgauge.backends.errors import WrongUse
from taskgauge.backends.processes.interruption import Interrupted, interruption
from taskgauge.reports.judging.published_chart import BY_TARGET
from taskgauge.reports.judging.published_chart import PART as CHART
from taskgauge.reports.run_folder.errors import ReportError
from taskgauge.reports.run_folder.registry import Part
from taskgauge.suites.cli.bench_options import BenchOptions
from taskgauge.suites.cli.bench_part_run import Timeouts
from taskgauge.suites.cli.bench_parts import PARTS
from taskgauge.suites.cli.bench_run import BenchOutcome, run
from taskgauge.suites.cli.bench_targets import ChosenTargets, every_target, installed
from taskgauge.suites.cli.messages import say
from taskgauge.suites.run_control.display import display_for
from taskgauge.suites.run_control.errors import SurveyFailed
from taskgauge.suites.run_control.exit_codes import ExitCode


def bench(
    asked: BenchOptions,
    *,
    all_parts: Sequence[Part] = PARTS,
    timeouts: Timeouts = Timeouts(),  # noqa: B008 -- frozen
) -> ExitCode:
    """Run the chosen parts, write and print the report; return the exit code.

    Raise click.UsageError for options that cannot be used.
    """
    wanted = asked.chosen(all_parts)
    options = asked.for_suites()
    with interruption() as noticed:
        display = display_for(sys.stderr)
        try:
            named = ChosenTargets(names=options.targets or default_targets(wanted))
            selected = every_target() if asked.every else named
            if asked.every or asked.install:
                selected = installed(selected, display, noticed)
                if not selected.names:
                    reasons = "; ".join(f"{lost.what} {lost.why}" for lost in selected.left_out)
                    return say(f"nothing was measured: {reasons}", ExitCode.NOTHING_MEASURED)
            outcome = run(
                wanted,
                replace(options, targets=selected.names, environments=selected.environments),
                out=asked.out,
                command=asked.command,
                display=display,
                interruption=noticed,
                timeouts=timeouts,
                budget=asked.budget,
                left_out=selected.left_out,
            )
        except (WrongUse, DescriptorError, TargetUnknown) as error:
            raise click.UsageError(str(error)) from error
        except SurveyFailed as error:
            return say(str(error), ExitCode.HARNESS_FAILED)
        except Interrupted as interrupted:
            return say(f"interrupted by {interrupted} before anything ran", ExitCode(interrupted.exit_code))
        code = conclude(outcome, strict=asked.strict)
        if asked.targets and selected.left_out and code in {ExitCode.HELD, ExitCode.INCONCLUSIVE}:
            return say("; ".join(f"{lost.what} {lost.why}" for lost in selected.left_out), ExitCode.HARNESS_FAILED)
        return code


def default_targets(wanted: Sequence[Part]) -> tuple[str, ...]:
    """Return the targets of a run that names none: those of the published chart if it measures nothing else."""
    return tuple(BY_TARGET) if {part.name for part in wanted} == {CHART} else ()


def conclude(outcome: BenchOutcome, *, strict: bool) -> ExitCode:
    """Write and print the report of the finished parts, print how the run ended, and return the exit code."""
    faults: tuple[str, ...] = ()
    if outcome.states("finished", "failed", "interrupted"):
        from taskgauge.reports.pages.report import write_report  # noqa: PLC0415 -- slow to import, and not before the run

        try:
            report = write_report([outcome.folder])
        except ReportError as error:
            return say(
                f"no report: {error}",
                ExitCode(outcome.interrupted.exit_code) if outcome.interrupted else ExitCode.HARNESS_FAILED,
            )
        faults = tuple(fault for analysis in report.analyses for fault in analysis.faults)
        if outcome.interrupted is None:
            click.echo(report.terminal(tables=False))
    if outcome.interrupted is None:
        click.echo(
            f"Every table: {outcome.folder / 'report.md'}, or `taskgauge report --all {outcome.folder}`.", err=True
        )
    line, code = ending(outcome, faults, strict=strict)
    if line:
        say(line)
    return code


def ending(outcome: BenchOutcome, faults: Sequence[str], *, strict: bool) -> tuple[str, ExitCode]:
    """Return one line on how a run ended (empty if all held), and its exit code."""
    finished, failed, refused = (outcome.states(state) for state in ("finished", "failed", "refused"))
    # A finished part has a reason if it left out items that did not fit into memory.
    partial = "; ".join(f"{part.name}: {part.reason}" for part in [*refused, *finished] if part.reason)
    if outcome.interrupted:
        kept = f"{len(finished)} of {len(outcome.parts)} parts finished, kept in {outcome.folder}"
        line, code = f"interrupted by {outcome.interrupted}: {kept}", ExitCode(outcome.interrupted.exit_code)
    elif faults:
        line, code = " ".join(faults), ExitCode.BROKEN
    elif failed:
        # The reasons were printed when the parts failed, and are in run.json.
        names = ", ".join(part.name for part in failed)
        line, code = f"{len(failed)} of {len(outcome.parts)} parts failed: {names}", ExitCode.HARNESS_FAILED
    elif not finished:
        line, code = f"nothing was measured: {partial or 'nothing was asked for'}", ExitCode.NOTHING_MEASURED
    elif partial:
        line = f"not everything was measured: {partial}"
        code = ExitCode.INCONCLUSIVE if strict else ExitCode.HELD
    else:
        line, code = "", ExitCode.HELD
    return line, code
