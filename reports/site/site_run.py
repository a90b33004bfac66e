"""A run of a site: the content of its folder, its verdicts, and the name under which its pages stay."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from taskgauge.reports.judging.claims.analysis import Analysis, analyse
from taskgauge.reports.judging.claims.claim import read_claims
from taskgauge.reports.judging.conformance.checked_targets import Checked, checked
from taskgauge.reports.run_folder.errors import ReportError
from taskgauge.reports.run_folder.reader import RunFolder, read_run_folder
from taskgauge.reports.run_folder.run_file import FILE
from taskgauge.reports.run_folder.target_results import FOLDER
from taskgauge.reports.site.names import moment_of, run_name
from taskgauge.reports.site.site_errors import NoResults, NotForASite, RunTwice, TargetTwice


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRun:
    """A run with its verdicts; `name` is its place on the site. `day` is None if the run does not know its start."""

    name: str
    folder: RunFolder
    analysis: Analysis
    checked: tuple[Checked, ...]
    day: date | None

    @property
    def started(self) -> str:
        """The start of the run, as its file says it; empty if it is not known."""
        return self.folder.run.started

    @property
    def order(self) -> tuple[bool, float, str]:
        """The place of the run in time; runs without a start come first."""
        moment = moment_of(self.started)
        return moment is not None, moment.timestamp() if moment else 0.0, self.name

    @property
    def is_bench(self) -> bool:
        """True if the run has samples or answers, or was meant to."""
        return self.folder.is_bench and bool(self.folder.samples or self.folder.answers)

    @property
    def is_dispatch(self) -> bool:
        """True if the run measured whole backends, session by session."""
        return self.folder.session_count > 0

    @property
    def is_of_all_targets(self) -> bool:
        """True if the run, or a run that was merged into it, was asked for all whole backends."""
        merged = self.folder.run.options.get("merged")
        origins = [origin for origin in merged if isinstance(origin, dict)] if isinstance(merged, list) else []
        return "--all" in self.folder.run.command or any("--all" in _command(origin) for origin in origins)

    @property
    def is_quick(self) -> bool:
        """True if the run measured on a small scale, so that its figures are no evidence."""
        return "--quick" in self.folder.run.command

    @property
    def is_conformance(self) -> bool:
        """True if the run has targets."""
        return bool(self.checked)

    @property
    def content(self) -> str:
        """The kinds of results in words."""
        targets = f"{len(self.checked)} target{'s' if len(self.checked) > 1 else ''}"
        kinds = (
            targets if self.checked else "",
            "result types" if self.is_bench else "",
            "dispatch" if self.is_dispatch else "",
        )
        return " and ".join(filter(None, kinds))

    @property
    def is_whole(self) -> bool:
        """True if the run was asked for all requirements, so that its counts can be published."""
        narrow = any(word.startswith(("-k", "-x")) for word in self.folder.run.command)
        return not self.folder.run.options.get("requirements") and not narrow

    @property
    def warnings(self) -> tuple[str, ...]:
        """The reasons why the figures of the run are no evidence, or not complete."""
        lines = []
        if self.folder.run.state != "finished":
            lines.append(f"PARTIAL: the run is {self.folder.run.state}; what it finished is shown.")
        if (self.is_bench or self.is_dispatch) and self.is_quick:
            lines.append(
                "QUICK: this run measured on a small scale; its figures and verdicts on claims are no evidence."
            )
        if self.is_conformance and not self.is_whole:
            lines.append("A SELECTION: this run checked some of the requirements only; its counts are no result.")
        return tuple(lines)


def _command(origin: Mapping[str, object]) -> list[object]:
    """Return the command of a merged run; nothing if the run folder has none."""
    command = origin.get("command")
    return command if isinstance(command, list) else []


def read_site_run(path: Path) -> SiteRun:
    """Return the run of a folder. Raises the ReportErrors of `read_run_folder`, NoResults and NotForASite."""
    folder = read_run_folder(path)
    if folder.is_gate:
        raise NotForASite(path)
    (analysis,) = analyse([folder], read_claims())
    targets = [target.target for target in folder.targets]
    if len(targets) != len(set(targets)):
        raise TargetTwice(path, max(targets, key=targets.count))
    moment = moment_of(folder.run.started)
    day = moment.date() if moment else None
    run = SiteRun(
        name=run_name(folder.run.started, folder.run.commit, path.resolve().name),
        folder=folder,
        analysis=analysis,
        checked=checked([analysis], day or datetime.now(UTC).date()),
        day=day,
    )
    if not (run.is_bench or run.is_conformance or run.is_dispatch):
        raise NoResults(path)
    return run


def read_site_runs(paths: Sequence[Path]) -> tuple[list[SiteRun], list[str]]:
    """Return the runs that can be shown, the oldest first, and a line for each that cannot."""
    runs: dict[str, SiteRun] = {}
    problems = []
    for path in _run_folders(paths):
        try:
            run = read_site_run(path)
            if run.name in runs:
                raise RunTwice(path, runs[run.name].folder.path, run.name)
        except ReportError as error:
            problems.append(str(error))
        else:
            runs[run.name] = run
    return sorted(runs.values(), key=lambda run: run.order), problems


def published_runs(path: Path) -> list[Path]:
    """Return the run folders right below a folder that is none itself, such as `reports/published`."""
    if (path / FILE).is_file() or (path / FOLDER).is_dir():
        return []
    return sorted(file.parent for file in path.glob(f"*/{FILE}"))


def _run_folders(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        yield from published_runs(path) or [path]
