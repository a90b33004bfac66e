"""The command `taskgauge conformance --cluster`: each target is checked on one host, by the plain command there."""

import sys
from collections.abc import Sequence
from contextlib import closing

import click

from taskgauge.backends.descriptors.reader import DescriptorError, TargetUnknown
from taskgauge.backends.errors import WrongUse
from taskgauge.backends.processes.interruption import Interrupted, interruption
from taskgauge.reports.run_folder.errors import ReportError
from taskgauge.reports.run_folder.target_results import FOLDER, TargetResults, read_target, write_target
from taskgauge.suites.cli.conformance import check_requirements, conclude
from taskgauge.suites.cli.conformance_options import ConformanceOptions
from taskgauge.suites.cli.conformance_targets import SelectedTarget, choose
from taskgauge.suites.cli.messages import say
from taskgauge.suites.cluster.address import parse_address
from taskgauge.suites.cluster.collection import JOBS, Collection
from taskgauge.suites.cluster.connection import connected
from taskgauge.suites.cluster.job import EndedJob, Job
from taskgauge.suites.cluster.job_queue import run_jobs
from taskgauge.suites.conformance.harness.target_run import outcome_of
from taskgauge.suites.run_control.display import Display, display_for
from taskgauge.suites.run_control.exit_codes import ExitCode
from taskgauge.suites.run_control.folder import check_out, new_run_folder
from taskgauge.suites.run_control.provenance import commit


def conformance_on_cluster(asked: ConformanceOptions, *, cluster: str) -> ExitCode:
    """Check the targets on the hosts of a cluster, write and print the report; return the exit code.

    Raise click.UsageError for arguments that cannot be used.
    """
    if asked.jobs is not None:
        raise click.UsageError("--jobs is for one machine: with --cluster each host checks one target at a time")
    check_requirements(asked.requirements)
    try:
        address = parse_address(cluster)
        if asked.out is not None:
            check_out(asked.out)
        chosen, left_out = choose(asked.targets, asked.environments, install=asked.install)
    except (TargetUnknown, DescriptorError, WrongUse) as error:
        raise click.UsageError(str(error)) from error
    options = [word for requirement in asked.requirements for word in ("--requirement", requirement)]
    options += [*(["-k", asked.keyword] if asked.keyword else []), *(["-x"] if asked.first else [])]
    options += ["--install"] if asked.install else []
    options += [] if asked.environments is None else ["--environments", str(asked.environments.resolve())]
    interrupted: Interrupted | None = None
    with interruption() as noticed, closing(display_for(sys.stderr)) as display:
        try:
            with connected(address, noticed) as connection:
                folder = new_run_folder(asked.out, commit())
                collection = Collection(asked.record(folder, chosen, left_out))
                collection.start(connection, display.say)
                run_jobs(
                    connection,
                    [_job(target, options) for target in chosen],
                    display=display,
                    noticed=noticed,
                    keep=lambda ended: _keep(collection, ended, display),
                )
                if noticed.received is not None:
                    interrupted = Interrupted(noticed.received)
        except WrongUse as error:
            raise click.UsageError(str(error)) from error
        except Interrupted as error:
            return say(f"interrupted by {error} before anything ran", ExitCode(error.exit_code))
        return _end(collection, interrupted, strict=asked.strict)


def _job(target: SelectedTarget, options: Sequence[str]) -> Job:
    return Job(
        name=target.label,
        part=f"conformance {target.label}",
        arguments=("conformance", target.name, *options),
        seconds=target.expected(is_part=False) + target.waits,
    )


def _keep(collection: Collection, ended: EndedJob, display: Display) -> None:
    reason = collection.keep(ended)
    label = ended.job.name
    if reason:
        # A target without verdicts is in the report, and fails the run, as on one machine.
        write_target(collection.folder, TargetResults(target=label, state="failed", reason=reason))
        display.say(f"{label}: not judged: {reason}")
    else:
        target = read_target(collection.folder / JOBS / label / FOLDER / f"{label}.json")
        display.say(f"{ended.host}: {outcome_of(target)}")


def _end(collection: Collection, interrupted: Interrupted | None, *, strict: bool) -> ExitCode:
    codes = [ended.outcome.code for ended in collection.ended if ended.outcome is not None]
    try:
        collection.merge(is_interrupted=interrupted is not None)
    except ReportError as error:
        kept = collection.folder / JOBS
        return say(f"{error} What came from the hosts is kept in {kept}", ExitCode.HARNESS_FAILED)
    if codes and len(codes) == len(collection.ended) and set(codes) == {ExitCode.NOTHING_MEASURED}:
        return say(f"nothing was checked: {collection.ended[0].reason}", ExitCode.NOTHING_MEASURED)
    code = conclude(collection.folder, interrupted, strict=strict, any_chosen=bool(collection.ended))
    return collection.exit_code(code)
