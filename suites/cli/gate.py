"""The command `taskgauge gate`: it runs the gate, writes its report and chooses the exit code."""

import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from taskgauge.backends.descriptors.reader import DescriptorError, TargetUnknown
from taskgauge.backends.errors import WrongUse
from taskgauge.backends.processes.interruption import Interrupted, interruption
from taskgauge.reports.run_folder.errors import ReportError
from taskgauge.reports.run_folder.gate_files import GateOptions
from taskgauge.reports.run_folder.gate_folder import read_gate_folder
from taskgauge.suites.cli.messages import say
from taskgauge.suites.gate.gate_options import GateRequest, MarginNotUnderstood, parse_margins
from taskgauge.suites.gate.processes import Timeouts
from taskgauge.suites.gate.run import GateEnding, run
from taskgauge.suites.run_control.display import display_for
from taskgauge.suites.run_control.exit_codes import ExitCode

PAIRS = 10
"""Pairs of processes in a round."""
GATES = 10
"""Gates whose pairs a calibration collects."""
_SUMMARY = "GITHUB_STEP_SUMMARY"
_ON_GITHUB = "GITHUB_ACTIONS"


def gate(
    *,
    command: list[str],
    base: str | None,
    head: str | None,
    targets: Sequence[str],
    only: Sequence[str],
    parts: Sequence[str],
    more: Sequence[str],
    pairs: int | None,
    slices: int,
    margins: Sequence[str],
    calibrate: bool,
    gates: int | None,
    python: str | None,
    markdown: Path | None,
    out: Path | None,
    seed: int | None,
    strict: bool,
    timeouts: Timeouts = Timeouts(),  # noqa: B008 -- frozen
) -> ExitCode:
    """Run the gate, write and print its report; return the exit code.

    Raise click.UsageError for options that cannot be used.
    """
    _refuse_ignored_options(
        calibrate, gates, {"--head": head, "--part": parts, "--markdown": markdown, "--strict": strict}
    )
    try:
        margin, own_margins = parse_margins(margins)
    except MarginNotUnderstood as error:
        raise click.UsageError(str(error)) from error
    request = GateRequest(
        base=base,
        head=head,
        targets=tuple(targets),
        only=tuple(only),
        parts=tuple(parts),
        more=tuple(more),
        python=python,
        options=GateOptions(margin=margin, margins=own_margins, pairs=pairs or PAIRS, slices=slices),
        calibration=(pairs or (gates or GATES) * PAIRS) if calibrate else 0,
        seed=secrets.randbelow(2**32) if seed is None else seed,
        folder=Path.cwd(),
    )
    with interruption() as noticed:
        try:
            outcome = run(
                request,
                out=out,
                command=command,
                display=display_for(sys.stderr),
                interruption=noticed,
                timeouts=timeouts,
            )
        except (WrongUse, TargetUnknown, DescriptorError) as error:
            if noticed.received is not None:
                # Ctrl-C reaches git as well; its error then is not the reason.
                return _interrupted(Interrupted(noticed.received))
            raise click.UsageError(str(error)) from error
        except Interrupted as interrupted:
            return _interrupted(interrupted)
        if outcome.refused is not None:
            return say(str(outcome.refused), ExitCode.WRONG_USE)
        return _calibrated(outcome) if calibrate else conclude(outcome, markdown=markdown, strict=strict)


def _refuse_ignored_options(calibrate: bool, gates: int | None, gate_options: dict[str, object]) -> None:
    if not calibrate and gates:
        raise click.UsageError("--gates is for --calibrate only: add --calibrate, or leave out --gates")
    ignored = [name for name, value in gate_options.items() if calibrate and value]
    if ignored:
        raise click.UsageError(
            f"--calibrate compares base with itself and judges nothing: leave out {', '.join(ignored)}"
        )


def conclude(outcome: GateEnding, *, markdown: Path | None, strict: bool) -> ExitCode:
    """Judge the finished measurements, write and print the report, and return the exit code."""
    from taskgauge.reports.judging.gate.judge import judge  # noqa: PLC0415 -- slow to import, and not before the run
    from taskgauge.reports.pages.gate.rendering import render, write  # noqa: PLC0415

    try:
        judged = judge(read_gate_folder(outcome.folder))
        write(judged)
    except ReportError as error:
        if outcome.interrupted:
            return _interrupted(outcome.interrupted, outcome.folder)
        return say(f"no report: {error}", ExitCode.HARNESS_FAILED)
    text = render(judged, "markdown")
    try:
        if markdown is not None:
            markdown.write_text(text, encoding="utf-8")
        if summary := os.environ.get(_SUMMARY):
            with Path(summary).open("a", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        return say(f"{error.filename} cannot be written: {error.strerror}", ExitCode.WRONG_USE)
    click.echo(render(judged, "terminal"))
    if os.environ.get(_ON_GITHUB) == "true":
        click.echo(render(judged, "annotations"))
    click.echo(f"Everything: {outcome.folder / 'report.md'}, or `taskgauge report {outcome.folder}`.", err=True)
    if outcome.interrupted:
        return _interrupted(outcome.interrupted, outcome.folder)
    code = ExitCode(judged.exit_code(strict))
    return code if code is ExitCode.HELD and judged.verdict == "PASS" else say(judged.sentence, code)


def _calibrated(outcome: GateEnding) -> ExitCode:
    from taskgauge.reports.judging.gate.calibration import calibration  # noqa: PLC0415
    from taskgauge.reports.pages.gate.calibration_report import (  # noqa: PLC0415
        render_calibration,
        write_calibration,
    )

    try:
        calibrated = calibration(outcome.folder)
        write_calibration(calibrated, outcome.folder)
    except ReportError as error:
        if outcome.interrupted:
            return _interrupted(outcome.interrupted, outcome.folder)
        return say(f"no calibration: {error}", ExitCode.NOTHING_MEASURED)
    click.echo(render_calibration(calibrated, "terminal"))
    if outcome.interrupted:
        return _interrupted(outcome.interrupted, outcome.folder)
    return ExitCode.HELD


def _interrupted(interrupted: Interrupted, folder: Path | None = None) -> ExitCode:
    kept = f"what was finished is kept in {folder}" if folder else "nothing was measured yet"
    return say(f"interrupted by {interrupted}: {kept}", ExitCode(interrupted.exit_code))
