"""The command `taskgauge ledger`: it counts in this environment, and compares with the ledger in git or writes it."""

import random
import sys
from pathlib import Path

import click
from packaging.requirements import Requirement

from taskgauge.backends.descriptors.installed import version
from taskgauge.backends.descriptors.reader import DescriptorError, TargetUnknown, has_descriptor
from taskgauge.backends.environments.installed_packages import installed_in
from taskgauge.backends.environments.installer import Environment
from taskgauge.backends.errors import WrongUse
from taskgauge.backends.processes.interruption import Interrupted, Interruption, interruption
from taskgauge.backends.services.folders import data_folder
from taskgauge.reports.run_folder.errors import ReportError
from taskgauge.suites.cli.messages import say
from taskgauge.suites.gate.available_operations import AvailableOperations
from taskgauge.suites.gate.gate_context import GateContext
from taskgauge.suites.gate.gate_plan import choose
from taskgauge.suites.gate.ledger import LedgerCounting
from taskgauge.suites.gate.problems import ProblemsFile, SideProblem
from taskgauge.suites.gate.process_profile import ProcessProfile
from taskgauge.suites.gate.processes import Timeouts, copy_code
from taskgauge.suites.gate.side_spec import SideSpec
from taskgauge.suites.gate.sides import InstalledSide, InstalledSides
from taskgauge.suites.gate.sources import Source, project_name
from taskgauge.suites.run_control.display import display_for
from taskgauge.suites.run_control.exit_codes import ExitCode
from taskgauge.suites.run_control.provenance import RunRecord


def ledger(
    *,
    targets: tuple[str, ...],
    only: tuple[str, ...],
    update: bool,
    file: Path,
    timeouts: Timeouts = Timeouts(),  # noqa: B008 -- frozen
) -> ExitCode:
    """Count, then write the file or print the differences from it by name; return the exit code.

    Raise click.UsageError for options that cannot be used.
    """
    with interruption() as noticed, data_folder() as folder:
        try:
            key, problems = _count(targets, only, folder, noticed, timeouts)
        except (WrongUse, TargetUnknown, DescriptorError) as error:
            raise click.UsageError(str(error)) from error
        except Interrupted as interrupted:
            return say(f"interrupted by {interrupted}: nothing was written", ExitCode(interrupted.exit_code))
        if lasting := [problem.line for problem in problems.found if not problem.once]:
            return say("; ".join(lasting), ExitCode.HARNESS_FAILED)
        return _conclude(folder, key, file, update=update, partial=bool(only or targets))


def _conclude(folder: Path, under_test: str, file: Path, *, update: bool, partial: bool) -> ExitCode:
    from taskgauge.reports.run_folder.gate_files import read_ledger  # noqa: PLC0415 -- slow to import
    from taskgauge.reports.run_folder.ledger_file import Key, compare_with_file, update_ledger_file  # noqa: PLC0415

    counted = read_ledger(folder)
    if counted is None or not counted.base:
        return say("nothing was counted: no target here has an operation", ExitCode.NOTHING_MEASURED)
    minor = ".".join((version("django") or "").split(".")[:2])
    key = Key(python=f"{sys.version_info.major}.{sys.version_info.minor}", django=minor, backend=under_test)
    try:
        if update:
            changed = update_ledger_file(file, key, counted.base, partial=partial)
            return say(f"{file}: {'written: commit it' if changed else 'as it was'} ({key.words})", ExitCode.HELD)
        changes = compare_with_file(file, key, counted.base, partial=partial)
    except ReportError as error:
        return say(str(error), ExitCode.WRONG_USE)
    for line in changes.lines:
        click.echo(line)
    if not changes.lines:
        return say(f"{file}: {len(counted.base)} operations cost as recorded ({key.words})", ExitCode.HELD)
    count = f"{len(changes.lines)} {'difference' if len(changes.lines) == 1 else 'differences'} from {file}"
    return say(f"{count}: to accept, run `taskgauge ledger --update` and commit the file", ExitCode.BROKEN)


def _count(
    targets: tuple[str, ...], only: tuple[str, ...], folder: Path, noticed: Interruption, timeouts: Timeouts
) -> tuple[str, ProblemsFile]:
    name = _under_test(Path.cwd(), noticed)
    installed_version = version(name)
    source = Source(asked=SideSpec(text=name, kind="requirement", requirement=Requirement(name)), name=name)
    choice = choose(targets, only, (), base=source, head=source, folder=Path.cwd())
    environment = Environment(folder=Path(sys.prefix))
    side = InstalledSide(name="base", source=source, environment=environment, installed=installed_in(environment, name))
    (folder / "log").mkdir()
    (folder / "work").mkdir()
    problems = ProblemsFile(folder)
    record = RunRecord.start(folder, {}, [], kind="gate")
    context = GateContext(
        sides=InstalledSides(base=side, head=side),
        profiles=choice.profiles,
        run_folder=folder,
        temporary=folder / "work",
        code=copy_code(folder / "code"),
        tools=None,
        interruption=noticed,
        timeouts=timeouts,
        problems=problems,
        random=random.Random(),  # noqa: S311 -- hash seeds, no secrets
    )
    display = display_for(sys.stderr)
    try:
        available = AvailableOperations(problems=problems, record=record)
        counting = LedgerCounting(context, available)
        for number, profile in enumerate(choice.profiles):
            display.update(number / len(choice.profiles), 5.0, f"counting {profile.name}")
            _count_profile(counting, available, profile, side)
    finally:
        context.close()
        display.close()
    return f"{name} {installed_version or 'not known'}", problems


def _count_profile(
    counting: LedgerCounting, available: AvailableOperations, profile: ProcessProfile, side: InstalledSide
) -> None:
    while available.of(profile, side.name):
        try:
            counting.count(profile, side)
        except SideProblem as problem:
            available.fails("ledger", problem, profile)
        else:
            return


def _under_test(folder: Path, interruption: Interruption) -> str:
    """Return the distribution whose backend this folder describes; without a descriptor, return Django."""
    if not has_descriptor(folder / "pyproject.toml"):
        return "django"
    return project_name(folder, folder, interruption)
