"""Badges: what a target keeps of what it claims, with the version of the suite and the date of the run."""

import json
from dataclasses import dataclass
from datetime import date

from taskgauge.reports.site.glance import counts_of
from taskgauge.reports.site.site_run import SiteRun

FRESH_DAYS = 90
"""The age in days after which a badge is grey."""
_GREY, _BLUE = "#5c5c5c", "#0b4fa8"
_LABEL = "#333333"


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """The badge of a target."""

    target: str
    suite: str
    day: str
    message: str
    run: str
    is_old: bool

    @property
    def label(self) -> str:
        """The left side of the badge."""
        return f"taskgauge {self.suite}".strip()

    @property
    def right(self) -> str:
        """The right side of the badge."""
        return f"{self.message}, {self.day}{', outdated' if self.is_old else ''}"

    @property
    def title(self) -> str:
        """The badge in a sentence."""
        return f"{self.target}: {self.right} ({self.label})"

    @property
    def colour(self) -> str:
        """The colour of the right side; it says the age and no more."""
        return _GREY if self.is_old else _BLUE

    @property
    def label_colour(self) -> str:
        """The colour of the left side."""
        return _LABEL

    @property
    def widths(self) -> tuple[int, int]:
        """The widths of both sides in pixels, wide enough for a sans-serif font of 11 pixels."""
        return round(6.6 * len(self.label)) + 12, round(6.6 * len(self.right)) + 12


def badges(runs: list[SiteRun], today: date) -> dict[str, Badge]:
    """Return the badge of each target from the newest run that judged all requirements."""
    newest: dict[str, Badge] = {}
    for run in runs:
        for checked in run.checked:
            if run.is_whole and run.day and checked.target.state == "finished":
                newest[checked.target.target] = Badge(
                    target=checked.target.target,
                    suite=checked.target.versions.get("taskgauge", ""),
                    day=run.day.isoformat(),
                    message=counts_of(checked.target.requirements).words,
                    run=run.name,
                    is_old=(today - run.day).days > FRESH_DAYS,
                )
    return newest


def badge_json(badge: Badge) -> str:
    """Return a badge as JSON, in the form of an endpoint of shields.io, with its facts as further keys."""
    facts = {
        "schemaVersion": 1,
        "label": badge.label,
        "message": badge.right,
        "color": badge.colour.removeprefix("#"),
        "target": badge.target,
        "suite": badge.suite,
        "date": badge.day,
        "kept": badge.message,
        "outdated": badge.is_old,
        "run": badge.run,
    }
    return json.dumps(facts, indent=1) + "\n"
