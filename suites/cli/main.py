"""The `taskgauge` command: its options, its help, and the errors that end it."""

import errno
import re
import signal
import sys
import traceback
from collections.abc import Callable
from io import TextIOWrapper
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import click

from taskgauge.reports.run_folder.declarations import PARTS
from taskgauge.suites.run_control.exit_codes import ExitCode
from taskgauge.suites.run_control.options import SCALES


class Count(click.ParamType[int]):
    """A whole number above zero, such as 1_000_000, 1e6 or 1M."""

    name = "N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number, or fail with a line on what to write."""
        from taskgauge.suites.run_control.options import CountNotUnderstood, parse_count

        if isinstance(value, int):
            return value
        try:
            return parse_count(value)
        except CountNotUnderstood as error:
            self.fail(str(error), param, ctx)


def _defaults(name: str) -> str:
    """Return the default of a number in every scale, for the help."""
    default, quick, full = (getattr(SCALES[scale](), name) for scale in ("default", "quick", "full"))
    return f"{default}; {quick} if --quick; {full} if --full"


class Size(click.ParamType[int]):
    """A size of memory, such as 12GiB or 800MiB."""

    name = "SIZE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number, or fail with a line on what to write."""
        units = {"gib": 2**30, "mib": 2**20}
        number, unit = str(value)[:-3].strip(), str(value)[-3:].lower()
        if unit not in units or not number.isdecimal() or int(number) == 0:
            self.fail(f"{value!r} is no size: write 12GiB or 800MiB", param, ctx)
        return int(number) * units[unit]


class Duration(click.ParamType[float]):
    """A time such as 90s, 60m or 1.5h, in seconds."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds, or fail with a line on what to write."""
        match = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", str(value).strip())
        if match is None or not float(match[1]):
            self.fail(f"{value!r} is no time: write 90s, 60m or 1.5h", param, ctx)
        return float(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2]]


def _out(text: str, *, required: bool = False) -> Callable[..., Any]:
    return click.option("--out", type=click.Path(path_type=Path), metavar="DIR", required=required, help=text)


_NEW_RUN = "Write the run to this new folder.  [default: .taskgauge/runs/TIME-COMMIT]"
_RUNS = click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
_SEED = click.option(
    "--seed",
    type=click.IntRange(min=0),
    metavar="N",
    help="Seed of every random choice.  [default: random, kept in run.json]",
)
_CLUSTER = click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Use the hosts of this Dask scheduler, such as tcp://host:8786, or start workers here, such as local:2. Whole "
    "jobs run there, and their run folders are merged. Needs `taskgauge[cluster]`.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="taskgauge", message="%(prog)s %(version)s")
def taskgauge() -> None:
    """Measure Django's task framework: the costs of its objects, and how backends conform to it.

    \b
    Exit codes:
      0  everything held             4  the harness or a benchmark itself failed
      1  something that must hold    5  nothing was measured
         did not                   130  Ctrl-C
      2  wrong use                 143  SIGTERM
      3  inconclusive (with --strict; otherwise 0 and a warning)
    """


@taskgauge.command()
@click.option(
    "--quick",
    "scale",
    flag_value="quick",
    help="Run all parts on a small scale in 2 minutes. Such a run decides no claim.",
)
@click.option(
    "--full", "scale", flag_value="full", help="Run all variants at full scale, without limits. This takes hours."
)
@click.option(
    "--tasks",
    type=Count(),
    help="Tasks that each headline arm holds, pickles and pipes, such as 1_000_000, 1e6 or 1M.  "
    "[default: 1M; 10k if --quick]",
)
@click.option(
    "--variant",
    "arms",
    multiple=True,
    metavar="NAME",
    help="Compare only this variant (repeatable): a name, NAME-lazy, or your own package.module:NAME. "
    "The baseline `today` and its A/A control always take part.",
)
@click.option(
    "--part",
    "parts",
    multiple=True,
    metavar="PART",
    help=f"Run only this part (repeatable): {', '.join(part.name for part in PARTS)}.",
)
@click.option(
    "--only",
    multiple=True,
    metavar="OPERATION",
    help="Measure only this operation or measure (repeatable), such as create or resident-bytes.",
)
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="NAME",
    help="Measure this target (repeatable), in the parts that measure whole backends. The floor of its store always "
    "takes part.  [default: reference-process, django-tasks-db@sqlite]",
)
@click.option(
    "--all",
    "every",
    is_flag=True,
    help="Measure every target of the catalogue that can run here, each in an environment of its own: "
    f"{', '.join(part.name for part in PARTS if part.of_all_targets)}, or the parts that --part names.",
)
@click.option(
    "--install",
    is_flag=True,
    help="Measure the catalogue's backends in environments of their own below .taskgauge/environments, and make these "
    "if they do not exist. --all does the same.",
)
@click.option(
    "--budget",
    type=Duration(),
    help="Leave out parts, then targets, until the predicted time fits, such as 90s, 60m or 1.5h. "
    "Repetitions are never left out. With --cluster, each job gets its share.",
)
@click.option(
    "--rows",
    type=click.Choice(["production", "installed", "both"]),
    default="production",
    show_default=True,
    help="Measure each backend as its documentation recommends for production, as it is installed, or both.",
)
@click.option(
    "--all-cells",
    is_flag=True,
    help="Run all workloads of the parts that measure whole backends, not only the default ones. --full does so, too.",
)
@click.option(
    "--one-cell",
    is_flag=True,
    help="Measure each target with one workload in each part that measures whole backends. --all does so, too, without "
    "--all-cells.",
)
@_out(_NEW_RUN)
@click.option(
    "--processes", type=Count(), help=f"Fresh processes for each timed operation.  [default: {_defaults('processes')}]"
)
@click.option("--slices", type=Count(), help=f"Slices of each arm in each process.  [default: {_defaults('slices')}]")
@click.option(
    "--memory", type=Size(), help="Use at most this much memory, such as 12GiB.  [default: all that is available]"
)
@_SEED
@_CLUSTER
@click.option("--producing-hosts", type=Count(), help="Hosts that send, for --part producers.  [default: all]")
@click.option("--working-hosts", type=Count(), help="Hosts with workers, for --part producers.  [default: none]")
@click.option("--strict", is_flag=True, help="End with exit code 3 if something could not be measured.")
def bench(cluster: str | None, producing_hosts: int | None, working_hosts: int | None, **asked: Any) -> None:
    """Run the benchmarks, and report which claims hold.

    The command first prints how long the run will take. It keeps all results in a run folder. Ctrl-C keeps the finished
    parts.
    """
    from taskgauge.suites.cli.bench import bench as execute
    from taskgauge.suites.cli.bench_cluster import bench_on_cluster
    from taskgauge.suites.cli.bench_options import BenchOptions

    options = BenchOptions(command=["taskgauge", *sys.argv[1:]], **asked)
    if cluster is not None:
        hosts = {"producing_hosts": producing_hosts, "working_hosts": working_hosts}
        raise SystemExit(bench_on_cluster(options, cluster=cluster, **hosts))
    if producing_hosts or working_hosts:
        raise click.UsageError("--producing-hosts and --working-hosts need --cluster")
    raise SystemExit(execute(options))


@taskgauge.command()
@_RUNS
@_out("Write the report to this folder.  [default: the first RUN]")
@click.option(
    "--readme",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also write the verdicts between the markers of this Markdown file.",
)
@click.option("--all", "every", is_flag=True, help="Print every table.  [default: the verdicts]")
def report(runs: tuple[Path, ...], out: Path | None, readme: Path | None, *, every: bool) -> None:
    """Write the report of run folders again.

    RUN is a run folder, such as .taskgauge/latest. Several run folders appear side by side in one report.
    """
    from taskgauge.reports.pages.readme import update_readme
    from taskgauge.reports.pages.report import write_report
    from taskgauge.reports.run_folder.errors import ReportError

    try:
        written = write_report(list(runs), out)
        if readme is not None:
            update_readme(readme, written)
    except ReportError as error:
        raise click.UsageError(str(error)) from error
    click.echo(written.terminal(tables=every))
    if written.faults:
        raise SystemExit(_say(" ".join(written.faults), ExitCode.BROKEN))


@taskgauge.command()
@_RUNS
@_out("Write the site to this folder: a new one, or that of an earlier site.", required=True)
@click.option(
    "--responses",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Show DIR/BACKEND.txt, a response of the backend's author, on the backend's page.  [default: the folder "
    "`responses` beside published runs]",
)
@click.option("--strict", is_flag=True, help="Build nothing if a run folder cannot be read.")
def site(**asked: Any) -> None:
    """Build a static site from run folders.

    RUN is a run folder, or a folder of published runs such as reports/published. Each run keeps its pages under r/RUN,
    and `latest` has the newest results. The pages work without scripts and ask no other site for anything. A run folder
    that cannot be read is left out with a line. Needs `taskgauge[site]`.
    """
    from taskgauge.suites.cli.site import site as execute

    raise SystemExit(execute(**asked))


@taskgauge.command()
@_RUNS
@_out("Write the merged run to this new folder.", required=True)
@click.option("--strict", is_flag=True, help="Merge nothing if a run folder cannot be read.")
def merge(**asked: Any) -> None:
    """Join run folders of several machines or jobs into one.

    The runs have the same Python, Django and commit. Each target and each measured part comes from one of them: figures
    of two runs are never compared. A run folder that cannot be read is left out with a line.
    """
    from taskgauge.suites.cli.merge import merge as execute

    raise SystemExit(execute(**asked))


@taskgauge.command()
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path), metavar="[RUN]...")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path("reports/published"),
    metavar="DIR",
    help="The folder of published results.  [default: reports/published]",
)
@click.option(
    "--readme",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also write the newest results between the markers of this Markdown file.",
)
@click.option("--commit", default="", metavar="COMMIT", help="The commit of runs by an installed wheel without git.")
@click.option("--check", is_flag=True, help="Write nothing; say which documents and commits do not fit.")
@click.option("--strict", is_flag=True, help="Publish nothing if a run folder cannot be read.")
def publish(**asked: Any) -> None:
    """Publish runs: a compact folder for each, and tables of the newest results.

    The folders are for git. They name no host and no path. A code host shows their tables. Without RUN, the command
    writes all tables again. `taskgauge site` builds the same pages from published folders as from run folders.
    """
    from taskgauge.suites.cli.publish import publish as execute

    raise SystemExit(execute(**asked))


@taskgauge.command()
@click.argument("targets", nargs=-1, metavar="[TARGET|FILE]...")
@click.option(
    "--requirement",
    "requirements",
    multiple=True,
    metavar="ID",
    help="Check only this requirement (repeatable), such as ENQ-01.",
)
@click.option(
    "-k", "keyword", default="", metavar="EXPRESSION", help="Run only tests whose names match, as with pytest's -k."
)
@click.option("-x", "first", is_flag=True, help="Stop the check of a target at its first failure.")
@_out(
    "Write the run to this new folder, or to one with other targets' verdicts.  [default: .taskgauge/runs/TIME-COMMIT]"
)
@click.option(
    "--jobs", type=Count(), help="Targets that are checked at the same time.  [default: the number of processors]"
)
@click.option(
    "--environments",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Check each backend by DIR/BACKEND/bin/python, if it exists, since backends' dependencies conflict.",
)
@click.option(
    "--install",
    is_flag=True,
    help="Install the catalogue's backends that DIR does not have into .taskgauge/environments. "
    "Later runs use them too.",
)
@_CLUSTER
@click.option("--strict", is_flag=True, help="End with exit code 3 if a result is inconclusive.")
def conformance(cluster: str | None, **asked: Any) -> None:
    """Check backends against the requirements of Django.

    There are 165 requirements, from the documentation and base classes of Django's task framework.

    TARGET is a backend of the catalogue on one store (django-tasks-db@sqlite) or on all its stores (django-tasks-db).
    FILE is a descriptor: a backend.toml, or a pyproject.toml with a table [tool.taskgauge]. Without TARGET and FILE,
    the command checks the backend that this folder's pyproject.toml describes, or else every target that can run here.
    It starts workers and servers on this machine only, and stops them at the end; with --cluster, on the hosts.
    """
    from taskgauge.suites.cli.conformance import conformance as execute
    from taskgauge.suites.cli.conformance_cluster import conformance_on_cluster
    from taskgauge.suites.cli.conformance_options import ConformanceOptions

    options = ConformanceOptions(command=["taskgauge", *sys.argv[1:]], **asked)
    if cluster is None:
        raise SystemExit(execute(options))
    raise SystemExit(conformance_on_cluster(options, cluster=cluster))


@taskgauge.command()
@click.option(
    "--base",
    metavar="SIDE",
    help="The side to compare with: a requirement, a wheel, a folder, or a ref of this repository.  [default: the "
    "merge base of head and the default branch]",
)
@click.option("--head", metavar="SIDE", help="The side to judge, in the same forms as --base.  [default: HEAD]")
@click.option(
    "--target",
    "targets",
    multiple=True,
    help="Time this target (repeatable): a target of the catalogue, pyproject.toml@STORE, or result-types.  [default: "
    "the backend under test; otherwise result-types and Django's own backends]",
)
@click.option(
    "--only",
    multiple=True,
    metavar="OPERATION",
    help="Measure only this operation (repeatable), such as create or enqueue@django-dummy.",
)
@click.option(
    "--part",
    "parts",
    multiple=True,
    type=click.Choice(["ledger", "duet", "conformance"]),
    help="Run only this part (repeatable). Conformance of a target with a worker takes minutes, "
    "and runs only if named.",
)
@click.option(
    "--with",
    "more",
    multiple=True,
    metavar="REQ",
    help="Also install this requirement on both sides (repeatable), such as django==6.0.10.",
)
@click.option("--pairs", type=Count(), help="Pairs of processes in a round; with --calibrate, in total.  [default: 10]")
@click.option("--slices", type=Count(), default=40, help="Slices of each side in a pair.  [default: 40]")
@click.option(
    "--margin",
    "margins",
    multiple=True,
    metavar="SHARE|OPERATION=SHARE",
    help="The slowdown that an operation may have (repeatable), such as 5%, 0.08 or create=8%.  [default: 5%]",
)
@click.option(
    "--calibrate", is_flag=True, help="Compare base with itself many times, and report the rate of false alarms."
)
@click.option(
    "--gates", type=Count(), help="Gates whose pairs --calibrate collects, 10 pairs for each gate.  [default: 10]"
)
@click.option(
    "--python", metavar="PYTHON", help="Interpreter of both sides: a path or a version.  [default: this interpreter]"
)
@click.option("--markdown", type=click.Path(path_type=Path), metavar="FILE", help="Also write the report to this file.")
@_out(_NEW_RUN)
@_SEED
@click.option("--strict", is_flag=True, help="End with exit code 3 if a result is inconclusive.")
def gate(**asked: Any) -> None:
    """Compare speed, size and conformance of two versions.

    The gate checks if a change makes tasks slower, bigger or less conforming. Base and head get environments that
    differ only in the package under test. The gate counts what each operation executes, sends and allocates. It
    compares times in pairs of living processes, with an A/A control and a positive control. It checks both sides
    against the requirements. It does not change the working tree.
    """
    from taskgauge.suites.cli.gate import gate as execute

    raise SystemExit(execute(command=["taskgauge", *sys.argv[1:]], **asked))


@taskgauge.command()
@click.option("--update", is_flag=True, help="Write the counts to the file, for you to commit.")
@click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("taskgauge-ledger.toml"),
    help="The ledger file.  [default: taskgauge-ledger.toml]",
)
@click.option("--target", "targets", multiple=True, help="Count this target (repeatable).  [default: as for the gate]")
@click.option("--only", multiple=True, metavar="OPERATION", help="Count only this operation (repeatable).")
def ledger(**asked: Any) -> None:
    """Count what operations cost, and compare with the file.

    The counts are those of this environment. The file is the ledger in git; the command lists the differences by name.
    """
    from taskgauge.suites.cli.ledger import ledger as execute

    raise SystemExit(execute(**asked))


@taskgauge.command()
def backends() -> None:
    """List the catalogue's targets, and what is missing here.

    The list has the store of each target and the installed version of its backend.
    """
    from tabulate import tabulate

    from taskgauge.backends.environments.availability import HEADERS, target_rows

    click.echo(tabulate([row.cells() for row in target_rows()], headers=HEADERS))


class _Terminated(BaseException):
    """SIGTERM arrived outside a run."""


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    del number, frame
    raise _Terminated


# Imports are inside the commands, so that `--help` is quick and Ctrl-C during an import ends in one line.
def main() -> NoReturn:
    """Run the command, and end with a code of ExitCode."""
    signal.signal(signal.SIGTERM, _terminate)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal or locale that lacks a character shows its number instead of an error.
            stream.reconfigure(errors="backslashreplace")
    sys.exit(_exit_code(lambda: taskgauge.main(prog_name="taskgauge", standalone_mode=False)))


def _exit_code(command: Callable[[], object]) -> int:
    try:
        command()
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return ExitCode.WRONG_USE
    except click.ClickException as error:
        return _say(error.format_message(), ExitCode.WRONG_USE)
    except (KeyboardInterrupt, click.Abort):
        return _say("interrupted by Ctrl-C", ExitCode.INTERRUPTED)
    except _Terminated:
        return _say("interrupted by SIGTERM", ExitCode.TERMINATED)
    except Exception as error:
        return _unexpected_error(error)
    return ExitCode.HELD


def _unexpected_error(error: Exception) -> int:
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return _say(f"nothing more can be written: {error.strerror}", ExitCode.HARNESS_FAILED)
    # This is a defect of Taskgauge; a report of it needs the whole traceback.
    traceback.print_exc()
    return ExitCode.HARNESS_FAILED


def _say(line: str, code: ExitCode) -> int:
    click.echo(f"taskgauge: {' '.join(line.split())}", err=True)
    return code
