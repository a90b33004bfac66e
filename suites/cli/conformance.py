"""The command `taskgauge conformance`: it checks targets, writes the report and chooses the exit code."""

import shlex
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from taskgauge.backends.descriptors.guarantees import Bounds
from taskgauge.backends.descriptors.model import Descriptor
from taskgauge.backends.descriptors.reader import (
    CATALOG,
    DescriptorError,
    TargetUnknown,
    has_descriptor,
    load_targets,
    name_to_ask_for,
)
from taskgauge.backends.environments.availability import TargetRow, target_rows
from taskgauge.backends.environments.backend_environments import environment_of, needs_environment
from taskgauge.backends.environments.installer import Installer
from taskgauge.backends.errors import WrongUse
from taskgauge.backends.processes.interruption import Interrupted, Interruption, interruption
from taskgauge.backends.processes.process_guard import temporary_folder
from taskgauge.reports.run_folder.errors import ReportError
from taskgauge.reports.run_folder.run_file import PartRecord
from taskgauge.reports.run_folder.target_results import read_target
from taskgauge.suites.cli.backend_installation import ENVIRONMENTS, install_backends
from taskgauge.suites.cli.messages import say
from taskgauge.suites.conformance.harness.target_run import RunOptions, TargetRun, outcome_of
from taskgauge.suites.conformance.harness.time_estimate import TimeEstimate, TypicalSeconds, typical_seconds
from taskgauge.suites.conformance.requirements import check_known_failures, load_requirements
from taskgauge.suites.run_control.display import Display, display_for
from taskgauge.suites.run_control.exit_codes import ExitCode
from taskgauge.suites.run_control.folder import new_run_folder
from taskgauge.suites.run_control.processors import usable_processors
from taskgauge.suites.run_control.provenance import RunRecord, commit

if TYPE_CHECKING:
    from taskgauge.reports.pages.report import Report

_POLL_SECONDS = 0.2
SILENCE_LIMIT = 300.0
"""Least seconds of silence after which a test counts as hung."""
_START_SECONDS = 10.0
"""Seconds of the start of a target, until its tests are known."""
_EXTRA_SECONDS = 120.0
"""Seconds that a test may take in addition to twice the waits that its backend documents."""


def conformance(
    *,
    names: Sequence[str],
    requirements: Sequence[str],
    keyword: str,
    first: bool,
    out: Path | None,
    jobs: int | None,
    environments: Path | None,
    install: bool,
    strict: bool,
    command: list[str],
    silence_limit: float = SILENCE_LIMIT,
) -> ExitCode:
    """Check the targets, write and print the report; return the exit code.

    `silence_limit` is the least seconds of silence after which a test counts as hung; a backend that documents
    long waits gets more. Raise click.UsageError for arguments that cannot be used.
    """
    check_requirements(requirements)
    try:
        chosen, left_out = choose(names, environments, install=install)
    except (TargetUnknown, DescriptorError) as error:
        raise click.UsageError(str(error)) from error
    with interruption() as noticed:
        try:
            folder = _folder(out)
        except WrongUse as error:
            raise click.UsageError(str(error)) from error
        asked = RunOptions(folder=folder, requirements=tuple(requirements), keyword=keyword, first=first)
        labels = [target.label for target in chosen]
        record = RunRecord.start(
            folder, {"targets": labels, "requirements": list(requirements)}, command, kind="conformance"
        )
        for row in left_out:
            record.leave_out(f"conformance {row.target}", "; ".join(row.missing))
        display = display_for(sys.stderr)
        interrupted = None
        runs: list[TargetRun] = []
        able = chosen
        try:
            able = _installed(
                chosen, Installer.found(None, folder / "log" / "environments.txt", noticed), record, display
            )
            runs = run_all(
                able,
                asked,
                record,
                jobs=jobs or usable_processors(),
                silence_limit=silence_limit,
                display=display,
                noticed=noticed,
            )
        except Interrupted as error:
            interrupted = error
        finally:
            display.close()
            record.write("interrupted" if interrupted else "finished")
        if runs and all(run.chose_nothing for run in runs):
            return say(f"nothing was checked: no test is called {keyword!r}", ExitCode.NOTHING_MEASURED)
        code = conclude(folder, interrupted, strict=strict, any_chosen=bool(able))
        if names and len(able) < len(chosen) and code in {ExitCode.HELD, ExitCode.INCONCLUSIVE}:
            return ExitCode.HARNESS_FAILED
        return ExitCode.WRONG_USE if code == ExitCode.HARNESS_FAILED and any(run.wrong_use for run in runs) else code


def check_requirements(requirements: Sequence[str]) -> None:
    """Raise click.UsageError for a requirement that does not exist."""
    known = load_requirements()
    for requirement in requirements:
        if requirement not in known:
            raise click.UsageError(f"there is no requirement {requirement!r}: they are called ENQ-01 and the like")


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectedTarget:
    """A target to check."""

    name: str
    """The name that `--target` takes."""
    label: str
    """The name in reports."""
    python: str
    """The interpreter of the environment in which it is installed."""
    bounds: Bounds
    command: str
    """The command that checks the target again."""
    typical: TypicalSeconds
    """The typical times of its tests."""
    to_install: Descriptor | None = None
    """The backend whose environment must be made first, if any."""

    @property
    def waits(self) -> float:
        """The sum of the waits that the backend documents, in seconds."""
        return sum(filter(None, (self.bounds.watched_recovery, self.bounds.deferral, self.bounds.idle_pick_up)))

    def expected(self, *, is_part: bool) -> float:
        """Return the seconds of its tests, before they are known; `is_part` says that not all of them run."""
        return _START_SECONDS if is_part else _START_SECONDS + self.typical.all

    def silence_limit(self, least: float) -> float:
        """Return the seconds that a test may be silent: long enough for the waits that the backend documents."""
        return max(least, _EXTRA_SECONDS + 2 * self.waits) if self.waits else least


def choose(
    names: Sequence[str], environments: Path | None = None, *, install: bool = False
) -> tuple[list[SelectedTarget], list[TargetRow]]:
    """Return the targets to check, and the rows of the left-out targets; raise TargetUnknown or DescriptorError.

    Without names, return the targets of the descriptor in this folder's pyproject.toml. Without such a descriptor,
    return all targets that can run here or in an environment. `environments` is a folder with one environment for each
    backend, named after the backend. With `install`, environments are made for the other backends.
    """
    own = Path("pyproject.toml")
    if names or has_descriptor(own):
        chosen = [target for name in names or [str(own)] for target in _named(name, environments, install=install)]
        for label, times in Counter(target.label for target in chosen).items():
            if times > 1:
                raise TargetUnknown(f"{label!r} is asked for {times} times, and each target has one file of verdicts")
        return chosen, []
    able, left_out = [], []
    for row in target_rows():
        [target] = _named(row.target, environments, install=install)
        if missing := row.missing if target.python == sys.executable else row.servers:
            left_out.append(replace(row, missing=missing))
        else:
            able.append(target)
    return able, left_out


def _named(name: str, environments: Path | None, *, install: bool) -> Iterator[SelectedTarget]:
    for target in load_targets(name):
        check_known_failures(target.descriptor)
        descriptor = target.descriptor
        python, to_install = sys.executable, None
        options: list[str] = []
        if not descriptor.path.is_relative_to(CATALOG):
            pass
        elif environments is not None and (own := environments.resolve() / descriptor.name / "bin" / "python").exists():
            python, options = str(own), ["--environments", str(environments)]
        elif install and needs_environment(descriptor):
            python, to_install = str(environment_of(descriptor, ENVIRONMENTS).python), descriptor
            options = ["--install"]
        yield SelectedTarget(
            name=name_to_ask_for(target, str(descriptor.path.resolve())),
            label=target.name,
            python=python,
            bounds=descriptor.bounds,
            command=shlex.join(["taskgauge", "conformance", name_to_ask_for(target), *options]),
            typical=typical_seconds(descriptor.runs, descriptor.bounds),
            to_install=to_install,
        )


def _installed(
    targets: Sequence[SelectedTarget], installer: Installer, record: RunRecord, display: Display
) -> list[SelectedTarget]:
    """Make the environments that targets need, and return the targets that can be checked. Raise Interrupted."""
    reasons = install_backends([target.to_install for target in targets if target.to_install], installer, display)
    able = []
    for target in targets:
        if target.to_install and (reason := reasons.get(target.to_install.name)):
            record.leave_out(f"conformance {target.label}", reason)
        else:
            able.append(target)
    return able


def _folder(out: Path | None) -> Path:
    """Return a new run folder, or the folder `out` if it holds the verdicts of other targets."""
    if out is not None and (out / "conformance").is_dir():
        (out / "log").mkdir(exist_ok=True)
        return out.resolve()
    return new_run_folder(out, commit())


def run_all(
    targets: Sequence[SelectedTarget],
    asked: RunOptions,
    record: RunRecord,
    *,
    jobs: int,
    silence_limit: float,
    display: Display,
    noticed: Interruption,
) -> list[TargetRun]:
    """Check each target by its interpreter, `jobs` targets side by side; return their runs.

    Targets with the longest waits start first, so that others can run meanwhile. Raise Interrupted after all runs have
    ended.
    """
    (asked.folder / "conformance").mkdir(exist_ok=True)
    waiting = sorted(targets, key=lambda target: -target.waits)
    running: list[tuple[TargetRun, PartRecord, float]] = []
    over: list[TargetRun] = []
    with temporary_folder("taskgauge-") as temporary:
        try:
            while waiting or running:
                noticed.check()
                while waiting and len(running) < jobs:
                    target = waiting.pop(0)
                    silence = target.silence_limit(silence_limit)
                    estimate = TimeEstimate(target.typical, target.expected(is_part=asked.is_part))
                    run = TargetRun(
                        target.name, target.label, asked, temporary, silence, target.python, target.command, estimate
                    )
                    part = PartRecord(name=f"conformance {run.label}", predicted_seconds=0.0, state="running")
                    record.parts.append(part)
                    record.write("running")
                    run.start()
                    running.append((run, part, time.monotonic()))
                for entry in list(running):
                    run, part, begin = entry
                    is_over = not run.look()
                    if run.estimate is not None:
                        part.predicted_seconds = round(run.estimate.predicted, 1)
                    if is_over:
                        running.remove(entry)
                        over.append(run)
                        part.seconds = round(time.monotonic() - begin, 1)
                        part.state, part.reason = run.ending
                        display.say(outcome_of(read_target(run.file)))
                share, left = _estimate([run for run, _, _ in running], waiting, len(over), jobs, is_part=asked.is_part)
                display.update(share, left, "; ".join(f"{run.label} {run.done}/{run.of}" for run, _, _ in running))
                time.sleep(_POLL_SECONDS)
        finally:
            for run, part, begin in running:
                run.end()
                part.state, part.seconds = "interrupted", round(time.monotonic() - begin, 1)
    return over


def _estimate(
    running: Sequence[TargetRun], waiting: Sequence[SelectedTarget], over: int, jobs: int, *, is_part: bool
) -> tuple[float, float]:
    """Return the share that is done, and the seconds that are left, of a run with these targets."""
    estimates = [run.estimate for run in running if run.estimate is not None]
    lefts = [estimate.left for estimate in estimates]
    ahead = [target.expected(is_part=is_part) for target in waiting]
    share = (over + sum(estimate.share for estimate in estimates)) / max(1, over + len(running) + len(waiting))
    return share, max([*lefts, *ahead, (sum(lefts) + sum(ahead)) / jobs])


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
