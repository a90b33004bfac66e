"""An edition: the runs that one set of pages shows, which is one run, or for `latest` the newest run of each kind."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from taskgauge.reports.site.changes import Changes, changes
from taskgauge.reports.site.matrix import Matrix, matrix
from taskgauge.reports.site.site_run import SiteRun


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
        """The runs that the pages show: one, or the newest of each kind."""
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
        return tuple(sorted(newest.values(), key=lambda run: _numbers(run.folder.label)))

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
    """Return the edition of the newest run of each kind; a run of all requirements goes before a selection."""
    checked = sorted((run for run in runs if run.is_conformance), key=lambda run: (run.is_whole, run.order))
    measured = sorted((run for run in runs if run.is_bench), key=lambda run: (not run.is_quick, run.order))
    served = sorted((run for run in runs if run.is_dispatch), key=lambda run: (not run.is_quick, run.order))
    return Edition(
        place="latest",
        newest=runs[-1],
        conformance=checked[-1] if checked else None,
        bench=measured[-1] if measured else None,
        dispatch=served[-1] if served else None,
        earlier=tuple(runs),
    )


def _numbers(label: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", label)]
