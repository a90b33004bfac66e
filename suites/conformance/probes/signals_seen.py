"""Observes the signals and log records of tasks that end well and of tasks that fail."""

from collections.abc import Mapping
from dataclasses import dataclass

from taskgauge.suites.conformance.harness.run import Run
from taskgauge.suites.conformance.harness.target_harness import TargetHarness

ENQUEUED, STARTED, FINISHED = "task_enqueued", "task_started", "task_finished"
_SOON = 10.0
"""Seconds until signals and records that come after a task's last line must be there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signalled:
    """A plain task and one that its receivers look up, for each end, by `SUCCESSFUL` and `FAILED`."""

    plain: Mapping[str, Run]
    looked_up: Mapping[str, Run]


def observe_signals(target: TargetHarness) -> Signalled:
    """Run them, and wait until what they cause is there, or is not going to come."""
    target.workers.start()
    basic, received = target.tasks(), target.tasks("received")
    seen = Signalled(
        plain={"SUCCESSFUL": target.submit(basic.note), "FAILED": target.submit(basic.fail, "ValueError")},
        looked_up={
            "SUCCESSFUL": target.submit(received.looked_up_by_receivers),
            "FAILED": target.submit(received.looked_up_by_receivers, fails=True),
        },
    )
    runs = [*seen.plain.values(), *seen.looked_up.values()]
    for run in runs:
        run.start()
    target.events.wait(lambda: all(_is_complete(run) for run in runs), min(_SOON, target.waiter.timeout), lambda: None)
    return seen


def _is_complete(run: Run) -> bool:
    # The log record is written by a receiver that is older than the witness's own, so it is there before.
    return bool(run.signals(FINISHED))
