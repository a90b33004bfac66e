"""An edition: the runs that one set of pages shows, which is one run, or for `latest` one run of each kind."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from taskgauge.reports.site.changes import Changes, changes
from taskgauge.reports.site.matrix import Matrix, matrix
from taskgauge.reports.site.site_run import SiteRun

type _Version = tuple[tuple[int, ...], bool, str, int]
"""The numbers of a release, True if it is final, the letters of its stage such as `rc`, and the number of the stage."""
_VERSION = re.compile(r"(\d+(?:\.\d+)*)\.?([a-z]*)(\d*)")


@dataclass(frozen=True, kw_only=True)
class Edition:
    """The runs of a set of pages; `place` is the folder of the pages on the site."""

    place: str
    newest: SiteRun
    conformance: SiteRun | None
    bench: SiteRun | None
    dispatch: SiteRun | None
    earlier: tuple[SiteRun, ...]

    @property
    def is_latest(self) -> bool:
        """True if the pages are copies of pages of runs."""
        return self.place == "latest"

    @property
    def runs(self) -> tuple[SiteRun, ...]:
        """The runs that the pages show: one, or one of each kind."""
        return tuple({run.name: run for run in (self.conformance, self.bench, self.dispatch) if run}.values())

    def stands_in_its_run(self, path: str) -> bool:
        """Return True if a page is the same as in the pages of a run, so that `latest` only leads there.

        The page of a backend may show its costs from another run than its verdicts.
        """
        folder, slash, name = path.partition("/")
        if not self.is_latest or not slash or name == "index.html":
            return False
        return folder != "backends" or len(self.runs) == 1

    @property
    def versions(self) -> tuple[SiteRun, ...]:
        """For `latest`, the newest measured run of each Python and Django, quick runs only if there are no others."""
        measured = [run for run in self.earlier if run.is_bench]
        kept = [run for run in measured if not run.is_quick] or measured
        newest = {run.folder.label: run for run in kept} if self.is_latest else {}
        return tuple(sorted(newest.values(), key=_versions))

    @property
    def with_claims(self) -> tuple[SiteRun, ...]:
        """The runs with verdicts on claims: on result types, and on whole backends."""
        runs = {run.name: run for run in (self.bench, self.dispatch) if run}.values()
        return tuple(run for run in runs if run.analysis.verdicts)

    @cached_property
    def matrix(self) -> Matrix | None:
        """The matrix of the run with targets."""
        return matrix(self.conformance.checked) if self.conformance else None

    @cached_property
    def changes(self) -> tuple[Changes, ...]:
        """The changes since earlier runs."""
        return tuple(change for run in self.runs for change in changes(run, self.earlier))


def edition_of(run: SiteRun, runs: Sequence[SiteRun]) -> Edition:
    """Return the edition of a run alone."""
    return Edition(
        place=f"r/{run.name}",
        newest=run,
        conformance=run if run.is_conformance else None,
        bench=run if run.is_bench else None,
        dispatch=run if run.is_dispatch else None,
        earlier=tuple(runs),
    )


def latest(runs: Sequence[SiteRun]) -> Edition:
    """Return the edition of one run of each kind.

    Of the runs of targets it is the one that started last. One commit has runs of result types for several versions: of
    these it is the one with the newest Python, then the newest Django, then the latest start. Each default run has a
    few whole backends: a run of all (`--all`) goes before others, and then the latest start counts. A run of all
    requirements goes before a selection, and a full run before a quick one.
    """
    checked = sorted((run for run in runs if run.is_conformance), key=lambda run: (run.is_whole, run.order))
    measured = sorted((run for run in runs if run.is_bench), key=_newness_of_bench)
    served = sorted((run for run in runs if run.is_dispatch), key=_newness_of_dispatch)
    return Edition(
        place="latest",
        newest=runs[-1],
        conformance=checked[-1] if checked else None,
        bench=measured[-1] if measured else None,
        dispatch=served[-1] if served else None,
        earlier=tuple(runs),
    )


def _newness_of_dispatch(run: SiteRun) -> tuple[object, ...]:
    return not run.is_quick, run.is_of_all_targets, run.order


def _newness_of_bench(run: SiteRun) -> tuple[object, ...]:
    return not run.is_quick, _versions(run), run.order


def _versions(run: SiteRun) -> tuple[_Version, _Version]:
    return _version(run.folder.python), _version(run.folder.django)


def _version(text: str) -> _Version:
    """Return a key that sorts versions: `3.15.0rc1` is before `3.15.0`, and a text without a version before all."""
    match = _VERSION.match(text)
    if match is None:
        return (), False, "", 0
    release, stage, number = match.groups()
    return tuple(map(int, release.split("."))), not stage, stage, int(number or 0)
