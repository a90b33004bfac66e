"""The `taskgauge` command: thin over the bench driver and reports."""

import errno
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
    """A whole number above zero, as people write it: 1_000_000, 1e6, 1M."""

    name = "N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read it, or refuse in one line."""
        from taskgauge.suites.run_control.options import CountNotUnderstood, parse_count

        if isinstance(value, int):
            return value
        try:
            return parse_count(value)
        except CountNotUnderstood as error:
            self.fail(str(error), param, ctx)


def _defaults(name: str) -> str:
    """Return the default of a number of a scale, in every scale."""
    default, quick, full = (getattr(SCALES[scale](), name) for scale in ("default", "quick", "full"))
    return f"{default}; {quick} if --quick; {full} if --full"


class Size(click.ParamType[int]):
    """A size of memory: 12GiB, 800MiB."""

    name = "SIZE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read it, or refuse in one line."""
        units = {"gib": 2**30, "mib": 2**20}
        number, unit = str(value)[:-3].strip(), str(value)[-3:].lower()
        if unit not in units or not number.isdecimal() or int(number) == 0:
            self.fail(f"{value!r} is no size: write 12GiB or 800MiB", param, ctx)
        return int(number) * units[unit]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="taskgauge", message="%(prog)s %(version)s")
def taskgauge() -> None:
    """Measure Django's task framework: which shape its objects should have, and what each costs.

    \b
    Exit codes:
      0  all held                    4  the harness or a benchmark itself failed
      1  something that must hold    5  nothing was measured
         did not                   130  Ctrl-C
      2  wrong use                 143  SIGTERM
      3  inconclusive (with --strict; else 0 and a warning)
    """


@taskgauge.command()
@click.option("--quick", "scale", flag_value="quick", help="A small run of all parts in 2 minutes; decides nothing.")
@click.option("--full", "scale", flag_value="full", help="Lift every limit: all variants at full scale. Takes hours.")
@click.option(
    "--tasks",
    type=Count(),
    help="Tasks that each headline arm holds, pickles and pipes: 1_000_000, 1e6 or 1M.  [default: 1M; 10k if --quick]",
)
@click.option(
    "--variant",
    "arms",
    multiple=True,
    metavar="NAME",
    help="Compare only this variant (repeatable): a name, NAME-lazy, or your own package.module:NAME. "
    "The baseline `today` and its A/A control are always there.",
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
    metavar="VERB",
    help="Measure only this verb or measure (repeatable), such as create or resident-bytes.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="A new folder for the run.  [default: .taskgauge/runs/TIME-COMMIT]",
)
@click.option(
    "--processes", type=Count(), help=f"Fresh processes for each timed verb.  [default: {_defaults('processes')}]"
)
@click.option("--slices", type=Count(), help=f"Slices of each arm in each process.  [default: {_defaults('slices')}]")
@click.option("--memory", type=Size(), help="Use no more than this, such as 12GiB.  [default: what is available]")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    metavar="N",
    help="Base of every random choice.  [default: random, kept in run.json]",
)
@click.option("--strict", is_flag=True, help="End with exit code 3 where something could not be measured.")
def bench(**asked: Any) -> None:
    """Measure, keep everything in a run folder, and report which claims hold.

    Says first how long it will take. Ctrl-C keeps the parts that are finished.
    """
    from taskgauge.suites.cli.bench import bench as execute

    raise SystemExit(execute(command=["taskgauge", *sys.argv[1:]], **asked))


@taskgauge.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR", help="Where the report goes.  [default: the first RUN]"
)
@click.option(
    "--readme",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also put the verdicts between the markers of this Markdown file.",
)
def report(runs: tuple[Path, ...], out: Path | None, readme: Path | None) -> None:
    """Make the report of a run folder again, or of several side by side.

    RUN is a run folder, such as .taskgauge/latest.
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
    click.echo(written.text)
    if written.faults:
        raise SystemExit(_say(" ".join(written.faults), ExitCode.BROKEN))


@taskgauge.command()
@click.argument("targets", nargs=-1, metavar="[TARGET|FILE]...")
@click.option("--requirement", "requirements", multiple=True, metavar="ID", help="Only this one (repeatable): ENQ-01.")
@click.option("-k", "keyword", default="", metavar="EXPRESSION", help="Only tests with such names, as pytest reads it.")
@click.option("-x", "first", is_flag=True, help="Stop a target at its first failure.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="A new folder for the run, or one with other targets' verdicts.  [default: .taskgauge/runs/TIME-COMMIT]",
)
@click.option("--jobs", type=Count(), help="Targets side by side.  [default: one for each core]")
@click.option(
    "--environments",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Check each backend by DIR/BACKEND/bin/python, where there is one: their requirements conflict.",
)
@click.option(
    "--install",
    is_flag=True,
    help="Install the catalogue's backends that DIR does not have, into .taskgauge/environments, for later runs too.",
)
@click.option("--strict", is_flag=True, help="End with exit code 3 where something could not be concluded.")
def conformance(targets: tuple[str, ...], **asked: Any) -> None:
    """Check what backends keep of the 160 requirements that Django's task framework has.

    TARGET is a backend of the catalogue, on one store (django-tasks-db@sqlite) or on all (django-tasks-db); FILE is a
    descriptor: a backend.toml, or a pyproject.toml with a table [tool.taskgauge]. Without any: the table in this
    folder's pyproject.toml, or else every target that can run here. Workers and servers are started, on this machine
    only, and stopped again.
    """
    from taskgauge.suites.cli.conformance import conformance as execute

    raise SystemExit(execute(names=targets, command=["taskgauge", *sys.argv[1:]], **asked))


@taskgauge.command()
@click.option(
    "--base",
    metavar="SIDE",
    help="What head is compared with: a requirement, a wheel, a folder, or a ref of this repository.  [default: the "
    "merge base of head and the default branch]",
)
@click.option("--head", metavar="SIDE", help="What is judged, given likewise.  [default: HEAD]")
@click.option(
    "--target",
    "targets",
    multiple=True,
    help="Time this target (repeatable): of the catalogue, pyproject.toml@STORE, or result-types.  [default: the "
    "backend under test; else result-types and Django's own backends]",
)
@click.option(
    "--only", multiple=True, metavar="VERB", help="Only this verb (repeatable): create, enqueue@django-dummy."
)
@click.option(
    "--part",
    "parts",
    multiple=True,
    type=click.Choice(["ledger", "duet", "conformance"]),
    help="Only this part (repeatable). Conformance of a target with a worker takes minutes, and must be asked for.",
)
@click.option(
    "--with",
    "more",
    multiple=True,
    metavar="REQ",
    help="Install this on both sides, too (repeatable): django==6.0.10.",
)
@click.option("--pairs", type=Count(), help="Pairs of processes in a round, or in all with --calibrate.  [default: 10]")
@click.option("--slices", type=Count(), default=40, help="Slices of each side in a pair.  [default: 40]")
@click.option(
    "--margin",
    "margins",
    multiple=True,
    metavar="SHARE|VERB=SHARE",
    help="How much slower a verb may be (repeatable): 5%, 0.08, create=8%.  [default: 5%]",
)
@click.option("--calibrate", is_flag=True, help="Compare base with itself many times, and say how often that alarms.")
@click.option("--gates", type=Count(), help="How many gates' pairs --calibrate collects, 10 each.  [default: 10]")
@click.option("--python", metavar="PYTHON", help="Interpreter of both sides: a path or a version.  [default: this one]")
@click.option("--markdown", type=click.Path(path_type=Path), metavar="FILE", help="Write the report there, too.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="A new folder for the run.  [default: .taskgauge/runs/TIME-COMMIT]",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    metavar="N",
    help="Base of every random choice.  [default: random, kept in run.json]",
)
@click.option("--strict", is_flag=True, help="End with exit code 3 where something could not be concluded.")
def gate(**asked: Any) -> None:
    """Say whether a change makes tasks slower, bigger or less conforming.

    Both sides get an environment of their own, equal but for the thing under test. What each verb executes, sends and
    allocates is counted; how long it takes is compared in pairs of living processes, with an A/A control and a positive control beside
    them; and both sides are checked against the requirements. Nothing of the working tree is touched.
    """
    from taskgauge.suites.cli.gate import gate as execute

    raise SystemExit(execute(command=["taskgauge", *sys.argv[1:]], **asked))


@taskgauge.command()
@click.option("--update", is_flag=True, help="Write what is counted into the file, to be committed.")
@click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("taskgauge-ledger.toml"),
    help="The ledger.  [default: taskgauge-ledger.toml]",
)
@click.option("--target", "targets", multiple=True, help="Count this target (repeatable).  [default: as for the gate]")
@click.option("--only", multiple=True, metavar="VERB", help="Only this verb (repeatable).")
def ledger(**asked: Any) -> None:
    """Count what each verb costs in this environment, and say what differs from the ledger in git, by name."""
    from taskgauge.suites.cli.ledger import ledger as execute

    raise SystemExit(execute(**asked))


@taskgauge.command()
def backends() -> None:
    """List the targets of the catalogue: what is installed, on which store each runs, what is missing here."""
    from tabulate import tabulate

    from taskgauge.backends.environments.availability import HEADERS, target_rows

    click.echo(tabulate([row.cells() for row in target_rows()], headers=HEADERS))


class _Terminated(BaseException):
    """SIGTERM, outside a run."""


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    del number, frame
    raise _Terminated


# Imports stand inside the commands: `--help` is quick, and Ctrl-C during an import ends in one line.
def main() -> NoReturn:
    """Run the command, and end with one of ExitCode's codes."""
    signal.signal(signal.SIGTERM, _terminate)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal without a character shows its number; a locale without UTF-8 is no reason to fail.
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
        return _unforeseen(error)
    return ExitCode.HELD


def _unforeseen(error: Exception) -> int:
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return _say(f"nothing more can be written: {error.strerror}", ExitCode.HARNESS_FAILED)
    # Our own defect: the whole trace is what a report of it needs.
    traceback.print_exc()
    return ExitCode.HARNESS_FAILED


def _say(line: str, code: ExitCode) -> int:
    click.echo(f"taskgauge: {' '.join(line.split())}", err=True)
    return code
