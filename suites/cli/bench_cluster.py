"""The command `taskgauge bench --cluster`: each part, or each contract of a part, is measured on one host."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Literal

import click

from taskgauge.backends.descriptors.errors import DescriptorError, TargetUnknown
from taskgauge.backends.errors import WrongUse
from taskgauge.backends.processes.interruption import Interrupted, interruption
from taskgauge.reports.run_folder.declarations import METRICS
from taskgauge.reports.run_folder.errors import ReportError
from taskgauge.reports.run_folder.registry import Part, Registry
from taskgauge.suites.cli.bench import check_options, choose, conclude, options_for
from taskgauge.suites.cli.bench_parts import PARTS
from taskgauge.suites.cli.bench_run import BenchOutcome
from taskgauge.suites.cli.bench_survey import Planned, survey
from taskgauge.suites.cli.bench_targets import absolute
from taskgauge.suites.cluster.address import parse_address
from taskgauge.suites.cluster.collection import JOBS, Collection
from taskgauge.suites.cluster.connection import connected
from taskgauge.suites.cluster.job import EndedJob, Job
from taskgauge.suites.cluster.job_queue import run_jobs
from taskgauge.suites.cluster.split import by_contract, slug
from taskgauge.suites.run_control.display import Display, PlannedPart, display_for
from taskgauge.suites.run_control.errors import SurveyFailed
from taskgauge.suites.run_control.exit_codes import ExitCode
from taskgauge.suites.run_control.folder import check_out, new_run_folder
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.provenance import RunRecord, commit


def bench_on_cluster(
    *,
    cluster: str,
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
    rows: Literal["production", "installed", "both"] = "production",
    out: Path | None,
    processes: int | None,
    slices: int | None,
    memory: int | None,
    seed: int | None,
    strict: bool,
    all_parts: Sequence[Part] = PARTS,
) -> ExitCode:
    """Run the chosen parts on the hosts of a cluster, write and print the report; return the exit code.

    Raise click.UsageError for options that cannot be used.
    """
    for option, value in (("--all", every), ("--budget", budget)):
        if value:
            raise click.UsageError(f"{option} is for one machine: with --cluster name targets with --target")
    wanted = choose(all_parts, parts)
    check_options(wanted, all_parts, {"--target": targets, "--install": install})
    options = options_for(
        scale=scale,
        tasks=tasks,
        arms=arms,
        only=only,
        processes=processes,
        slices=slices,
        memory=memory,
        seed=seed,
        all_cells=all_cells,
        rows=rows,
    )
    options = replace(options, targets=tuple(map(absolute, targets)))
    words = [f"--{scale}"] if scale else []
    words += ["--rows", rows, *(["--all-cells"] if all_cells else [])]
    numbers = {"tasks": tasks, "processes": processes, "slices": slices, "seed": options.seed}
    words += [word for name, number in numbers.items() if number is not None for word in (f"--{name}", f"{number}")]
    words += [] if memory is None else ["--memory", f"{memory // 2**20}MiB"]
    words += [word for arm in arms for word in ("--variant", arm)]
    words += [word for operation in only for word in ("--only", operation)]
    interrupted: Interrupted | None = None
    with interruption() as noticed, closing(display_for(sys.stderr)) as display:
        try:
            address = parse_address(cluster)
            if out is not None:
                check_out(out)
            # A part of which nothing is asked for needs no host; wrong options are refused before a host works.
            here = [part for part in wanted if not (install and part.files == "traces")]
            planned = [plan for plan in (survey(here, options, noticed) if here else ()) if plan.items]
            # What a host installs is not here, so its sessions are not known yet.
            planned += [Planned(part=part, items={}, repetitions=1) for part in wanted if part not in here]
            jobs = list(_jobs(planned, options, words, install=install))
            with connected(address, noticed) as connection:
                folder = new_run_folder(out, commit())
                registry = Registry(parts=tuple(wanted), metrics=METRICS)
                collection = Collection(RunRecord.start(folder, options.asked(), command, registry=registry))
                collection.start(connection)
                display.plan(PlannedPart(plan.part.name, len(plan.items), plan.seconds) for plan in planned)
                for name, reason in connection.left_out:
                    display.say(f"host {name} is left out: {reason}")
                for names in connection.on_one_machine:
                    display.say(
                        f"{' and '.join(names)} are one machine: jobs that run there at once disturb each other's "
                        "times, so take no time of this run as evidence"
                    )
                run_jobs(
                    connection,
                    jobs,
                    display=display,
                    noticed=noticed,
                    keep=lambda ended: _keep(collection, ended, display),
                )
                if noticed.received is not None:
                    interrupted = Interrupted(noticed.received)
        except (DescriptorError, TargetUnknown, WrongUse) as error:
            raise click.UsageError(str(error)) from error
        except SurveyFailed as error:
            click.echo(f"taskgauge: {error}", err=True)
            return ExitCode.HARNESS_FAILED
        except Interrupted as error:
            click.echo(f"taskgauge: interrupted by {error} before anything ran", err=True)
            return ExitCode(error.exit_code)
        return _end(collection, interrupted, strict=strict)


def _jobs(planned: Sequence[Planned], options: Options, words: Sequence[str], *, install: bool) -> Iterator[Job]:
    for plan in planned:
        part = plan.part
        arguments = ("bench", "--part", part.name, *words)
        if part.files != "traces":
            yield Job(name=part.name, part=part.name, arguments=arguments, seconds=plan.seconds)
            continue
        groups = by_contract(options.targets)
        for contract, targets in groups:
            yield Job(
                name=slug([part.name, contract]),
                part=part.name,
                arguments=(
                    *arguments,
                    *(word for name in targets for word in ("--target", name)),
                    *(["--install"] if install else []),
                ),
                seconds=plan.seconds / len(groups),
            )


def _keep(collection: Collection, ended: EndedJob, display: Display) -> None:
    if reason := collection.keep(ended):
        display.say(f"{ended.job.name}: failed: {reason}")
    else:
        display.say(f"{ended.host}: {ended.job.name} finished")


def _end(collection: Collection, interrupted: Interrupted | None, *, strict: bool) -> ExitCode:
    try:
        parts = collection.merge(is_interrupted=interrupted is not None)
    except ReportError as error:
        kept = collection.folder / JOBS
        click.echo(f"taskgauge: {error} What came from the hosts is kept in {kept}", err=True)
        return ExitCode.HARNESS_FAILED
    outcome = BenchOutcome(folder=collection.folder, parts=parts, interrupted=interrupted)
    return conclude(outcome, strict=strict)
