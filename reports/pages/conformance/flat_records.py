"""The verdicts as flat records, for conformance.csv and conformance.json."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from taskgauge.reports.judging.conformance.checked_targets import Checked
from taskgauge.reports.pages.bench.flat_records import Record
from taskgauge.reports.rendering.document import FORMAT
from taskgauge.reports.run_folder.target_results import Outcome

COLUMNS = (
    "run", "name", "target", "backend", "framework", "state", "id", "area", "level", "verdict", "inherited", "known",
    "reason", "test", "expected", "seen", "seconds", "sentence", "link", "command",
)  # fmt: skip


def records(targets: Sequence[Checked]) -> list[Record]:
    """Return a record with all columns for each requirement; a target that was not judged has one without a verdict."""
    return [{name: record.get(name) for name in COLUMNS} for checked in targets for record in _records(checked)]


def to_json(targets: Sequence[Checked]) -> str:
    """Return the records as JSON, with the facts and the faults of each target."""
    descriptions = [
        {
            "name": checked.name,
            "run": checked.run,
            **{key: value for key, value in asdict(checked.target).items() if key != "requirements"},
            "faults": checked.faults,
        }
        for checked in targets
    ]
    document = {"format": FORMAT, "targets": descriptions, "records": records(targets)}
    return json.dumps(document, indent=1, allow_nan=False) + "\n"


def _records(checked: Checked) -> Iterator[Record]:
    target = checked.target
    common = {
        "run": checked.run,
        "name": checked.name,
        "target": target.target,
        "backend": target.backend,
        "framework": target.framework,
        "state": target.state,
    }
    if not target.is_judged:
        yield {**common, "reason": target.reason, "seconds": target.seconds}
        return
    for row in target.requirements:
        failed = next((test for test in row.tests if test.outcome is Outcome.FAILED), None)
        yield {
            **common,
            "id": row.id,
            "area": row.area,
            "level": row.level,
            "verdict": row.verdict,
            "inherited": row.inherited,
            "known": checked.known_state(row),
            "reason": row.reason or None,
            "test": failed.name if failed else None,
            "expected": failed.expected if failed else None,
            "seen": failed.seen if failed else None,
            "seconds": round(sum(test.seconds for test in row.tests), 3),
            "sentence": row.sentence,
            "link": row.link or None,
            "command": row.command or None,
        }
