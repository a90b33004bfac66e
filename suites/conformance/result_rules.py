"""Rules that hold for every result, whichever test checks it."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.utils import timezone

from taskgauge.suites.conformance.outcomes import same, true

ROUNDING = timedelta(milliseconds=1)
"""The rounding error that a store may have: some stores keep only milliseconds."""


def moments_in_order(result: Any) -> None:
    """Raise Deviation unless all times of a finished result are set, aware, and in order."""
    names = ("enqueued_at", "started_at", "last_attempted_at", "finished_at")
    moments = {name: getattr(result, name) for name in names}
    for name, moment in moments.items():
        true(
            f"{name} of a {result.status} result",
            isinstance(moment, datetime) and timezone.is_aware(moment),
            expected="an aware time",
            seen=repr(moment),
        )
    true(
        f"times of a {result.status} result",
        all(earlier <= later + ROUNDING for earlier, later in pairwise(moments.values())),
        expected=" <= ".join(names),
        seen=", ".join(f"{name} {moment.isoformat()}" for name, moment in moments.items()),
    )


def one_worker_each(state: str, result: Any, executions: int) -> None:
    """Raise Deviation unless a result has one worker id per execution."""
    ids = result.worker_ids
    is_texts = isinstance(ids, list) and all(isinstance(worker_id, str) for worker_id in ids)
    true(f"worker_ids, {state}", is_texts, expected="a list of str", seen=repr(ids))
    same(f"len(worker_ids), {state}", len(ids), executions)
    same(f"attempts, {state}", result.attempts, executions)
