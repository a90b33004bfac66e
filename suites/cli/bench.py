"""The command `taskgauge bench`: it runs the parts, writes the report and chooses the exit code."""

import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

import click

from taskgauge.backends.descriptors.errors import DescriptorError, TargetUnknown
from taskgauge.backends.errors import WrongUse
from taskgauge.backends.processes.interruption import Interrupted, interruption
from taskgauge.reports.judging.published_chart import BY_TARGET
from taskgauge.reports.judging.published_chart import PART as CHART
from taskgauge.reports.run_folder.errors import ReportError
from taskgauge.reports.run_folder.registry import Part
from taskgauge.suites.cli.bench_part_run import Timeouts
from taskgauge.suites.cli.bench_parts import HOSTS, PARTS
from taskgauge.suites.cli.bench_run import BenchOutcome, run
from taskgauge.suites.cli.bench_targets import ChosenTargets, absolute, every_target, installed
from taskgauge.suites.run_control.display import display_for
from taskgauge.suites.run_control.errors import SurveyFailed
from taskgauge.suites.run_control.exit_codes import ExitCode
from taskgauge.suites.run_control.options import SCALES, Options


def bench(
    *,
    command: list[str],
    scale: str | None,
    tasks: int | None,
    arms: Sequence[str],
    parts: Sequence[str],
    only: Sequence[str],
    targets: Sequence[str] = (),
    every: bool = False,
    install: bool = False,
    budget: float | None = None,
    all_cells: bool = False,
    one_cell: bool = False,
    rows: Literal["production", "installed", "both"] = "production",
    out: Path | None,
    processes: int | None,
    slices: int | None,
    memory: int | None,
    seed: int | None,
    strict: bool,
    all_parts: Sequence[Part] = PARTS,
    timeouts: Timeouts = Timeouts(),  # noqa: B008 -- frozen
) -> ExitCode:
    """Run the chosen parts, write and print the report; return the exit code.

    Raise click.UsageError for options that cannot be used.
    """
    wanted = choose(all_parts, parts, of_all_targets=every)
    of_targets = {"--target": targets, "--install": install, "--all": every, "--budget": budget}
    check_options(wanted, all_parts, of_targets | of_cells(rows, all_cells=all_cells))
    options = options_for(
        scale=scale,
        tasks=tasks,
        arms=arms,
        only=only,
        one_cell=one_cell or (every and not all_cells),
        all_cells=all_cells,
        rows=rows,
        processes=processes,
        slices=slices,
        memory=memory,
        seed=seed,
    )
    with interruption() as noticed:
        display = display_for(sys.stderr)
        try:
            named = targets or default_targets(wanted)
            selected = every_target() if every else ChosenTargets(names=tuple(map(absolute, named)))
            if every or install:
                selected = installed(selected, display, noticed)
                if not selected.names:
                    reasons = "; ".join(f"{lost.what} {lost.why}" for lost in selected.left_out)
                    return _say(f"nothing was measured: {reasons}", ExitCode.NOTHING_MEASURED)
            outcome = run(
                wanted,
                replace(options, targets=selected.names, environments=selected.environments),
                out=out,
                command=command,
                display=display,
                interruption=noticed,
                timeouts=timeouts,
                budget=budget,
                left_out=selected.left_out,
            )
        except (WrongUse, DescriptorError, TargetUnknown) as error:
            raise click.UsageError(str(error)) from error
        except SurveyFailed as error:
            return _say(str(error), ExitCode.HARNESS_FAILED)
        except Interrupted as interrupted:
            return _say(f"interrupted by {interrupted} before anything ran", ExitCode(interrupted.exit_code))
        code = conclude(outcome, strict=strict)
        if targets and selected.left_out and code in {ExitCode.HELD, ExitCode.INCONCLUSIVE}:
            return _say("; ".join(f"{lost.what} {lost.why}" for lost in selected.left_out), ExitCode.HARNESS_FAILED)
        return code


def default_targets(wanted: Sequence[Part]) -> Sequence[str]:
    """Return the targets of a run that names none: those of the published chart if it measures nothing else."""
    return tuple(BY_TARGET) if {part.name for part in wanted} == {CHART} else ()


def of_cells(rows: str, *, all_cells: bool) -> dict[str, object]:
    """Return the options that choose the cells of whole backends, with what was asked for."""
    return {"--rows": rows != "production", "--all-cells": all_cells}


def check_options(wanted: Sequence[Part], all_parts: Sequence[Part], asked: Mapping[str, object]) -> None:
    """Raise click.UsageError for an option of whole backends if the wanted parts do not measure them."""
    whole = [part.files == "traces" for part in wanted]
    for option, value in asked.items():
        if value and not (all(whole) if option == "--budget" else any(whole)):
            names = ", ".join(part.name for part in all_parts if part.files == "traces")
            raise click.UsageError(f"{option} is for the parts that measure whole backends: --part {names}")
    if asked.get("--all") and asked["--target"]:
        raise click.UsageError("--all measures every target: leave out --target")


def options_for(
    *,
    scale: str | None,
    tasks: int | None,
    arms: Sequence[str],
    only: Sequence[str],
    processes: int | None,
    slices: int | None,
    memory: int | None,
    seed: int | None,
    one_cell: bool = False,
    all_cells: bool = False,
    rows: Literal["production", "installed", "both"] = "production",
) -> Options:
    """Return the options of a run that the command line asks for, without its run folder and targets."""
    from taskgauge.suites.shapes.arms import with_baseline  # noqa: PLC0415 -- imports Django, which is slow

    make = SCALES[scale or "default"]
    chosen = make() if tasks is None else make(tasks)
    return Options(
        scale=replace(chosen, processes=processes or chosen.processes, slices=slices or chosen.slices),
        run_folder=Path(),
        arms=with_baseline(arms),
        only=tuple(only),
        one_cell=one_cell,
        all_cells=all_cells,
        rows=rows,
        backlog=tasks,
        seed=secrets.randbelow(2**32) if seed is None else seed,
        memory=memory,
    )


def choose(parts: Sequence[Part], names: Sequence[str], *, of_all_targets: bool = False) -> tuple[Part, ...]:
    """Return the parts with these names, in the order in which they run.

    Without names, return all that run by default, or all that a run of all targets measures.

    Raise click.UsageError for a name that no part has.
    """
    known = [part.name for part in parts]
    for name in names:
        if name == HOSTS.name and name not in known:
            raise click.UsageError(f"--part {name} needs --cluster: several hosts send at the same time")
        if name not in known:
            near = get_close_matches(name, known, n=1)
            advice = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
            raise click.UsageError(f"there is no part {name!r}: {advice}")
    if names:
        return tuple(part for part in parts if part.name in names)
    if of_all_targets:
        return tuple(part for part in parts if part.of_all_targets)
    return tuple(part for part in parts if not part.on_request)


def conclude(outcome: BenchOutcome, *, strict: bool) -> ExitCode:
    """Write and print the report of the finished parts, print how the run ended, and return the exit code."""
    faults: tuple[str, ...] = ()
    if outcome.states("finished", "failed", "interrupted"):
        from taskgauge.reports.pages.report import write_report  # noqa: PLC0415 -- slow to import, and not before the run

        try:
            report = write_report([outcome.folder])
        except ReportError as error:
            click.echo(f"taskgauge: no report: {error}", err=True)
            return ExitCode(outcome.interrupted.exit_code) if outcome.interrupted else ExitCode.HARNESS_FAILED
        faults = tuple(fault for analysis in report.analyses for fault in analysis.faults)
        if outcome.interrupted is None:
            click.echo(report.terminal(tables=False))
    if outcome.interrupted is None:
        click.echo(
            f"Every table: {outcome.folder / 'report.md'}, or `taskgauge report --all {outcome.folder}`.", err=True
        )
    line, code = ending(outcome, faults, strict=strict)
    if line:
        click.echo(f"taskgauge: {line}", err=True)
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


def _say(line: str, code: ExitCode) -> ExitCode:
    click.echo(f"taskgauge: {line}", err=True)
    return code
