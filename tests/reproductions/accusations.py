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


def _verdicts(folder: Path) -> dict[tuple[str, str], str]:
    """Return the verdicts of a run folder, by target and requirement."""
    return {(target.target, row.id): row.verdict for target in read_targets(folder) for row in target.requirements}


def newest_published(published: Path) -> list[Path]:
    """Return the published run folders with verdicts, oldest first."""
    return sorted(path.parent for path in published.glob(f"*/{FOLDER}"))


def differences(scripts: Iterable[Script], folder: Path) -> list[str]:
    """Return a line for each accusation without a script, and for each script that speaks of no accusation.

    One fault can break several requirements, of which a run accuses one: the script still names all of them.
    """
    scripts, verdicts, accused = list(scripts), _verdicts(folder), accusations_of(folder)
    shown = {pair for script in scripts for pair in script.accusations}
    lines = [
        f"{target} {row}: no script shows it ({reason[:200]})"
        for (target, row), reason in accused.items()
        if (target, row) not in shown
    ]
    for script in scripts:
        for target in script.targets:
            pairs = [
                (target, row) for row in script.requirements if verdicts.get((target, row), "UNKNOWN") != "UNKNOWN"
            ]
            if pairs and accused.keys().isdisjoint(pairs):
                lines.append(f"{target}: {script.name} shows {', '.join(row for _, row in pairs)}, which the run keeps")
    return sorted(lines)
