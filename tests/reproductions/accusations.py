"""Compares the scripts with the verdicts of a run folder: each FAIL and OVERCLAIM needs a script."""

from collections.abc import Iterable
from pathlib import Path

from reproductions.script import Script
from taskgauge.reports.run_folder.target_results import FOLDER, read_targets

REFERENCES = ("reference-", "django-dummy", "django-immediate")
"""Targets of Taskgauge and of Django itself: no script speaks of them."""


def accusations_of(folder: Path) -> dict[tuple[str, str], str]:
    """Return the reason of each FAIL and OVERCLAIM of a run folder, by target and requirement."""
    targets = [target for target in read_targets(folder) if not target.target.startswith(REFERENCES)]
    return {(target.target, row.id): row.reason for target in targets for row in target.failing if row.is_broken}


def kept_in(folder: Path) -> set[tuple[str, str]]:
    """Return the pairs of target and requirement that a run folder does not accuse; UNKNOWN says nothing."""
    targets = read_targets(folder)
    known = {(target.target, row.id) for target in targets for row in target.requirements if row.verdict != "UNKNOWN"}
    return known - set(accusations_of(folder))


def newest_published(published: Path) -> list[Path]:
    """Return the published run folders with verdicts, oldest first."""
    return sorted(path.parent for path in published.glob(f"*/{FOLDER}"))


def differences(scripts: Iterable[Script], folder: Path) -> list[str]:
    """Return a line for each accusation without a script, and for each script that speaks of no accusation."""
    accused = accusations_of(folder)
    shown = {pair: script.name for script in scripts for pair in script.accusations}
    lines = [
        f"{target} {row}: no script shows it ({reason[:200]})"
        for (target, row), reason in accused.items()
        if (target, row) not in shown
    ]
    lines += [
        f"{target} {row}: {shown[target, row]} shows it, and the run has no FAIL or OVERCLAIM"
        for target, row in kept_in(folder) & set(shown)
    ]
    return sorted(lines)
