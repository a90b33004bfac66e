"""The command `taskgauge bench --cluster`: each part, or each contract of a part, is measured on one host."""

import math
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import click

from taskgauge.backends.descriptors.errors import DescriptorError, TargetUnknown
from taskgauge.backends.errors import WrongUse
from taskgauge.backends.processes.interruption import Interrupted, Interruption, interruption
from taskgauge.reports.run_folder.declarations import METRICS
from taskgauge.reports.run_folder.errors import ReportError
from taskgauge.reports.run_folder.registry import Part, Registry
from taskgauge.reports.run_folder.run_file import PartRecord
from taskgauge.suites.cli.bench import conclude
from taskgauge.suites.cli.bench_options import BenchOptions
from taskgauge.suites.cli.bench_parts import HOSTS, PARTS
from taskgauge.suites.cli.bench_run import BenchOutcome
from taskgauge.suites.cli.bench_survey import Planned, survey
from taskgauge.suites.cli.bench_targets import ChosenTargets, every_target
from taskgauge.suites.cli.messages import say
from taskgauge.suites.cluster.address import parse_address
from taskgauge.suites.cluster.collection import JOBS, Collection
from taskgauge.suites.cluster.connection import Connection, connected
from taskgauge.suites.cluster.errors import SchedulerGone
from taskgauge.suites.cluster.job import EndedJob, Job
from taskgauge.suites.cluster.job_queue import run_jobs
from taskgauge.suites.cluster.producers_part import check_hosts, run_producers, shared_targets
from taskgauge.suites.cluster.split import by_contract, slug
from taskgauge.suites.run_control.display import Display, PlannedPart, display_for
from taskgauge.suites.run_control.errors import SurveyFailed
from taskgauge.suites.run_control.exit_codes import ExitCode
from taskgauge.suites.run_control.folder import check_out, new_run_folder
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.provenance import RunRecord, commit
from taskgauge.suites.sessions.plan import Measured


def bench_on_cluster(
    asked: BenchOptions, *, cluster: str, producing_hosts: int | None, working_hosts: int | None
) -> ExitCode:
    """Run the chosen parts on the hosts of a cluster, write and print the report; return the exit code.

    Raise click.UsageError for options that cannot be used.
    """
    wanted = asked.chosen((*PARTS, HOSTS))
    if (producing_hosts or working_hosts) and HOSTS not in wanted:
        raise click.UsageError(f"--producing-hosts and --working-hosts are for --part {HOSTS.name}")
    if asked.budget is not None and HOSTS in wanted:
        raise click.UsageError(f"--budget cannot bound --part {HOSTS.name}, whose sessions have fixed times")
    # The parts are jobs of their own.
    options = replace(asked.for_suites(), calls_from_drains=False)
    install = asked.install or asked.every
    with interruption() as noticed, closing(display_for(sys.stderr)) as display:
        try:
            address = parse_address(cluster)
            if asked.out is not None:
                check_out(asked.out)
            selected = every_target() if asked.every else ChosenTargets(names=options.targets)
            options = replace(options, targets=selected.names)
            shared = shared_targets(options) if HOSTS in wanted else []
            # Wrong options are refused before a host works.
            planned = _planned([part for part in wanted if part is not HOSTS], options, noticed, install=install)
            with connected(address, noticed) as connection:
                hosts = _Hosts(
                    producing=producing_hosts or len(connection.hosts), working=working_hosts or 0, entries=shared
                )
                check_hosts(connection, hosts.producing, hosts.working)
                registry = Registry(parts=tuple(wanted), metrics=METRICS)
                folder = new_run_folder(asked.out, commit())
                collection = Collection(RunRecord.start(folder, options.asked(), asked.command, registry=registry))
                for lost in selected.left_out:
                    collection.record.leave_out(lost.what, lost.why)
                run = _ClusterRun(collection, connection, display, noticed)
                run.start(planned)
                words = _words(options, asked)
                run.run_jobs(list(_jobs(planned, options, words, tasks=asked.tasks, install=install)), asked.budget)
                run.produce(hosts, options)
        except (DescriptorError, TargetUnknown, WrongUse) as error:
            raise click.UsageError(str(error)) from error
        except SurveyFailed as error:
            return say(str(error), ExitCode.HARNESS_FAILED)
        except Interrupted as error:
            return say(f"interrupted by {error} before anything ran", ExitCode(error.exit_code))
        interrupted = None if noticed.received is None else Interrupted(noticed.received)
        return _end(collection, interrupted, strict=asked.strict)


def _words(options: Options, asked: BenchOptions) -> list[str]:
    """Return the options of each job's command, without its part, tasks, and what is for whole backends alone."""
    scale = options.scale
    words = [f"--{scale.name}"] if scale.name != "default" else []
    numbers = {"processes": scale.processes, "slices": scale.slices, "seed": options.seed}
    words += [word for name, number in numbers.items() for word in (f"--{name}", f"{number}")]
    words += [] if options.memory is None else ["--memory", f"{options.memory // 2**20}MiB"]
    words += [word for arm in asked.arms for word in ("--variant", arm)]
    return [*words, *(word for operation in options.only for word in ("--only", operation))]


def _planned(parts: Sequence[Part], options: Options, noticed: Interruption, *, install: bool) -> list[Planned]:
    """Return the parts of which something is asked for; raise as `survey` does."""
    # What a host installs is not here, so its sessions are not known yet.
    unknown = [part for part in parts if install and part.files == "traces"]
    known = [part for part in parts if part not in unknown]
    planned = [plan for plan in (survey(known, options, noticed) if known else ()) if plan.items]
    return [*planned, *(Planned(part=part, items={}, repetitions=1) for part in unknown)]


def _jobs(
    planned: Sequence[Planned], options: Options, words: Sequence[str], *, tasks: int | None, install: bool
) -> Iterator[Job]:
    for plan in planned:
        part = plan.part
        arguments = ["bench", "--part", part.name, *words]
        if part.files != "traces":
            arguments += [] if tasks is None else ["--tasks", f"{tasks}"]
            yield Job(name=part.name, part=part.name, arguments=tuple(arguments), seconds=plan.seconds)
            continue
        arguments += ["--rows", options.rows]
        arguments += [] if options.backlog is None else ["--tasks", f"{options.backlog}"]
        arguments += ["--all-cells"] if options.all_cells else []
        arguments += ["--one-cell"] if options.one_cell else []
        arguments += ["--install"] if install else []
        groups = by_contract(options.targets)
        for contract, targets in groups:
            yield Job(
                name=slug([part.name, contract]),
                part=part.name,
                arguments=(*arguments, *(word for name in targets for word in ("--target", name))),
                seconds=plan.seconds / len(groups),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hosts:
    """The sessions of several hosts that are asked for; without entries there are none."""

    producing: int
    working: int
    entries: Sequence[Measured]


@dataclass(frozen=True, slots=True)
class _ClusterRun:
    """A run while its hosts work."""

    collection: Collection
    connection: Connection
    display: Display
    noticed: Interruption

    def start(self, planned: Sequence[Planned]) -> None:
        """Record and show the hosts and the plan."""
        self.collection.start(self.connection, self.display.say)
        if planned:
            self.display.plan(PlannedPart(plan.part.name, len(plan.items), plan.seconds) for plan in planned)
        for names in self.connection.on_one_machine:
            self.display.say(
                f"{' and '.join(names)} are one machine: jobs that run there at once disturb each other's times, "
                "so take no time of this run as evidence"
            )

    def run_jobs(self, jobs: Sequence[Job], budget: float | None) -> None:
        """Run the jobs that need one host each, within a budget of seconds."""
        if budget is not None and jobs:
            # Jobs of this length end in time, in whatever order the hosts take them.
            share = budget / math.ceil(len(jobs) / len(self.connection.hosts))
            jobs = [replace(job, arguments=(*job.arguments, "--budget", f"{share:.0f}s")) for job in jobs]
        if jobs:
            run_jobs(self.connection, jobs, display=self.display, noticed=self.noticed, keep=self._keep)

    def _keep(self, ended: EndedJob) -> None:
        if reason := self.collection.keep(ended):
            self.display.say(f"{ended.job.name}: failed: {reason}")
        else:
            self.display.say(f"{ended.host}: {ended.job.name} finished")

    def produce(self, hosts: _Hosts, options: Options) -> None:
        """Run the sessions that need several hosts at once, into a run folder of their own."""
        if not hosts.entries or self.noticed.received is not None:
            return
        run = self.collection.record.run
        folder = self.collection.folder / JOBS / HOSTS.name
        folder.mkdir(parents=True)
        registry = Registry(parts=(HOSTS,), metrics=METRICS)
        record = RunRecord.start(folder, options.asked(), run.command, registry=registry)
        try:
            part = run_producers(
                self.connection,
                hosts.entries,
                options,
                folder,
                producing=hosts.producing,
                working=hosts.working,
                noticed=self.noticed,
                say=self.display.say,
            )
        except Interrupted as error:
            part = PartRecord(name=HOSTS.name, state="interrupted", reason=str(error))
        except SchedulerGone as error:
            part = PartRecord(name=HOSTS.name, state="failed", reason=str(error))
        record.parts.append(part)
        record.write("finished" if part.state == "finished" else "failed")
        self.collection.add(folder, part)


def _end(collection: Collection, interrupted: Interrupted | None, *, strict: bool) -> ExitCode:
    try:
        parts = collection.merge(is_interrupted=interrupted is not None)
    except ReportError as error:
        kept = collection.folder / JOBS
        return say(f"{error} What came from the hosts is kept in {kept}", ExitCode.HARNESS_FAILED)
    outcome = BenchOutcome(folder=collection.folder, parts=parts, interrupted=interrupted)
    return collection.exit_code(conclude(outcome, strict=strict))
